"""The laws of the pure core."""
