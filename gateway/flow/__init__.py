"""Order and transactions, and nothing else: what happens after what, and what commits with what."""
