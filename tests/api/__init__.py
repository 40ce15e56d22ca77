"""The laws of the national edge, over real TLS."""
