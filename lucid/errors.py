"""Every error a user can meet.

::

    LucidError
    ├── DeclarationError          a model, input or output is declared wrongly
    ├── TargetError               what was named holds no port, or its code does not import
    ├── ModelLoadError            the port's load() raised
    ├── ModelProcessError         the model's process died or hung; another one is started
    ├── SessionError
    │   ├── SessionStateError     a move the session's state does not allow
    │   ├── SessionFailedError    the port raised inside a session
    │   ├── SessionTimeoutError   an input handler or close() of the port took too long
    │   ├── QueueFullError        too many players wait already
    │   ├── PortChangedError      the port was reloaded, and declares something else now
    │   ├── MediaUnreachableError a page did not connect its media in time
    │   └── RecordingError        a recording cannot be started or stopped
    ├── InputError                a player's message was refused; the session lives on
    │   ├── UnknownSessionError   an upload, or a spectator, for a session that is over
    │   ├── UnknownInputError
    │   ├── InvalidInputError
    │   ├── InputPausedError
    │   ├── InputQueueFullError
    │   ├── InputHandlerError     the port's handler raised
    │   ├── SpectatorError        only the player of a session sends inputs
    │   ├── UploadError
    │   └── ProtocolError         a message that is no message of the protocol
    ├── OutputError               what a port published does not fit its declaration
    │   ├── UnknownOutputError
    │   ├── FrameShapeError
    │   ├── FrameTypeError
    │   └── FrameValueError       NaN or values outside of the range; told once, ends nothing
    ├── HubError
    │   ├── RepoNotFoundError
    │   │   └── RepoNameError     what was named cannot be a model repo; nobody was asked
    │   ├── RepoGatedError
    │   ├── RevisionNotFoundError
    │   ├── HubRateLimitError
    │   └── HubUnreachableError
    ├── ChoiceError               a family, variant or answer that is not one of the repo's
    ├── ScaffoldError             a port cannot be written as asked
    ├── UpstreamError             upstream code is not here, or not as locked
    ├── WeightsError              a weights file is missing, refused or unreadable
    └── MachineError              this machine lacks something (an extra, a free port), or is set
                                  up wrongly (a proxy, a token)

``code`` is stable and goes over the wire; ``exit_code`` is what the command line ends with;
``hint`` is the next step. ``str(error)`` is the message and the hint, ready to print.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class LucidError(Exception):
    """An error with a stable code, and a hint that names the next step."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class DeclarationError(LucidError):
    """A class declares itself wrongly: names the class, the member and what to write instead."""

    code = "declaration"
    exit_code = 2


class TargetError(LucidError):
    """A command's TARGET names no port, or a port whose code does not import."""

    code = "target"
    exit_code = 2


class ModelLoadError(LucidError):
    """The port's ``load`` raised; ``__cause__`` is what it raised."""

    code = "model.load"
    exit_code = 4


class ModelProcessError(LucidError):
    """The model's process died, or hung and was ended; another one is started."""

    code = "model.process"
    exit_code = 4


class SessionError(LucidError):
    """A session cannot do what was asked."""

    code = "session"


class SessionStateError(SessionError):
    """A move that the session's state does not allow."""

    code = "session.state"

    def __init__(self, current: str, wanted: str, allowed: Iterable[str]) -> None:
        names = ", ".join(sorted(allowed)) or "nothing: it is over"
        super().__init__(f"a session that is {current} cannot become {wanted}; possible: {names}")
        self.current = current
        self.wanted = wanted


class SessionFailedError(SessionError):
    """The port raised inside a session; the session is over, the next one works."""

    code = "session.failed"


class SessionTimeoutError(SessionError):
    """An input handler or ``close()`` of the port took too long; the session is over."""

    code = "session.timeout"

    def __init__(self, what: str, limit_s: float) -> None:
        super().__init__(
            f"{what} took more than {limit_s:g} s",
            hint="play again; the port should do slow work in run(), or in shorter awaits",
        )
        self.limit_s = limit_s


class PortChangedError(SessionError):
    """The port was reloaded and declares other inputs or outputs than the player's page shows."""

    code = "session.port_changed"


class QueueFullError(SessionError):
    """More players wait than a host keeps; this one was turned away."""

    code = "session.queue_full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} players already wait for this model", hint="come back a little later"
        )


class MediaUnreachableError(SessionError):
    """A page could connect, but its data channel did not open in time."""

    code = "media.unreachable"

    def __init__(self, waited_s: float, offered: bool) -> None:
        if offered:
            what = "no UDP packets get through between this browser and the server"
        else:
            what = "the page sent no offer"
        super().__init__(
            f"no media connection after {waited_s:g} s: {what}",
            hint="allow UDP between the two, or play on the machine that serves",
        )
        self.offered = offered


class RecordingError(SessionError):
    """A recording cannot be started, or there is none to stop."""

    code = "session.recording"


class InputError(LucidError):
    """A player's message was refused; the session lives on."""

    code = "input"
    exit_code = 2
    seq: int | None = None
    """Sequence number of the refused input, where the sender is to be told of it."""


class UnknownSessionError(InputError):
    """No session of that id plays."""

    code = "session.unknown"


class SpectatorError(InputError):
    """A spectator sent an input."""

    code = "input.spectator"

    def __init__(self) -> None:
        super().__init__("you watch this session", hint="open the page without ?watch= to play")


class UnknownInputError(InputError):
    """No input of that name is declared."""

    code = "input.unknown"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"declared: {', '.join(known) or 'none'}"
        super().__init__(f"no input is named {name!r}", hint=hint)
        self.name = name


class InvalidInputError(InputError):
    """An argument is missing, of the wrong type, out of range, or not declared."""

    code = "input.invalid"

    def __init__(self, name: str, problems: Iterable[str]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__(f"input {name!r}: {'; '.join(self.problems)}")


class InputPausedError(InputError):
    """The input is not accepted while the session is paused."""

    code = "input.paused"

    def __init__(self, name: str) -> None:
        super().__init__(f"input {name!r} is not accepted while paused", hint="resume first")
        self.name = name


class InputQueueFullError(InputError):
    """More inputs wait than a session keeps; this one was dropped."""

    code = "input.queue_full"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(
            f"input {name!r} was dropped: {limit} inputs already wait for the model",
            hint="send fewer inputs, or wait for the next frame",
        )
        self.name = name


class InputHandlerError(InputError):
    """The port's handler raised; the session goes on."""

    code = "input.failed"


class UploadError(InputError):
    """An upload is too large, of the wrong type, or not what it says it is."""

    code = "input.upload"


class ProtocolError(InputError):
    """A message is no message of the protocol, or of another version of it."""

    code = "protocol"


class OutputError(LucidError):
    """What a port published does not fit its declaration."""

    code = "output"


class UnknownOutputError(OutputError):
    """The port published to a name it did not declare."""

    code = "output.unknown"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"published to {name!r}, which is not declared",
            hint=f"declared outputs: {', '.join(known)}; add it to `outputs` or fix the name",
        )
        self.name = name


class FrameShapeError(OutputError):
    """A frame's axes do not fit the declared size and layout."""

    code = "output.shape"

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
            f"with one axis more in front; got {got}",
            hint=hint,
        )
        self.output = output
        self.expected = expected
        self.got = got


class FrameTypeError(OutputError):
    """A sample's type or dtype does not fit the declared range."""

    code = "output.type"

    def __init__(self, output: str, expected: str, got: str, hint: str | None = None) -> None:
        super().__init__(f"output {output!r}: expected {expected}, got {got}", hint=hint)
        self.output = output
        self.expected = expected
        self.got = got


class FrameValueError(OutputError):
    """A frame has NaN, infinite values, or values far outside of the declared range."""

    code = "output.value"


class HubError(LucidError):
    """The Hugging Face Hub did not give what was asked."""

    code = "hub"
    exit_code = 3


class RepoNotFoundError(HubError):
    """No such repository, or a private one without a token."""

    code = "hub.not_found"


class RepoNameError(RepoNotFoundError):
    """What was named cannot be a model repo: a dataset, another site, characters no name has."""

    code = "hub.name"
    exit_code = 2


class RepoGatedError(HubError):
    """The repository's terms must be accepted first."""

    code = "hub.gated"


class RevisionNotFoundError(HubError):
    """The repository has no such branch, tag or commit."""

    code = "hub.revision"


class HubRateLimitError(HubError):
    """The Hub answered 429."""

    code = "hub.rate_limit"


class HubUnreachableError(HubError):
    """No answer from the Hub, or one that is no answer."""

    code = "hub.unreachable"


class ChoiceError(LucidError):
    """A family, variant or answer that is not one of the repo's."""

    code = "choice"
    exit_code = 2


class ScaffoldError(LucidError):
    """A port cannot be written as asked; nothing was written."""

    code = "scaffold"
    exit_code = 2


class UpstreamError(LucidError):
    """The upstream code of a port is not here, not at the locked commit, or cannot be fetched."""

    code = "upstream"
    exit_code = 4


class WeightsError(LucidError):
    """A weights file is missing, unreadable, or a pickle that was not allowed."""

    code = "weights"
    exit_code = 4


class MachineError(LucidError):
    """This machine lacks something (an extra, a free TCP port) or is set up wrongly (a proxy)."""

    code = "machine"
    exit_code = 4
