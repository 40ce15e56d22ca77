"""Tests of the gateway: every law named as a law."""
