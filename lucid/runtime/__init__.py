"""Runs a loaded model for players: sessions, pacing, workers, the host. No wire, no HTTP."""
