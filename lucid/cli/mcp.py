"""``lucid mcp``: let coding agents and assistants use Lucid."""


def mcp() -> None:
    """Run an MCP server on stdin and stdout: agents port, prove and play world models with it."""
    import sys

    from lucid.cli.printing import echo

    try:
        from lucid.mcp.server import serve
    except ModuleNotFoundError as error:
        from lucid.errors import MachineError

        raise MachineError(
            f"lucid mcp needs {error.name}, which is not installed",
            hint='pip install "lucid-runtime[mcp]"',
        ) from None
    if sys.stdin.isatty():
        echo("Waiting for an MCP client on stdin; docs/agents.md shows how to add it.", err=True)
    serve()
