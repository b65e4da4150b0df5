"""What a port is written with: declarations only, no runtime."""
