"""A player in Python, for bots and tests: frames as arrays, inputs as calls.

::

    import lucid.client

    with lucid.client.connect("http://127.0.0.1:8420/") as world:
        world.inputs.forward(pressed=True)
        frame = world.frame()          # (H, W, 3) uint8 RGB, the next one
        world.inputs.set_prompt(prompt="a frozen cave")

Needs ``pip install "lucid-runtime[serve]"``. The wire is in docs/protocol.md.
"""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from lucid.client.media import MediaClient
from lucid.errors import LucidError, ProtocolError, SessionError
from lucid.server.protocol import PROTOCOL_VERSION

T = TypeVar("T")
KEPT_MESSAGES = 256


def connect(url: str, *, timeout_s: float = 60.0) -> World:
    """Join a server's world as a player and wait until it runs.

    ``url`` is what ``lucid serve`` printed, token and all, or a link to play somebody's session
    together.

    Raises:
        SessionError: the server refused, or the session failed or ended.
        TimeoutError: it did not run in time.
    """
    world = World(url, timeout_s)
    try:
        world.wait(lambda: world.state == "running", timeout_s)
    except BaseException:
        world.close()
        raise
    return world


class Inputs:
    """The world's inputs as methods: ``world.inputs.forward(pressed=True)``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __dir__(self) -> list[str]:
        return [spec["name"] for spec in self._world.manifest["inputs"]]

    def __getattr__(self, name: str) -> Callable[..., int]:
        names = self.__dir__()
        if name not in names:
            raise AttributeError(f"the world has no input {name!r}; it has {', '.join(names)}")
        return lambda **args: self._world.send(name, **args)


class World:
    """One session. Close it, or use it as a context manager."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.inputs = Inputs(self)
        self.messages: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        """Values of json outputs, newest last: ``{"name", "ts_ms", "value"}``."""
        self.errors: list[dict[str, Any]] = []
        """What the server refused: ``{"code", "message", "hint", "seq"}``."""
        self._url = urllib.parse.urlsplit(url)
        self._timeout_s = timeout_s
        self._seq = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="lucid-client", daemon=True)
        self._thread.start()
        self._changed = threading.Condition()
        self._hello: dict[str, Any] = {}
        self._states: list[str] = []
        self._closed = False
        self._failure: BaseException | None = None
        """What ended a task of the connection."""
        self._media = MediaClient(self._on_signal, self._on_output, self._notify, self._on_failure)
        try:
            self._call(self._media.connect(self._socket_url(), self._origin))
            self.wait(lambda: bool(self._hello), timeout_s)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> World:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- what the world is ------------------------------------------------------------------

    @property
    def manifest(self) -> dict[str, Any]:
        """The port's manifest: inputs with their schemas, outputs."""
        manifest: dict[str, Any] = self._hello["manifest"]
        return manifest

    @property
    def state(self) -> str:
        """``loading``, ``ready``, ``running``, ``paused``, ``ended`` or ``failed``."""
        return self._states[-1] if self._states else "loading"

    def frame(self, output: str | None = None, timeout_s: float | None = None) -> np.ndarray:
        """The next frame of a video output (by default the first): (H, W, 3) uint8 RGB.

        Raises:
            TimeoutError: none came in time.
        """
        name = output or next(o["name"] for o in self.manifest["outputs"] if o["kind"] == "video")
        count = self._media.frame_counts.get(name, 0)
        self.wait(lambda: self._media.frame_counts.get(name, 0) > count, timeout_s)
        return self._media.frames[name]

    # --- what the player does ---------------------------------------------------------------

    def send(self, name: str, **args: Any) -> int:
        """Send an input; its sequence number."""
        self._seq += 1
        message = {"type": "input", "seq": self._seq, "name": name, "args": args}
        self._say(message)
        return self._seq

    def upload(self, name: str, parameter: str, path: str | Path, mime_type: str) -> str:
        """Send a file for an input's parameter; the id to pass as its argument.

        Raises:
            SessionError: the server did not accept it.
        """
        file = Path(path)
        query = urllib.parse.urlencode({**self._query("token"), "filename": file.name})
        parts = ("api", "sessions", self._hello["session_id"], "files", name, parameter)
        place = "/".join(urllib.parse.quote(part, safe="") for part in parts) + f"?{query}"
        headers = {"content-type": mime_type, "origin": self._origin}
        request = urllib.request.Request(f"{self._origin}/{place}", file.read_bytes(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:
                return str(json.load(answer)["id"])
        except urllib.error.HTTPError as refused:
            with refused:
                error = json.load(refused)["error"]
            raise SessionError(error["message"], hint=error["hint"]) from None

    def pause(self) -> None:
        """Pause the session, and wait until it is."""
        self._say({"type": "pause"})
        self.wait(lambda: self.state == "paused")

    def step(self) -> None:
        """While paused: one step of the model."""
        self._say({"type": "step"})

    def resume(self) -> None:
        """Go on, and wait until it does."""
        self._say({"type": "resume"})
        self.wait(lambda: self.state == "running")

    def close(self) -> None:
        """Leave: the session ends."""
        if self._closed:
            return
        self._closed = True
        try:
            self._call(self._media.close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self, condition: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Wait until a condition holds; it is asked again after everything that arrives.

        Raises:
            SessionError, ProtocolError: the session is over first, or the connection failed.
            TimeoutError: it did not hold in time.
        """
        with self._changed:
            held = self._changed.wait_for(
                lambda: (
                    condition() or self.state in ("ended", "failed") or self._failure is not None
                ),
                self._timeout_s if timeout_s is None else timeout_s,
            )
        if self._failure is not None and not condition():
            if isinstance(self._failure, LucidError):
                raise self._failure
            raise SessionError(
                f"the connection failed: {type(self._failure).__name__}: {self._failure}",
                hint="connect again",
            ) from self._failure
        if not held:
            raise TimeoutError(f"nothing came in time; the session is {self.state}")
        if not condition():
            last = self.errors[-1] if self.errors else {"message": "it is over", "hint": None}
            raise SessionError(f"the session is {self.state}: {last['message']}", hint=last["hint"])

    # --- inside -----------------------------------------------------------------------------

    def _run(self) -> None:
        """The connection's thread: its loop, until it is stopped and all its tasks are over."""
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

    def _on_failure(self, error: BaseException) -> None:
        self._failure = error
        self._notify()

    def _say(self, message: dict[str, Any]) -> None:
        if self._closed:
            raise SessionError("the world is closed", hint="connect again")
        self._loop.call_soon_threadsafe(self._media.send, json.dumps(message))

    def _on_signal(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello" if message["protocol"] != PROTOCOL_VERSION:
                raise ProtocolError(f"the server speaks protocol {message['protocol']}")
            case "hello":
                self._hello = message
            case "state":
                self._states.append(message["state"])
            case "error":
                self.errors.append(message)
                if not self._hello:
                    self._states.append("failed")
            case "closed" if self.state not in ("ended", "failed"):
                self._states.append("ended")
        self._notify()

    def _on_output(self, message: str | bytes) -> None:
        if isinstance(message, str):
            value = json.loads(message)
            if value.pop("type") == "output":
                self.messages.append(value)
        self._notify()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(self._timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    @property
    def _origin(self) -> str:
        return f"{self._url.scheme}://{self._url.netloc}"

    def _query(self, *keys: str) -> dict[str, str]:
        given = urllib.parse.parse_qs(self._url.query)
        return {key: given[key][0] for key in keys if key in given}

    def _socket_url(self) -> str:
        known = self._query("token", "play", "watch")
        scheme = {"http": "ws", "https": "wss"}.get(self._url.scheme)
        if scheme is None:
            raise LucidError(f"{self._url.geturl()} is no http address", hint="as serve printed it")
        query_text = urllib.parse.urlencode({"protocol": str(PROTOCOL_VERSION), **known})
        return f"{scheme}://{self._url.netloc}/api/session?{query_text}"
