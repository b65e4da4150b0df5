"""Every error a user can meet.

::

    LucidError
    ├── DeclarationError          a model, input or output is declared wrongly
    ├── TargetError               the target holds no port, or the port's code does not import
    ├── ModelLoadError            the port's load() raised
    ├── ModelProcessError         the model process died or hung; Lucid starts a new one
    │   └── RankError             a model over several GPUs lost one of its ranks
    ├── SessionError
    │   ├── SessionStateError     the session cannot go from its state to the requested one
    │   ├── SessionFailedError    the port raised inside a session
    │   ├── SessionTimeoutError   an input handler or close() of the port took too long
    │   ├── TurnOverError         the player's turn is over, and others wait
    │   ├── QueueFullError        the queue of waiting players is full
    │   ├── SharingError          too many guests or spectators are in the session
    │   │   └── RemovedError      the player removed this guest
    │   ├── PortChangedError      the port was reloaded with other inputs or outputs
    │   ├── MediaUnreachableError a page did not connect its media in time
    │   └── RecordingError        a recording cannot be started or stopped
    ├── InputError                the server refused a player's message; the session continues
    │   ├── UnknownSessionError   an upload, or a spectator, for a session that is over
    │   ├── UnknownInputError
    │   ├── InvalidInputError
    │   ├── InputPausedError
    │   ├── InputQueueFullError
    │   ├── InputHandlerError     the port's handler raised
    │   ├── MutedError            the player has muted this guest
    │   ├── SpectatorError        only the player of a session sends inputs
    │   ├── UploadError
    │   ├── CaptureError          a camera or microphone stopped, or cannot be used
    │   └── ProtocolError         a message that does not follow the protocol
    ├── OutputError               a published sample does not match its declaration
    │   ├── UnknownOutputError
    │   ├── FrameShapeError
    │   ├── FrameTypeError
    │   └── FrameValueError       NaN or values outside the range; logged once, not fatal
    ├── HubError
    │   ├── RepoNotFoundError
    │   │   └── RepoNameError     the name cannot be a model repo; no request was sent
    │   ├── RepoGatedError
    │   ├── RevisionNotFoundError
    │   ├── HubRateLimitError
    │   └── HubUnreachableError
    ├── ChoiceError               the repo has no such family, variant or answer
    ├── ScaffoldError             the port cannot be written with these choices
    ├── CapsuleError              a .lucid file cannot be read, or was made with another port
    ├── DatasetError              a dataset cannot be written or read, or is of another port
    ├── PolicyError               a policy cannot be imported, raised, or returned no action
    ├── UpstreamError             upstream code is missing, or not at the locked commit
    ├── RemoteError               another engine's server is not there, refuses, stalls or misspeaks
    ├── WeightsError              a weights file is missing, refused or unreadable
    └── MachineError              this machine lacks something, or is misconfigured

``code`` is stable and part of the protocol. ``exit_code`` is the exit status of the command.
``hint`` is the next step. ``str(error)`` is the message followed by the hint.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar


class LucidError(Exception):
    """The base class: an error with a stable code and a hint about the next step."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70

    def __init_subclass__(cls, *, code: str | None = None, exit_code: int | None = None) -> None:
        """Set the code and the exit code; by default a class has those of its base class."""
        super().__init_subclass__()
        cls.code = code or cls.code
        cls.exit_code = exit_code or cls.exit_code

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class DeclarationError(LucidError, code="declaration", exit_code=2):
    """A wrong declaration; the message names the class and the member, the hint the fix."""


class TargetError(LucidError, code="target", exit_code=2):
    """The TARGET of a command holds no port, or the port's code does not import."""


class ModelLoadError(LucidError, code="model.load", exit_code=4):
    """The port's ``load`` raised; ``__cause__`` is the original exception."""


class ModelProcessError(LucidError, code="model.process", exit_code=4):
    """The model process died, or hung and was killed; Lucid starts a new one."""


class RankError(ModelProcessError, code="model.rank"):
    """A rank of a model over several GPUs died, or did not do what the others did."""


class SessionError(LucidError, code="session"):
    """The base class of errors that concern one session."""


class SessionStateError(SessionError, code="session.state"):
    """The session cannot go from its current state to the requested one."""

    def __init__(self, current: str, wanted: str, allowed: Iterable[str]) -> None:
        names = ", ".join(sorted(allowed)) or "none, because it is over"
        super().__init__(f"a session that is {current} cannot become {wanted}; allowed: {names}")


class SessionFailedError(SessionError, code="session.failed"):
    """The port raised inside a session; that session is over, the next one can start."""


class SessionTimeoutError(SessionError, code="session.timeout"):
    """An input handler or ``close()`` of the port took too long; the session is over."""

    def __init__(self, what: str, limit_s: float) -> None:
        super().__init__(
            f"{what} took more than {limit_s:g} s",
            hint="play again; the port should do slow work in run(), or await in shorter pieces",
        )


class TurnOverError(SessionError, code="session.turn"):
    """The player's turn is over, and another player's turn begins."""


class PortChangedError(SessionError, code="session.port_changed"):
    """The port was reloaded and declares other inputs or outputs than the player's page shows."""


class QueueFullError(SessionError, code="session.queue_full"):
    """The queue is full; this player cannot join it."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} players already wait for this model", hint="try again later")


class SharingError(SessionError, code="session.sharing"):
    """Too many guests or spectators are in the session."""


class RemovedError(SharingError, code="session.removed"):
    """The player removed this guest, whose link no longer works."""

    def __init__(self) -> None:
        super().__init__("the player has removed you from this session")


class MediaUnreachableError(SessionError, code="media.unreachable"):
    """A page reached the server, but its data channel did not open in time."""

    def __init__(self, waited_s: float, offered: bool) -> None:
        udp = "no UDP packets get through between this browser and the server"
        what = udp if offered else "the page sent no offer"
        super().__init__(
            f"no media connection after {waited_s:g} s: {what}",
            hint="allow UDP between the browser and the server, or play on the server itself",
        )


class RecordingError(SessionError, code="session.recording"):
    """A recording cannot be started, or there is none to stop."""


class InputError(LucidError, code="input", exit_code=2):
    """The server refused a player's message; the session continues."""

    seq: int | None = None  # the seq of the refused input, if the sender needs it


class UnknownSessionError(InputError, code="session.unknown"):
    """No session with that id is playing."""


class SpectatorError(InputError, code="input.spectator"):
    """A spectator sent an input."""

    def __init__(self) -> None:
        super().__init__("spectators cannot send input", hint="remove ?watch= from the URL to play")


class MutedError(InputError, code="input.muted"):
    """The player has muted this guest."""

    def __init__(self, seq: int | None) -> None:
        super().__init__("the player has muted you", hint="ask the player to unmute you")
        self.seq = seq


class UnknownInputError(InputError, code="input.unknown"):
    """The port declares no input with that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"declared: {', '.join(known) or 'none'}"
        super().__init__(f"no input is named {name!r}", hint=hint)
        self.name = name


class InvalidInputError(InputError, code="input.invalid"):
    """An argument is missing, of the wrong type, out of range, or not declared."""

    def __init__(self, name: str, problems: Iterable[str]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__(f"input {name!r}: {'; '.join(self.problems)}")


class InputPausedError(InputError, code="input.paused"):
    """The input is not accepted while the session is paused."""

    def __init__(self, name: str) -> None:
        super().__init__(f"input {name!r} is not accepted while paused", hint="resume first")
        self.name = name


class InputQueueFullError(InputError, code="input.queue_full"):
    """The session's input queue is full; this input was dropped."""

    def __init__(self, name: str, limit: int) -> None:
        message = f"input {name!r} was dropped: {limit} inputs already wait for the model"
        super().__init__(message, hint="send fewer inputs, or wait for the next frame")
        self.name = name


class InputHandlerError(InputError, code="input.failed"):
    """The port's handler raised; the session continues."""


class UploadError(InputError, code="input.upload"):
    """An upload is too large, of the wrong type, or does not match its declared type."""


class CaptureError(InputError, code="input.capture"):
    """A camera or microphone stopped sending, or sends data that cannot be decoded."""


class ProtocolError(InputError, code="protocol"):
    """A message does not follow the protocol, or uses another version of it."""


class OutputError(LucidError, code="output"):
    """A published sample does not match its declaration."""


class UnknownOutputError(OutputError, code="output.unknown"):
    """The port published to an output that it does not declare."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"published to {name!r}, which is not declared",
            hint=f"declared outputs: {', '.join(known)}; add it to `outputs` or fix the name",
        )
        self.name = name


class FrameShapeError(OutputError, code="output.shape"):
    """The shape of a frame does not match the declared size and layout."""

    def __init__(
        self,
        output: str,
        expected: tuple[int, ...],
        got: tuple[int, ...],
        layout: str,
        hint: str | None = None,
    ) -> None:
        super().__init__(
            f"output {output!r}: expected a frame of shape {expected} ({layout}), or a chunk "
            f"with one more axis in front, got {got}",
            hint=hint,
        )
        self.output = output
        self.expected = expected
        self.got = got


class FrameTypeError(OutputError, code="output.type"):
    """The type or dtype of a sample does not match the declared range."""

    def __init__(self, output: str, expected: str, got: str, hint: str | None = None) -> None:
        super().__init__(f"output {output!r}: expected {expected}, got {got}", hint=hint)


class FrameValueError(OutputError, code="output.value"):
    """A frame has NaN, infinite values, or values far outside the declared range."""


class HubError(LucidError, code="hub", exit_code=3):
    """The base class of errors from the Hugging Face Hub."""


class RepoNotFoundError(HubError, code="hub.not_found"):
    """The repository does not exist, or is private and the token is missing."""


class RepoNameError(RepoNotFoundError, code="hub.name", exit_code=2):
    """The name cannot be a model repo: a dataset, another site, or illegal characters."""


class RepoGatedError(HubError, code="hub.gated"):
    """The user must accept the repository's terms first."""


class RevisionNotFoundError(HubError, code="hub.revision"):
    """The repository has no such branch, tag or commit."""


class HubRateLimitError(HubError, code="hub.rate_limit"):
    """The Hub answered 429."""


class HubUnreachableError(HubError, code="hub.unreachable"):
    """The Hub sent no answer, or an invalid one."""


class ChoiceError(LucidError, code="choice", exit_code=2):
    """The repo has no such family, variant or answer."""


class ScaffoldError(LucidError, code="scaffold", exit_code=2):
    """The port cannot be written with these choices; nothing was written."""


class CapsuleError(LucidError, code="capsule", exit_code=2):
    """A ``.lucid`` file cannot be read, or was made with another port."""


class DatasetError(LucidError, code="dataset", exit_code=2):
    """A dataset of ``lucid rollout`` cannot be written or read, or is of another port."""


class PolicyError(LucidError, code="policy", exit_code=2):
    """A policy cannot be imported, raised, or returned something that is no action."""


class UpstreamError(LucidError, code="upstream", exit_code=4):
    """A port's upstream code is missing, not at the locked commit, or cannot be fetched."""


class RemoteError(LucidError, code="remote", exit_code=4):
    """The server of another engine is not there, refuses, stalls or breaks its protocol."""


class WeightsError(LucidError, code="weights", exit_code=4):
    """A weights file is missing, unreadable, or a pickle that was not allowed."""


class MachineError(LucidError, code="machine", exit_code=4):
    """This machine lacks something (an extra, a free TCP port) or is misconfigured (a proxy)."""


def reason(error: BaseException) -> str:
    """Return what the system or a library says about an error, without numbers and addresses."""
    text = getattr(error, "strerror", None) or re.sub(r"\[Errno -?\d+\] ", "", str(error))
    return str(text).partition(" (")[0]


@contextmanager
def needs_extra(extra: str, what: str) -> Iterator[None]:
    """Say that ``what`` needs an extra of Lucid if an import in the block fails.

    Raises:
        MachineError: the extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MachineError(
            f"{what} needs {error.name}, which is not installed",
            hint=f'pip install "lucid-runtime[{extra}]"',
        ) from None
