"""What the server says to the model's process, and what only that process says back."""

from __future__ import annotations

from dataclasses import dataclass

from lucid._target import PortLocation
from lucid.errors import InputError, SessionFailedError
from lucid.runtime.limits import Limits
from lucid.runtime.messages import ControlMessage, ErrorInfo, Input, InputRefused, SessionOver
from lucid.runtime.ring import RingSize

MAX_REASON = 300
"""Characters of an exception that a player is told."""

# --- to the model's process -----------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """First of all: import the port."""

    location: PortLocation
    stub: bool
    log_level: int
    limits: Limits
    watched: str | None
    """A folder: report which source files below it are read and written."""


@dataclass(frozen=True)
class Load:
    """Load the model; its frames go into this memory."""

    ring: RingSize
    memory: int | str


@dataclass(frozen=True)
class Open:
    """Start a session."""

    session_id: str


@dataclass(frozen=True)
class Deliver:
    """Queue a message for a session."""

    session_id: str
    message: ControlMessage


@dataclass(frozen=True)
class Shown:
    """A frame of the session was shown."""

    session_id: str


@dataclass(frozen=True)
class Close:
    """Ask a session to end."""

    session_id: str


@dataclass(frozen=True)
class GiveBack:
    """A slot of the ring is free again."""

    slot: int


@dataclass(frozen=True)
class Stop:
    """End every session, unload the model, exit."""


# --- from the model's process ---------------------------------------------------------------


@dataclass(frozen=True)
class Imported:
    """The port is imported."""

    manifest_json: str
    galleries: dict[str, dict[str, str]]
    """Folders by input and parameter: the JSON leaves them out."""


@dataclass(frozen=True)
class ImportFailed:
    """The port cannot be imported: the process exits."""

    error: ErrorInfo


@dataclass(frozen=True)
class Beat:
    """The process lives; its model's thread has been in one step for so long."""

    blocked_s: float


@dataclass(frozen=True)
class Touched:
    """The process opens a source file of the port, to read or to write it."""

    path: str
    written: bool


def refusal(call: object, error: Exception) -> InputRefused | SessionOver | None:
    """Return what to tell a player whose call could not be sent or obeyed; None if nobody waits."""
    what = f"{type(error).__name__}: {error}"[:MAX_REASON]
    match call:
        case Deliver(session_id=session_id, message=Input(seq=seq)):
            refused = InputError(f"the input cannot reach the model: {what}")
            return InputRefused(session_id, seq, ErrorInfo.of(refused))
        case Open(session_id=session_id):
            failed = SessionFailedError(
                f"the session cannot start: {what}", hint="the server's log has the traceback"
            )
            return SessionOver(session_id, ErrorInfo.of(failed))
    return None
