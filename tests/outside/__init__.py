"""What others made checks what this gateway signs: Go's transparency log packages, and OpenSSL."""
