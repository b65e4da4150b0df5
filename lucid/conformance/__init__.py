"""The conformance harness: one function per promise of a port's contract."""
