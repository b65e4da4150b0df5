"""The server of `lucid mcp`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
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
    """Says in Lucid's words which argument of a tool is wrong."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(f"{name}: {'; '.join(problems(error.__cause__))}") from error
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
        server.add_tool(_in_lucids_words(tool), structured_output=False)
    try:
        server.run("stdio")
    finally:
        world.close()


def _in_lucids_words(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a LucidError into a tool error with its hint, and with the port's traceback."""

    def reworded(error: LucidError) -> ToolError:
        following = next((text for kind, text in NEXT_STEPS if isinstance(error, kind)), error.hint)
        lines = [error.message, following, *getattr(error, "__notes__", ())]
        return ToolError("\n".join(filter(None, lines)))

    if inspect.iscoroutinefunction(tool):

        @functools.wraps(tool)
        async def call(*args: Any, **named: Any) -> Any:
            try:
                return await tool(*args, **named)
            except LucidError as error:
                raise reworded(error) from error

        return call

    @functools.wraps(tool)
    def call_on_thread(*args: Any, **named: Any) -> Any:
        try:
            return tool(*args, **named)
        except LucidError as error:
            raise reworded(error) from error

    return call_on_thread
