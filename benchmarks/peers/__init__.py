"""The programs that benchmarks/latency.py runs in child processes."""
