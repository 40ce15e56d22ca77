"""SQL lives here and nowhere else: every statement named, portable, one for each name."""
