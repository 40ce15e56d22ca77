"""Recorded messages of other products and their expected verdicts, read from where they are kept."""
