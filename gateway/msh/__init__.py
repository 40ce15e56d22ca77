"""The partners' edge: AS4 over mutual TLS, on a port of its own."""
