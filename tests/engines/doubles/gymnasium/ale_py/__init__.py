"""As ale-py 0.12: its games are known to gymnasium once it is imported."""
