"""The laws of WS-Security."""
