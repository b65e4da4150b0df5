"""RemoteEngine: where another engine serves a world, and the protocols that Lucid speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lucid.errors import RemoteError

STUB = "stub"


@dataclass(frozen=True)
class Protocol:
    """What a port of an engine starts from."""

    engine: str
    path: str
    """Where the engine serves it."""
    inputs: tuple[str, ...]
    """The kinds of inputs that the engine takes."""
    size: tuple[int, int]
    """The width and height of its pictures, by default."""
    fps: int


_ALL = ("keyboard", "prompt", "image")
PROTOCOLS = {
    "sglang": Protocol(
        "SGLang, or its Zing fork", "/v1/realtime_video/generate", _ALL, (832, 480), 16
    ),
    "vllm_omni": Protocol("vLLM-Omni", "/v1/realtime/video", _ALL, (832, 480), 16),
    "fastvideo": Protocol("FastVideo", "/v1/stream", ("prompt", "image"), (1024, 576), 24),
    "flashdreams": Protocol("FlashDreams", "/api/webrtc/offer", ("keyboard",), (640, 360), 30),
}
"""By the name of the module with its ``Link``."""


class EngineBusy(RemoteError):
    """The engine has no place for another player."""


@dataclass(frozen=True)
class RemoteEngine:
    """The server of another engine, as a port describes it."""

    url: str
    protocol: str
    """A name in ``PROTOCOLS``."""
    size: tuple[int, int]
    """The width and height of its pictures."""
    fps: float
    keys: type[Enum] | None = None
    """The keys that can be held; the values are the engine's names."""
    start: Mapping[str, Any] = field(default_factory=dict)
    """More fields for the first message of a session."""
    stall_s: float = 60.0
    """How long the engine may send nothing."""

    def stub(self) -> RemoteEngine:
        """Return an engine that plays ``lucid.StubEngine`` in place of the server."""
        return replace(self, protocol=STUB)

    def error(self, what: str, hint: str) -> RemoteError:
        """Return an error whose message starts with the engine's host."""
        return RemoteError(f"{urlsplit(self.url).netloc} {what}", hint=hint)

    def misread(self, error: Exception) -> RemoteError:
        """Return the error for data that does not follow the protocol."""
        return self.error(
            f"sent what the protocol {self.protocol} does not have: {type(error).__name__}: "
            f"{str(error)[:200]}",
            "docs/remote-worlds.md lists the versions that Lucid speaks; if this is another "
            "program, correct URL or PROTOCOL in the port's engine.py",
        )

    def check_size(self, *size: int) -> None:
        """Refuse pictures of another width and height.

        Raises:
            RemoteError: it says what to change.
        """
        if size != self.size:
            raise self.error(
                "sends pictures of {}x{}, and the port expects {}x{}".format(*size, *self.size),
                f"write WIDTH, HEIGHT = {size[0]}, {size[1]} in the port's engine.py",
            )


def address_of(url: str, protocol: str) -> str:
    """Return the address of a protocol at a URL, whose path is only kept if it has one."""
    scheme, host, path, query, _ = urlsplit(url)
    kind = "http" if protocol == "flashdreams" else "ws"
    scheme = f"{kind}s" if scheme in ("https", "wss") else kind
    path = PROTOCOLS[protocol].path if path in ("", "/") else path
    return urlunsplit((scheme, host, path, query, ""))
