"""The laws of national crypto suites, with the real openssl."""
