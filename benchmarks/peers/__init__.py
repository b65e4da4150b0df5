"""What benchmarks/latency.py runs in processes of their own."""
