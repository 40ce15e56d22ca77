"""Time stamps, from a real authority."""
