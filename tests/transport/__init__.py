"""The laws of sending and fetching over real TLS."""
