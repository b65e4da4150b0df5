"""The server of `lucid mcp`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from lucid.authoring.definition import problems
from lucid.errors import LucidError, ModelProcessError, SessionFailedError, SessionTimeoutError
from lucid.mcp import commands
from lucid.mcp.world import World

NEXT_STEPS: tuple[tuple[type[LucidError], str], ...] = (
    (SessionFailedError, "the tool reset starts another session"),
    (SessionTimeoutError, "the tool reset starts another session"),
    (ModelProcessError, "the tool open loads the port again"),
)
"""What an agent can do after an error that ended the session."""

INSTRUCTIONS = """\
Lucid makes world models playable: models that predict the next frames of a video from past frames
and from what a player does. A port is a small Python package around such a model.

To port a model: inspect its repo, call new, edit the port, then prove it with check and
conformance. inspect, new and check execute nothing of a repo.
To play: open a port (without an argument: the bundled world), then press, move, send, prompt or
step, and look at the picture. Time passes only in steps. After you change the code of a port, open
it again.
"""


class Server(MCPServer[Any]):
    """Tells the client Lucid's own errors, with their hints, and which argument is wrong."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            match error.__cause__:
                case ValidationError() as wrong:
                    raise ToolError(f"{name}: {'; '.join(problems(wrong))}") from error
                case LucidError() as failed:
                    raise ToolError(_text(failed)) from error
            raise


def serve() -> None:
    """Serve on stdin and stdout until the client leaves."""
    world = World()
    server = Server(
        "lucid", version=version("lucid-runtime"), instructions=INSTRUCTIONS, log_level="WARNING"
    )
    porting = (commands.inspect, commands.new, commands.check, commands.conformance)
    playing = (
        *(world.open, world.inputs, world.reset, world.press, world.move, world.send),
        *(world.prompt, world.step, world.look, world.close),
    )
    for tool in (*porting, *playing):
        server.add_tool(tool, structured_output=False)
    try:
        server.run("stdio")
    finally:
        world.close()


def _text(error: LucidError) -> str:
    """Return the message, the next step, and the port's traceback if there is one."""
    following = next((text for kind, text in NEXT_STEPS if isinstance(error, kind)), error.hint)
    lines = [error.message, following, *getattr(error, "__notes__", ())]
    return "\n".join(filter(None, lines))
