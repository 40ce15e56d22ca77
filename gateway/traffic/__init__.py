"""Traffic: messages with their times, sides and expected outcomes; made, recorded, read and written. No I/O but files."""
