"""Track which holds and axes each connection to a session has active."""

from collections.abc import Mapping
from typing import Any

from lucid.authoring.manifest import Manifest
from lucid.runtime.inbox import release_args
from lucid.runtime.messages import ControlMessage, Input, ReleaseAll


class HeldInputs:
    """The active holds and axes of one session, by connection.

    If several connections hold an input, it is released when the last of them releases it.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._neutral = {
            spec.name: args for spec in manifest.inputs if (args := release_args(spec)) is not None
        }
        self._holders: dict[str, dict[object, Mapping[str, Any]]] = {}
        """Arguments by input and connection; the last entry is the newest connection."""
        self._sent: dict[str, Mapping[str, Any]] = {}

    def input(self, connection: object, message: Input) -> list[Input]:
        """Return the inputs to apply for ``message``: none if another connection still holds it."""
        neutral = self._neutral.get(message.name)
        if neutral is None or not _is_valid(message.args):
            return [message]
        holders = self._holders.setdefault(message.name, {})
        holders.pop(connection, None)
        if message.args != neutral:
            holders[connection] = message.args
        elif holders:
            args = list(holders.values())[-1]
            if args == self._sent.get(message.name):
                return []
            message = Input(message.seq, message.name, args)
        self._sent[message.name] = message.args
        return [message]

    def release(self, connection: object, seq: int) -> list[ControlMessage]:
        """Return the messages that release the inputs which only this connection holds."""
        if not any(holders.keys() - {connection} for holders in self._holders.values()):
            self._holders.clear()
            self._sent.clear()
            return [ReleaseAll()]
        names = [name for name, holders in self._holders.items() if connection in holders]
        return [
            message
            for name in names
            for message in self.input(connection, Input(seq, name, self._neutral[name]))
        ]


def _is_valid(args: Mapping[str, Any]) -> bool:
    """Return whether these are valid arguments of a hold or an axis; others are not tracked."""
    if args.keys() == {"pressed"}:
        return type(args["pressed"]) is bool
    if args.keys() != {"value"}:
        return False
    value = args["value"]
    return type(value) in (int, float) and -1 <= value <= 1
