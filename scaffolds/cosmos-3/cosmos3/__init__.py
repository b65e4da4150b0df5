"""A Lucid port: port.py has the inputs and the loop, engine.py generates the frames."""
