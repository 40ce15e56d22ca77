"""Laws of the rules."""
