"""LucidModel: one loaded world model, which creates sessions."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypeVar

from lucid.authoring.outputs import Output
from lucid.authoring.session import LucidSession, SessionContext
from lucid.errors import DeclarationError


class EmptyConfig(BaseModel):
    """The configuration of a port that does not set ``config_cls``."""

    model_config = ConfigDict(extra="forbid")


ConfigT = TypeVar("ConfigT", bound=BaseModel, default=EmptyConfig)


PartT = TypeVar("PartT")


@dataclass(frozen=True)
class LoadContext:
    """The argument of ``load``: a logger and a way to report progress."""

    logger: logging.Logger
    report: Callable[[str, float | None], None]
    share: Callable[[Any], Any] = lambda part: part
    """What ``lockstep`` does with a part."""

    def progress(self, stage: str, fraction: float | None = None) -> None:
        """Show the current stage, such as "download" or "compile", and the fraction done (0..1, or
        None if unknown)."""
        self.report(stage, fraction)

    def lockstep(self, part: PartT) -> PartT:
        """Return an object like ``part`` whose methods run on every rank of the model.

        The first rank runs the sessions. When they call a method, every rank calls it with the same
        arguments, which must be picklable, and the call returns what it returned on the first
        rank. Methods must not be async or generators. With ``devices = 1`` it is ``part`` itself.
        """
        shared: PartT = self.share(part)
        return shared


class LucidModel(Generic[ConfigT]):
    """The adapter of one world model: loaded once per process, shared by its sessions."""

    name: ClassVar[str]
    description: ClassVar[str] = ""
    repo: ClassVar[str] = ""
    """The repo of the weights, which the page names: ORG/NAME on the Hub, or a URL."""

    licence: ClassVar[str] = ""
    """The licence of the weights, such as ``apache-2.0``."""

    session_cls: ClassVar[type[LucidSession[Any]]]
    outputs: ClassVar[tuple[Output, ...]]
    presets: ClassVar[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {}
    """Ways to start that the page offers, by name: the arguments of each input to send. A picture
    is its file name in the ``gallery`` of its ``image_input``."""

    config_cls: ClassVar[type[BaseModel]] = EmptyConfig
    max_sessions: ClassVar[int] = 1
    """How many sessions may play at once; further players wait in a queue."""

    devices: ClassVar[int] = 1
    """How many GPUs the model needs. Each has a process, a rank, that runs ``load`` with the
    environment variables of ``torchrun``; see ``LoadContext.lockstep``."""

    config: ConfigT

    def __init__(self, config: ConfigT | None = None) -> None:
        self.config = config if config is not None else self.config_cls()  # type: ignore[assignment]  # config_cls makes ConfigT
        self.logger = logging.getLogger(f"lucid.port.{getattr(type(self), 'name', 'unnamed')}")

    def load(self, ctx: LoadContext) -> Any:
        """Load weights and warm up; sync or async.

        Runs once, on the thread that later steps the model.
        """

    def unload(self) -> Any:
        """Free the resources of ``load``; sync or async."""

    def create_session(self, ctx: SessionContext) -> LucidSession[Any]:
        """Return a new session for one player."""
        session_cls = getattr(type(self), "session_cls", None)
        if session_cls is None:
            raise DeclarationError(
                f"{type(self).__name__}.session_cls is missing",
                hint=f"write session_cls = ... in the body of {type(self).__name__}",
            )
        session: LucidSession[Any] = session_cls(self, ctx)
        return session
