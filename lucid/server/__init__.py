"""A thin ring around the host: HTTP, signaling, WebRTC."""
