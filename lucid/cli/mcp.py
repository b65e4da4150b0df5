"""``lucid mcp``: let coding agents and assistants use Lucid."""

import sys

from lucid.cli.printing import echo
from lucid.errors import needs_extra


def mcp() -> None:
    """Run an MCP server on stdin and stdout, so that agents can port, prove and play models."""
    with needs_extra("mcp", "lucid mcp"):
        from lucid.mcp.server import serve
    if sys.stdin.isatty():
        echo("Waiting for an MCP client on stdin; docs/agents.md shows how to add it.", err=True)
    serve()
