"""The laws of configuration."""
