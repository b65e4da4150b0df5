"""Serve a host to browsers: HTTP, signaling and WebRTC."""
