"""Independent implementations of AS4 and of XML Signature: they read what we write, and we read what they write."""
