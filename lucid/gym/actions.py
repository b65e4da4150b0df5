"""Actions: the action space of a port's inputs, and the inputs that an action sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from lucid.authoring.manifest import InputSpec, Manifest
from lucid.authoring.parameters import bounds_of, releases
from lucid.errors import InputError
from lucid.runtime.stepped_port import Send

MOTION_PX = 100.0
"""CSS pixels of pointer motion in one step for an action of 1."""

Convert = Callable[[Any], Any]
Read = Callable[[Any], float]
"""Returns a number of an action from the arguments of the input."""


@dataclass(frozen=True)
class _Mapping:
    """How the actions for one input become its arguments, and how these become numbers."""

    space: Space[Any]
    convert: Convert
    reads: Mapping[str, Read]
    """By the end of the column's name, after the input's name."""


class Actions:
    """Turns actions into inputs. It sends what has changed since the last action only."""

    def __init__(self, manifest: Manifest) -> None:
        found = {spec.name: mapping for spec in manifest.inputs if (mapping := _mapping(spec))}
        self.space = spaces.Dict({name: mapping.space for name, mapping in found.items()})
        self._convert = {name: mapping.convert for name, mapping in found.items()}
        self._rest: dict[str, Any] = releases(manifest)
        self._momentary = {
            spec.name
            for spec in manifest.inputs
            if spec.binding is not None and spec.binding.kind in ("press", "pointer", "wheel")
        }
        self._reads = {name: mapping.reads for name, mapping in found.items()}
        self.reset()

    def reset(self) -> None:
        """Forget the last action: a new session holds nothing."""
        self._last = dict(self._rest)
        self._row = {
            name + part: 0.0 if name in self._rest or name in self._momentary else read({})
            for name, reads in self._reads.items()
            for part, read in reads.items()
        }

    def sends(self, action: Mapping[str, Any]) -> list[Send]:
        """Return the inputs to send for an action.

        Raises:
            InputError: the action is not in the action space.
        """
        if not isinstance(action, Mapping):
            raise InputError(
                f"the action is {type(action).__name__}, not a dict",
                hint="env.action_space.sample() returns an action",
            )
        if action.keys() != self._convert.keys():
            raise InputError(
                f"the action has the entries {', '.join(action) or 'none'}",
                hint=f"the action space has {', '.join(self._convert) or 'none'}",
            )
        sends: list[Send] = []
        for name, convert in self._convert.items():
            try:
                args = convert(action[name])
            except (TypeError, ValueError, LookupError):
                raise InputError(
                    f"the action {name} is {action[name]!r}",
                    hint=f"it must be in {self.space[name]}",
                ) from None
            if args is None or (name not in self._momentary and args == self._last.get(name)):
                continue
            self._last[name] = args
            sends.append((name, args))
        return sends

    @property
    def columns(self) -> list[str]:
        """The names of the numbers in a row: ``forward``, ``look.dx``, ``look.dy``."""
        return list(self._row)

    def row(self, sends: Iterable[Send]) -> list[float]:
        """Return the action of a step as numbers, from the inputs that were sent before it.

        An input that was sent earlier keeps its value, except for presses and motion. Numbers have
        the units of the action space, and may exceed it if a person played. Inputs without an
        action are left out.
        """
        self._row |= {name + part: 0.0 for name in self._momentary for part in self._reads[name]}
        for name, args in sends:
            for part, read in self._reads.get(name, {}).items():
                before = self._row[name + part] if name in self._momentary else 0.0
                self._row[name + part] = before + read(args)
        return list(self._row.values())


def _mapping(spec: InputSpec) -> _Mapping | None:
    """Return how the actions for an input become arguments; None: no action."""
    press = spaces.Discrete(2)
    match spec.binding.kind if spec.binding else None:
        case "hold":
            return _Mapping(
                press, lambda on: {"pressed": bool(on)}, {"": lambda args: float(args["pressed"])}
            )
        case "press":
            return _Mapping(press, lambda on: {} if on else None, {"": lambda args: 1.0})
        case "axis":
            return _Mapping(
                _box(-1, 1), lambda value: {"value": float(value)}, {"": lambda args: args["value"]}
            )
        case "pointer":
            reads: dict[str, Read] = {
                ".dx": lambda args: args["dx"] / MOTION_PX,
                ".dy": lambda args: args["dy"] / MOTION_PX,
            }
            return _Mapping(spaces.Box(-1, 1, (2,)), _motion, reads)
        case "wheel":
            return _Mapping(
                _box(-1, 1),
                lambda notches: {"delta": float(notches)} if notches else None,
                {"": lambda args: args["delta"]},
            )
    return None if spec.paused else _by_schema(spec)


def _motion(action: np.ndarray) -> dict[str, float] | None:
    dx, dy = (MOTION_PX * float(part) for part in action)
    return {"dx": dx, "dy": dy} if dx or dy else None


def _by_schema(spec: InputSpec) -> _Mapping | None:
    schema = spec.arguments
    found: dict[str, _Mapping] = {}
    for name, parameter in schema.get("properties", {}).items():
        mapped = _parameter(name, parameter, schema.get("$defs", {}))
        if mapped is not None:
            found[name] = mapped
        elif name in schema.get("required", ()) or "format" in parameter:
            return None
    if not found:
        return None
    if len(found) == 1:
        ((name, only),) = found.items()
        return _Mapping(only.space, lambda value: {name: only.convert(value)}, only.reads)
    return _Mapping(
        spaces.Dict({name: mapping.space for name, mapping in found.items()}),
        lambda values: {name: each.convert(values[name]) for name, each in found.items()},
        {f".{name}": mapping.reads[""] for name, mapping in found.items()},
    )


def _parameter(name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> _Mapping | None:
    default = schema.get("default")
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    if choices := schema.get("enum"):
        first = choices[0] if default is None else default
        return _Mapping(
            spaces.Discrete(len(choices)),
            lambda index: choices[int(index)],
            {"": lambda args: float(choices.index(args.get(name, first)))},
        )
    number: dict[str, Read] = {"": lambda args: float(args.get(name, default))}
    if schema.get("type") == "boolean":
        default = bool(default)
        return _Mapping(spaces.Discrete(2), bool, number)
    low, high = bounds_of(schema)
    if low is None or high is None or "multipleOf" in schema:
        return None
    default = min(max(0, low), high) if default is None else default
    if schema["type"] == "integer":
        space = spaces.Discrete(int(high - low) + 1, start=int(low))
        return _Mapping(space, int, number)
    return _Mapping(_box(low, high), float, number)


def _box(low: float, high: float) -> spaces.Box:
    return spaces.Box(low, high, (), np.float64)
