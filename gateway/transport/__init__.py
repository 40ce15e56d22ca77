"""How requests leave: one method, send()."""
