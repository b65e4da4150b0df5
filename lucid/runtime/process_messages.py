"""Messages between the server and the model process, in addition to the events in ``messages``."""

from dataclasses import dataclass

from lucid._target import PortLocation
from lucid.errors import InputError, SessionFailedError
from lucid.runtime.messages import ControlMessage, ErrorInfo, Input, InputRefused, SessionOver
from lucid.runtime.port_calls import Limits
from lucid.runtime.ring import RingSize
from lucid.runtime.script import Script

MAX_REASON = 300
"""Characters of an exception that a player sees."""

# --- to the model process -------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """Import the port. This is the first call."""

    location: PortLocation
    stub: bool
    log_level: int
    limits: Limits
    watched: str | None
    """The folder whose source files are watched; None for no folder."""


@dataclass(frozen=True)
class Load:
    """Load the model, and write its frames into this shared memory."""

    ring: RingSize
    memory: int | str


@dataclass(frozen=True)
class Open:
    """Start a session."""

    session_id: str
    script: Script


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
    """End a session."""

    session_id: str


@dataclass(frozen=True)
class GiveBack:
    """Free a slot of the ring."""

    slot: int


@dataclass(frozen=True)
class Stop:
    """End every session, unload the model and exit."""


# --- from the model process -----------------------------------------------------------------


@dataclass(frozen=True)
class Imported:
    """The port is imported."""

    manifest_json: str
    galleries: dict[str, dict[str, str]]
    """Gallery folders by input and parameter. ``manifest_json`` does not contain them."""


@dataclass(frozen=True)
class ImportFailed:
    """The port cannot be imported, and the process exits."""

    error: ErrorInfo


@dataclass(frozen=True)
class Heartbeat:
    """The process is alive."""

    blocked_s: float
    """The duration of the current step so far."""


@dataclass(frozen=True)
class FileAccess:
    """The process opened a source file of the port to read or to write it."""

    path: str
    written: bool


def refusal(call: object, error: Exception) -> InputRefused | SessionOver | None:
    """Return the event for a player whose call failed; None if the call has no player."""
    what = f"{type(error).__name__}: {error}"[:MAX_REASON]
    match call:
        case Deliver(session_id=session_id, message=Input() as message):
            refused = InputError(f"the input cannot be sent to the model: {what}")
            return InputRefused.of(session_id, message, refused)
        case Open(session_id=session_id):
            failed = SessionFailedError(
                f"the session cannot start: {what}", hint="its traceback is in the server's log"
            )
            return SessionOver(session_id, ErrorInfo.of(failed))
    return None
