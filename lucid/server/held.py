"""Which inputs each connection to a session holds down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lucid.authoring.manifest import Manifest
from lucid.runtime.messages import ControlMessage, Input, ReleaseAll

_NEUTRAL: dict[str, dict[str, Any]] = {"hold": {"pressed": False}, "axis": {"value": 0}}


class HeldInputs:
    """Holds and axes of one session, by connection.

    An input that several connections hold is released when the last of them releases it.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._neutral = {
            spec.name: _NEUTRAL[spec.binding.kind]
            for spec in manifest.inputs
            if spec.binding and spec.binding.kind in _NEUTRAL
        }
        self._holders: dict[str, dict[object, Mapping[str, Any]]] = {}
        """By input and connection: the arguments. The newest connection is the last one."""
        self._sent: dict[str, Mapping[str, Any]] = {}

    def input(self, connection: object, message: Input) -> list[Input]:
        """What to pass on for an input: nothing if another connection still holds it."""
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
        """What to pass on so that nothing is held that only this connection holds."""
        if not any(holders.keys() - {connection} for holders in self._holders.values()):
            self._holders.clear()
            self._sent.clear()
            return [ReleaseAll()]
        mine = [name for name, holders in self._holders.items() if connection in holders]
        return [
            released
            for name in mine
            for released in self.input(connection, Input(seq, name, self._neutral[name]))
        ]


def _is_valid(args: Mapping[str, Any]) -> bool:
    """Whether a port accepts these arguments of a hold or an axis; else they hold nothing."""
    if args.keys() == {"pressed"}:
        return type(args["pressed"]) is bool
    if args.keys() != {"value"}:
        return False
    value = args["value"]
    return type(value) in (int, float) and -1 <= value <= 1
