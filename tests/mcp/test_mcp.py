"""`lucid mcp`, as the client of the official SDK uses it over stdio."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from mcp import Client, StdioServerParameters
from mcp_types import ImageContent, TextContent
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = {
    *("inspect", "new", "check", "conformance"),
    *("open", "inputs", "reset", "press", "move", "send", "prompt", "step", "look", "close"),
}


class Agent:
    """Calls tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> str:
        """Return a tool's text."""
        result = await self.client.call_tool(tool, arguments)
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert not result.is_error, content.text
        return content.text

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Return the text of a tool's error."""
        result = await self.client.call_tool(tool, arguments)
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert result.is_error, content.text
        return content.text

    async def look(self) -> np.ndarray:
        """Return the picture that the client sees."""
        (content,) = (await self.client.call_tool("look", {})).content
        assert isinstance(content, ImageContent)
        assert content.mime_type == "image/png"
        return np.array(Image.open(io.BytesIO(base64.b64decode(content.data))))


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Agent]:
    """Start the server in a folder, and connect the SDK's client."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "lucid", "mcp"],
        cwd=str(folder),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    async with Client(server) as client:
        yield Agent(client)


async def test_an_agent_writes_a_port_and_proves_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as agent:
        assert {tool.name for tool in (await agent.client.list_tools()).tools} == TOOLS
        written = await agent.call("new", name="cave")
        assert "cave/cave/port.py" in written
        assert (tmp_path / "cave" / "AGENTS.md").is_file()
        assert "already exists" in await agent.refused("new", name="cave")
        assert "No such file" in await agent.refused("new", name="cave", folder="nowhere")
        source = tmp_path / "cave" / "cave" / "port.py"
        text = source.read_text("utf-8")
        source.write_text(text + "\ndef broken(:\n", "utf-8")
        assert "LUC001" in await agent.call("check", port="cave")
        source.write_text(text + "\nimport nowhere\n", "utf-8")
        for tool in ("conformance", "open"):
            assert "nowhere" in await agent.refused(tool, port="cave")
        assert "cave" in await agent.call("inspect", repo="cave")


async def test_an_agent_plays_the_bundled_world_and_sees_its_mistakes(tmp_path: Path) -> None:
    async with serving(tmp_path) as agent:
        assert "call the tool open first" in await agent.refused("step")
        opened = await agent.call("open")
        assert opened.startswith("landscape is open. Step 1.")
        before = await agent.look()
        assert before.shape == (360, 640, 3)
        walked = await agent.call("press", inputs=["forward", "run_faster"], steps=6)
        assert walked.startswith("Step 7.")
        assert (await agent.look() != before).any()
        stood = json.loads((await agent.call("step")).partition("walked: ")[2].strip("."))
        assert stood["total_m"] > 1
        assert stood["step_m"] == 0
        await loud(agent)
        assert "no such folder" in await agent.refused("open", port="nowhere")
        for port, words in (("BrokenModel", "a step broke"), ("DoomModel", "exited with code 7")):
            await agent.call("open", port=f"tests.ports:{port}")
            tool = "step" if port == "BrokenModel" else "send"
            doom = {} if port == "BrokenModel" else {"input": "doom", "args": {"how": "exit"}}
            failed = await agent.refused(tool, steps=9, **doom)
            assert words in failed
            assert ("the tool reset starts" if port == "BrokenModel" else "the tool open") in failed
        unloadable = await agent.refused("open", port="tests.ports:UnloadableModel")
        assert "FileNotFoundError: weights.safetensors" in unloadable
        assert "Traceback" in unloadable
        assert await agent.call("close") == "No port is open."


async def loud(agent: Agent) -> None:
    """Play a port that prints megabytes and takes every kind of input."""
    opened = await agent.call("open", port="tests.ports:LoudModel")
    inputs = json.loads(opened.partition("\n")[2])["inputs"]
    assert {"forward", "look", "tune"} <= {spec["input"] for spec in inputs}
    await agent.call("step", steps=5)
    await agent.call("press", inputs=["forward", "jump", "lean"], steps=2, value=-0.5)
    assert (await agent.look())[0, 0, 0] == 255
    await agent.call("move", dx=30, dy=-6, steps=3)
    assert (await agent.look())[0, 0, 0] == 0
    await agent.call("prompt", text="a cave")
    picture = ROOT / "docs" / "player.png"
    await agent.call("send", input="set_seed_frame", args={"image": str(picture)})
    told = await agent.call("step")
    for seen in ('["jump"]', '["lean", -0.5]', '["look", 10.0, -2.0]', '["prompt", "a cave"]'):
        assert seen in told
    for tool, arguments, words in (
        ("press", {"inputs": ["fly"]}, "no input is named 'fly'"),
        ("press", {"inputs": ["look"]}, "use the tool move or send"),
        ("send", {"input": "tune", "args": {"strength": 7}}, "strength"),
        ("send", {"input": "set_seed_frame", "args": {"image": "no.png"}}, "cannot be read"),
        ("send", {"input": "break_down", "args": {}}, "RuntimeError: the handler broke"),
        ("step", {"steps": 0}, "step: steps: input should be greater than or equal to 1"),
        ("reset", {"rng_seed": -1}, "reset: rng_seed: input should be greater than or equal to 0"),
        ("send", {}, "send: input: field required; args: field required"),
    ):
        refused = await agent.refused(tool, **arguments)
        assert words in refused
        assert "pydantic" not in refused
    assert (await agent.call("reset", rng_seed=3)).startswith("Step 1.")
