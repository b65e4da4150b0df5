"""`lucid mcp`: a Model Context Protocol server, with which agents port, prove and play."""
