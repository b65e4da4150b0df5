"""A labyrinth dreamt by a small neural network: port.py plays it, train.py makes its weights."""
