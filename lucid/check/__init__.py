"""The checker: it reads the source of a port as text, and imports and runs nothing of it."""
