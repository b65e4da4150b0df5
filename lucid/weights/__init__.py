"""Compare a port's modules with the tensors of its checkpoint, from the headers alone."""
