"""National algorithms out of process: a suite signs, checks and digests by commands (docs/suites.md)."""
