"""Revocation against real responders."""
