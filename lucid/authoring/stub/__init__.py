"""The stub engine: draws a scene that reacts to actions, without weights."""
