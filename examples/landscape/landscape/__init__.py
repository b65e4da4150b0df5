"""An endless landscape dreamt by a small world model; port.py is the port, train.py trains it."""
