"""Malformed messages of every type of the wire protocol."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from lucid.authoring.manifest import Manifest

_DEEP = 500
BAD = [
    "NaN",
    "-Infinity",
    "1e999",
    "1" * 400,
    "null",
    "[]",
    '"\\ud800"',
    '{"\\udc00": 1}',
    "[" * _DEEP + "]" * _DEEP,
    '{"a":' * _DEEP + "1" + "}" * _DEEP,
    "[" * 20 + "]" * 20,
    "[1, 2",
]
"""Values, valid JSON or not, that no field of any message accepts."""
_VALID = {
    "seq": "1",
    "name": '"forward"',
    "args": "{}",
    "shift_ms": "0",
    "sdp": '"v=0"',
    "codecs": '["VP8"]',
    "frame": "0",
    "on": "true",
    "fallback": "true",
    "number": "1",
    "held": "{}",
    "changes": "[]",
    "motion": "{}",
    "act": '"mute"',
}


def malformed(models: tuple[type[BaseModel], ...], manifest: Manifest) -> Iterator[str]:
    """Yield malformed messages of each type. The inputs of ``manifest`` must not accept lists."""
    yield from ("", " ", "nonsense", "{", "[]", "null", "1", "{}", '{"type": null}')
    yield from ('{"type": "nothing"}', '{"type": "' + "x" * 1_000 + '"}', '"\ufffe"')
    for model in models:
        kind = model.model_fields["type"].default
        fields = {name: _VALID[name] for name in model.model_fields if name != "type"}
        yield _message(kind, fields)[:-1]
        yield _message(kind, {**fields, "more": "1"})
        for field in fields:
            if model.model_fields[field].is_required():
                yield _message(kind, {name: fields[name] for name in fields if name != field})
            bads = (bad for bad in BAD if bad != fields[field])
            yield from (_message(kind, {**fields, field: bad}) for bad in bads)
        if kind == "input":
            yield _message(kind, {**fields, "name": '"' + "x" * 70_000 + '"'})
            yield from _malformed_inputs(manifest)


def _malformed_inputs(manifest: Manifest) -> Iterator[str]:
    yield _message("input", {"seq": "1", "name": '"no_such_input"', "args": "{}"})
    yield _message("input", {"seq": "1", "name": '"' + "x" * 1_000 + '"', "args": "{}"})
    for spec in manifest.inputs:
        fields = {"seq": "1", "name": f'"{spec.name}"'}
        yield _message("input", {**fields, "args": '{"more": 1}'})
        for parameter in spec.arguments["properties"]:
            for bad in BAD:
                yield _message("input", {**fields, "args": f'{{"{parameter}": {bad}}}'})


def _message(kind: str, fields: dict[str, str]) -> str:
    return "{" + ", ".join([f'"type": "{kind}"', *(f'"{k}": {v}' for k, v in fields.items())]) + "}"
