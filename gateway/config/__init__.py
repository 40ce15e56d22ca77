"""TOML, PEM and XSD files become one immutable Register; whatever is wrong is named by file and key, all at once."""
