"""Laws of the verifier as outsiders run it."""
