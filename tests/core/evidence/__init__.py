"""The laws of the delivery log as evidence."""
