"""A Lucid port: port.py is how it is played, engine.py is what generates frames."""
