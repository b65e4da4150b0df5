"""Run a loaded model for players: sessions, pacing, workers and the host. No HTTP or WebRTC."""
