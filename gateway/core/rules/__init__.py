"""Format-logical rules ("requirements for filling"): named, pure functions over a document, agreed in the agreement's TOML."""
