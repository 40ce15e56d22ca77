"""The laws of the command line."""
