"""Traffic: what is made, recorded and replayed."""
