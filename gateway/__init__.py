"""A message gateway between customs services."""

__version__ = "0.1.0"
