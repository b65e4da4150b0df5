"""The smallest port: a world drawn with numpy, no weights."""
