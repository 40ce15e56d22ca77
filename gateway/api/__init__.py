"""The national systems' edge: post, ask, read the inbox; OpenAPI, on a port of its own."""
