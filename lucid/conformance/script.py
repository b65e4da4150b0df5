"""The inputs to send: values from each input's binding or JSON schema."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lucid.authoring.bindings import (
    AxisBinding,
    HoldBinding,
    PointerBinding,
    PressBinding,
    WheelBinding,
)
from lucid.authoring.files import FileSpec
from lucid.authoring.manifest import InputSpec, Manifest
from lucid.authoring.parameters import bounds_of, release_args
from lucid.conformance.uploads import captured, upload

PROMPTS = ("a quiet forest", "a city at night", "snow and ice", "a red desert")


@dataclass(frozen=True)
class Send:
    """One input with its arguments."""

    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """The inputs to send before each step. Step 0 is where the session first parks."""

    at: Mapping[int, tuple[Send, ...]] = field(default_factory=dict)
    steps: int = 8


def is_held(spec: InputSpec) -> bool:
    """Return whether the input has a state that a player releases."""
    return isinstance(spec.binding, HoldBinding | AxisBinding)


def press(spec: InputSpec) -> Send:
    """Return the input with its full value."""
    match spec.binding:
        case HoldBinding():
            return Send(spec.name, {"pressed": True})
        case AxisBinding():
            return Send(spec.name, {"value": 1.0})
        case PointerBinding():
            return Send(spec.name, {"dx": 60.0, "dy": 20.0})
        case WheelBinding():
            return Send(spec.name, {"delta": 1.0})
        case _:
            return next(variants(spec))


def release(spec: InputSpec) -> Send:
    """Return the release of a held input."""
    return Send(spec.name, release_args(spec) or {})


def variants(spec: InputSpec) -> Iterator[Send]:
    """Yield valid sends: each value of each argument at least once, usual values first."""
    match spec.binding:
        case HoldBinding() | AxisBinding():
            yield press(spec)
            if isinstance(spec.binding, AxisBinding):
                yield Send(spec.name, {"value": -1.0})
            yield release(spec)
        case PointerBinding():
            yield from (Send(spec.name, {"dx": dx, "dy": dx / 3}) for dx in (60.0, -60.0, 0.0))
        case WheelBinding():
            yield from (Send(spec.name, {"delta": delta}) for delta in (1.0, -1.0, 0.0))
        case PressBinding():
            yield Send(spec.name, {})
        case None:
            yield from _by_schema(spec)


def _by_schema(spec: InputSpec) -> Iterator[Send]:
    properties = spec.arguments.get("properties", {})
    defs = spec.arguments.get("$defs", {})
    choices = {name: list(_values(schema, defs)) or [None] for name, schema in properties.items()}
    usual = {name: values[0] for name, values in choices.items()}
    yield Send(spec.name, usual)
    for name, values in choices.items():
        for value in values[1:]:
            yield Send(spec.name, {**usual, name: value})


def _values(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[Any]:
    """Yield valid values of a JSON schema, a usual one first."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("format") == "lucid-file":
        yield from (upload(FileSpec.model_validate(schema["file"]), variant) for variant in (0, 1))
    elif schema.get("format") == "lucid-capture":
        yield from (captured(schema["capture"], variant) for variant in (0, 1))
    elif "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    elif "anyOf" in schema:
        for option in schema["anyOf"]:
            yield from _values(option, defs)
    else:
        yield from _plain(schema, defs)


def _plain(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[Any]:
    match schema.get("type"):
        case "boolean":
            yield from (True, False)
        case "integer":
            low, high = _range(schema)
            yield from dict.fromkeys((int(low + high) // 2, int(low), int(high)))
        case "number":
            low, high = _range(schema)
            yield from dict.fromkeys(((low + high) / 2, float(low), float(high)))
        case "string":
            longest = schema.get("maxLength", 10_000)
            yield from (prompt[:longest] for prompt in PROMPTS)
        case "array":
            item = next(_values(schema.get("items", {}), defs), None)
            yield [item] * max(1, schema.get("minItems", 1))
        case "null":
            yield None


def _range(schema: Mapping[str, Any]) -> tuple[float, float]:
    low, high = bounds_of(schema)
    if low is None:
        low = 0 if high is None else high - 100
    return low, low + 100 if high is None else high


def prompts_of(spec: InputSpec) -> list[str]:
    """Return prompts to try; the examples in the input's description come first."""
    _, colon, examples = spec.description.partition(":")
    described = [part.strip(" .") for part in re.split(r",|\bor\b", examples)] if colon else []
    return [*filter(None, described), *PROMPTS]


def driven(manifest: Manifest, skip: frozenset[str]) -> Script:
    """Use every input with a binding in turn; release each before the next."""
    at: dict[int, tuple[Send, ...]] = {}
    step = 1
    for spec in manifest.inputs:
        if spec.binding is None or f"input:{spec.name}" in skip:
            continue
        at[step] = (*at.get(step, ()), press(spec))
        if is_held(spec):
            at[step + 1] = (release(spec),)
        step += 1
    return Script(at, max(8, step + 2))
