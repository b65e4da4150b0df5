"""A mirror that plays tricks: camera in, picture out, no weights."""
