"""What makes the delivery log evidence: signed checkpoints, tiles and proofs (C2SP, RFC 6962). Needs cryptography alone."""
