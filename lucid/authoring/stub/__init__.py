"""The stub engine: a drawn scene that answers what a port sends; no weights."""
