"""Exact validation: the verdict follows the specification where the bare validators err."""
