"""InputValidator: checks an input before Lucid merges, logs or forwards it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import ValidationError

from lucid.authoring.captures import accepted_capture, capture_of
from lucid.authoring.definition import accepted_file, problems
from lucid.authoring.files import InputFile
from lucid.authoring.manifest import InputSpec, Manifest
from lucid.authoring.parameters import files_of
from lucid.authoring.schema import schema_validator
from lucid.errors import InvalidInputError, UnknownInputError
from lucid.runtime.messages import Input

MAX_DEPTH = 16
"""How deep lists and objects may be nested in a message. The message is the first level."""
MAX_PARTS = 4_096
"""The most keys and values in the arguments of one input."""
INTEGER_BITS = 64
MAX_MOTION = 1e6
"""The most that a pointer or a wheel moves in one input, in pixels or steps, either way."""


class InputValidator:
    """Validates inputs against a port's manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._inputs = {spec.name: _Arguments(spec) for spec in manifest.inputs}

    def validate(self, message: Input, files: Mapping[str, InputFile]) -> Input:
        """Validate an input; return it with uploaded files in place of their ids.

        Raises:
            UnknownInputError: The port declares no such input.
            InvalidInputError: The arguments do not fit their declaration, or are not strict JSON of
                a bounded size.
            UploadError: A parameter does not accept a file.
        """
        arguments = self._inputs.get(message.name)
        if arguments is None:
            raise UnknownInputError(message.name, self._inputs)
        return replace(message, args=arguments.validate(message.args, files))


class _Arguments:
    def __init__(self, spec: InputSpec) -> None:
        self._name = spec.name
        self._moves = spec.binding is not None and spec.binding.kind in ("pointer", "wheel")
        properties = spec.arguments.get("properties", {})
        self._files = files_of(spec)
        self._capture = capture_of(spec.arguments)
        plain = {name: schema for name, schema in properties.items() if name not in self._files}
        if self._capture is not None:
            plain.pop(self._capture[0])
        required = [name for name in spec.arguments.get("required", ()) if name in plain]
        schema = {**spec.arguments, "properties": plain, "required": required}
        self._validator = schema_validator({**schema, "additionalProperties": False})

    def validate(
        self, args: Mapping[str, Any], files: Mapping[str, InputFile]
    ) -> Mapping[str, Any]:
        plain = {name: value for name, value in args.items() if name not in self._files}
        if name := next((name for name in plain if isinstance(plain[name], InputFile)), None):
            raise InvalidInputError(self._name, [f"{name}: it takes no file"])
        captured = plain.pop(self._capture[0], None) if self._capture is not None else None
        try:
            _check_plain(plain)
            if self._moves:
                _check_motion(plain)
            self._validator.validate_python(plain)
        except ValidationError as error:
            raise InvalidInputError(self._name, problems(error)) from None
        except ValueError as error:
            raise InvalidInputError(self._name, [str(error)]) from None
        for name, spec in self._files.items():
            value = args.get(name)
            file = files.get(value) if isinstance(value, str) else value
            plain[name] = accepted_file(self._name, name, spec, file)
        if self._capture is not None:
            name, capture = self._capture
            plain[name] = accepted_capture(self._name, name, capture, captured)
        return plain


def _check_motion(args: dict[str, Any]) -> None:
    for name, value in args.items():
        if isinstance(value, int | float) and abs(value) > MAX_MOTION:
            raise ValueError(f"{name} is {value:g}: at most {MAX_MOTION:,.0f} in one input")


def _check_plain(args: dict[str, Any]) -> None:
    """Check that arguments are strict JSON of a bounded size.

    Raises:
        ValueError: They are nested too deep, have too many parts, or contain a number that is not
            finite, an integer that is too large, text that is not valid Unicode, or another type.
    """
    level: list[Any] = [args]
    count = 0
    for depth in range(2, MAX_DEPTH + 2):
        inner: list[Any] = []
        for part in level:
            kind = type(part)
            if kind is dict:
                inner += part
                inner += part.values()
            elif kind is list:
                inner += part
            else:
                _check_scalar(part)
                continue
            if depth > MAX_DEPTH:
                raise ValueError(f"lists and objects are nested deeper than {MAX_DEPTH} levels")
            if count + len(inner) > MAX_PARTS:
                raise ValueError(f"there are more than {MAX_PARTS:,} keys and values")
        count += len(inner)
        level = inner


def _check_scalar(value: Any) -> None:
    kind = type(value)
    if kind is str:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("a string contains half of a surrogate pair") from None
    elif kind is float:
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a finite number")
    elif kind is int:
        if value.bit_length() > INTEGER_BITS:
            raise ValueError(f"an integer has more than {INTEGER_BITS} bits")
    elif value is not None and kind is not bool:
        raise ValueError(f"{kind.__name__} is not a JSON type")
