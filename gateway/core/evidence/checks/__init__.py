"""The steps of a verifier, one file each; every one tells all that is wrong, and goes on."""
