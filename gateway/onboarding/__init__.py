"""Partners' products: what they must know about us, what their files say about them, what usually goes wrong. Pure."""
