"""Actions: the action space of a port's inputs, and the inputs that an action sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from lucid.authoring.manifest import InputSpec, Manifest
from lucid.authoring.parameters import releases
from lucid.errors import InputError
from lucid.runtime.stepped_port import Send

MOTION_PX = 100.0
"""CSS pixels of pointer motion in one step for an action of 1."""

Convert = Callable[[Any], Any]


class Actions:
    """Turns actions into inputs. It sends what has changed since the last action only."""

    def __init__(self, manifest: Manifest) -> None:
        found = {spec.name: mapping for spec in manifest.inputs if (mapping := _mapping(spec))}
        self.space = spaces.Dict({name: space for name, (space, _) in found.items()})
        self._convert = {name: convert for name, (_, convert) in found.items()}
        self._rest: dict[str, Any] = releases(manifest)
        self._momentary = {
            spec.name
            for spec in manifest.inputs
            if spec.binding is not None and spec.binding.kind in ("press", "pointer", "wheel")
        }
        self.reset()

    def reset(self) -> None:
        """Forget the last action: a new session holds nothing."""
        self._last = dict(self._rest)

    def sends(self, action: Mapping[str, Any]) -> list[Send]:
        """Return the inputs to send for an action.

        Raises:
            InputError: the action has other entries than the action space.
        """
        if action.keys() != self._convert.keys():
            raise InputError(
                f"the action has the entries {', '.join(action) or 'none'}",
                hint=f"the action space has {', '.join(self._convert) or 'none'}",
            )
        sends: list[Send] = []
        for name, convert in self._convert.items():
            args = convert(action[name])
            if args is None or (name not in self._momentary and args == self._last.get(name)):
                continue
            self._last[name] = args
            sends.append((name, args))
        return sends


def _mapping(spec: InputSpec) -> tuple[Space[Any], Convert] | None:
    """Return the space of an input and how its actions become arguments; None: no action."""
    match spec.binding.kind if spec.binding else None:
        case "hold":
            return spaces.Discrete(2), lambda on: {"pressed": bool(on)}
        case "press":
            return spaces.Discrete(2), lambda on: {} if on else None
        case "axis":
            return _box(-1, 1), lambda value: {"value": float(value)}
        case "pointer":
            return spaces.Box(-1, 1, (2,)), _motion
        case "wheel":
            return _box(-1, 1), lambda notches: {"delta": float(notches)} if notches else None
    return None if spec.paused else _by_schema(spec)


def _motion(action: np.ndarray) -> dict[str, float] | None:
    dx, dy = (MOTION_PX * float(part) for part in action)
    return {"dx": dx, "dy": dy} if dx or dy else None


def _by_schema(spec: InputSpec) -> tuple[Space[Any], Convert] | None:
    schema = spec.arguments
    found: dict[str, tuple[Space[Any], Convert]] = {}
    for name, parameter in schema.get("properties", {}).items():
        mapped = _parameter(parameter, schema.get("$defs", {}))
        if mapped is not None:
            found[name] = mapped
        elif name in schema.get("required", ()) or "format" in parameter:
            return None
    if not found:
        return None
    if len(found) == 1:
        ((name, (space, convert)),) = found.items()
        return space, lambda value: {name: convert(value)}
    converts = {name: convert for name, (_, convert) in found.items()}
    return (
        spaces.Dict({name: space for name, (space, _) in found.items()}),
        lambda values: {name: convert(values[name]) for name, convert in converts.items()},
    )


def _parameter(
    schema: Mapping[str, Any], defs: Mapping[str, Any]
) -> tuple[Space[Any], Convert] | None:
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    if choices := schema.get("enum"):
        return spaces.Discrete(len(choices)), lambda index: choices[int(index)]
    if schema.get("type") == "boolean":
        return spaces.Discrete(2), bool
    low, high = _bounds(schema)
    if low is None or high is None or "multipleOf" in schema:
        return None
    if schema["type"] == "integer":
        return spaces.Discrete(int(high - low) + 1, start=int(low)), int
    return _box(low, high), float


def _bounds(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value of a number; None if there is no such bound."""
    low, high = schema.get("minimum"), schema.get("maximum")
    is_whole = schema.get("type") == "integer"
    if schema.get("type") not in ("integer", "number"):
        return None, None
    if "exclusiveMinimum" in schema:
        above = schema["exclusiveMinimum"]
        low = above + 1 if is_whole else float(np.nextafter(above, np.inf))
    if "exclusiveMaximum" in schema:
        below = schema["exclusiveMaximum"]
        high = below - 1 if is_whole else float(np.nextafter(below, -np.inf))
    return low, high


def _box(low: float, high: float) -> spaces.Box:
    return spaces.Box(low, high, (), np.float64)
