"""Checks evidence without the gateway: standard library, cryptography, and the pure core's evidence. Nothing else."""
