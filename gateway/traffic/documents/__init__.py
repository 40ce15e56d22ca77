"""Builders: one function for each message type, from the facts of a conversation to a document that is valid."""
