"""The laws of the edge that partners post to, over real TLS."""
