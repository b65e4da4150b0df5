"""A Python client for bots and tests, with frames as arrays and inputs as method calls.

::

    import lucid.client

    with lucid.client.connect("http://127.0.0.1:8420/") as world:
        world.inputs.forward(pressed=True)
        frame = world.frame()          # the next frame, (H, W, 3) uint8 RGB
        world.inputs.set_prompt(prompt="a frozen cave")

Needs ``pip install "lucid-runtime[serve]"``. docs/protocol.md describes the protocol.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lucid.client.async_world import AsyncWorld, Wire
from lucid.client.captures import captures_of
from lucid.errors import LucidError, SessionError

T = TypeVar("T")


def connect(
    url: str, *, timeout_s: float = 60.0, wire: Wire = "auto", ca: str | Path | None = None
) -> World:
    """Start a session on a server and wait until it runs.

    ``url`` is the URL that ``lucid serve`` printed, including its token, or a link to join another
    player's session. ``wire`` is how the media travels: by default over WebRTC, or over the
    WebSocket if UDP does not reach the server. ``ca`` is a PEM file of certificates to trust, such
    as the one of ``lucid serve --lan``.

    Raises:
        SessionError: the server refused, or the session failed or ended.
        TimeoutError: the session did not run in time.
    """
    return World(url, timeout_s, wire, ca)


class Inputs:
    """The inputs of a world as methods: ``world.inputs.forward(pressed=True)``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __dir__(self) -> list[str]:
        return [spec["name"] for spec in self._world.manifest["inputs"]]

    def __getattr__(self, name: str) -> Callable[..., int]:
        names = self.__dir__()
        if name not in names:
            raise AttributeError(f"the world has no input {name!r}; it has {', '.join(names)}")

        def send(*unnamed: Any, **args: Any) -> int:
            if unnamed:
                spec = next(s for s in self._world.manifest["inputs"] if s["name"] == name)
                named = ", ".join(f"{each}=..." for each in spec["arguments"].get("properties", {}))
                raise TypeError(f"name each argument: world.inputs.{name}({named})")
            return self._world.send(name, **args)

        return send


class World:
    """A running session. Close it, or use it as a context manager."""

    def __init__(
        self, url: str, timeout_s: float, wire: Wire = "auto", ca: str | Path | None = None
    ) -> None:
        self.inputs = Inputs(self)
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context(cafile=ca)
        self._session = AsyncWorld(url, wire, self._tls)
        self.messages = self._session.messages
        """Values of json outputs, newest last: ``{"name", "ts_ms", "value"}``."""
        self.errors = self._session.errors
        """The errors that the server reported: ``{"code", "message", "hint", "seq"}``."""
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="lucid-client", daemon=True)
        self._thread.start()
        try:
            self._call(self._session.join(timeout_s))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> World:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def manifest(self) -> dict[str, Any]:
        """The port's manifest as JSON: its inputs with their schemas, and its outputs."""
        manifest: dict[str, Any] = self._session.hello["manifest"]
        return manifest

    @property
    def state(self) -> str:
        """``loading``, ``ready``, ``running``, ``paused``, ``ended`` or ``failed``."""
        return self._session.state

    def frame(self, output: str | None = None, timeout_s: float | None = None) -> np.ndarray:
        """Return the next frame of a video output (by default the first): (H, W, 3) uint8 RGB.

        Raises:
            SessionError: the session is over, or the connection failed.
            TimeoutError: no frame came in time.
        """
        name = output or next(o["name"] for o in self.manifest["outputs"] if o["kind"] == "video")
        counts = self._session.frame_counts
        before = counts.get(name, 0)
        self.wait(lambda: counts.get(name, 0) > before, timeout_s)
        return self._session.frames[name]

    def send(self, name: str, **args: Any) -> int:
        """Send an input. Return its sequence number."""
        if self._closed:
            raise SessionError("the world is closed", hint="connect again")

        async def send() -> int:
            return self._session.send(name, **args)

        return self._call(send())

    def camera(self, frame: np.ndarray | None, name: str | None = None) -> None:
        """Show a frame, (H, W, 3) uint8 RGB, to a camera input (by default the first).

        The camera shows it until the next call; None turns it off.

        Raises:
            LucidError: the world has no such input, or the array has another shape or dtype.
        """
        self._capture("camera", frame, name)

    def microphone(self, samples: np.ndarray | None, name: str | None = None) -> None:
        """Send sound, (N,) floats in -1..1 at the declared rate, to a microphone input (by default
        the first).

        The microphone is silent after it; None turns it off. Raises as ``camera`` does.
        """
        self._capture("microphone", samples, name)

    def upload(self, name: str, parameter: str, path: str | Path, mime_type: str) -> str:
        """Upload a file for an input's parameter. Return the id to pass as its argument.

        Raises:
            SessionError: the server refused the file.
        """
        file, base = Path(path), self._session.base
        query = urllib.parse.urlencode({**self._session.query("token"), "filename": file.name})
        parts = ("api", "sessions", self._session.hello["session_id"], "files", name, parameter)
        route = "/".join(urllib.parse.quote(part, safe="") for part in parts) + f"?{query}"
        headers = {"content-type": mime_type, "origin": self._session.origin}
        request = urllib.request.Request(base + route, file.read_bytes(), headers)
        try:
            with urllib.request.urlopen(
                request, timeout=self._timeout_s, context=self._tls
            ) as answer:
                return str(json.load(answer)["id"])
        except urllib.error.HTTPError as refused:
            with refused:
                error = json.load(refused)["error"]
            raise SessionError(error["message"], hint=error["hint"]) from None

    def pause(self) -> None:
        """Pause the session and wait until it is paused."""
        self._control("pause")
        self.wait(lambda: self.state == "paused")

    def step(self) -> None:
        """Run one step of the model while the session is paused."""
        self._control("step")

    def resume(self) -> None:
        """Resume the session and wait until it runs."""
        self._control("resume")
        self.wait(lambda: self.state == "running")

    def close(self) -> None:
        """End the session and disconnect."""
        if self._closed:
            return
        self._closed = True
        try:
            self._call(self._session.close(), self._timeout_s)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self, condition: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Wait until ``condition()`` is True. It is checked after each message and frame.

        Raises:
            SessionError, ProtocolError: the session ended first, or the connection failed.
            TimeoutError: the condition was not met in time.
        """
        end_s = time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        seen = self._session.version
        while not condition():  # in this thread, because it may call frame()
            self._call(self._session.change(seen, end_s - time.monotonic()))
            seen = self._session.version

    # --- private ----------------------------------------------------------------------------

    def _run(self) -> None:
        """Run the event loop until it is stopped; then end its tasks."""
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._end_tasks())
        finally:
            self._loop.close()

    async def _end_tasks(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def _capture(self, kind: str, data: np.ndarray | None, name: str | None) -> None:
        captures = captures_of(self.manifest)
        names = [each for each, capture in captures.items() if capture["kind"] == kind]
        if not names or name not in (None, *names):
            raise LucidError(
                f"the world has no {kind} input {name!r}"
                if names
                else f"the world takes no {kind}",
                hint=f"it has {', '.join(names)}" if names else None,
            )

        async def capture() -> None:
            self._session.capture(name or names[0], data)

        self._call(capture())

    def _control(self, kind: str) -> None:
        if self._closed:
            raise SessionError("the world is closed", hint="connect again")
        self._loop.call_soon_threadsafe(self._session.control, {"type": kind})

    def _call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run a coroutine on the loop and return its result."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout_s)
        except BaseException:
            future.cancel()
            raise
