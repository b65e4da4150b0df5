"""Read names, shapes and dtypes of weights from a few kilobytes, without loading them."""
