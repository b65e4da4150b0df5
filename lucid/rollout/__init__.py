"""Datasets: play a port with a policy, and write what happens."""
