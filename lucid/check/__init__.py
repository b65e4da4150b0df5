"""Is a port right? Reads its source as text: nothing of it is imported or run."""
