"""Looking into weights without loading them: names, shapes and dtypes from a few kilobytes."""
