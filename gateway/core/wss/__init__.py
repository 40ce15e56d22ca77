"""WS-Security of AS4 (WSS 1.1.1 with the SwA profile): signatures and encryption over bytes and values, no I/O."""
