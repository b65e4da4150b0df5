"""A handler's parameters: their types, validator and JSON schema."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from lucid.authoring.bindings import Binding
from lucid.authoring.captures import (
    CameraSpec,
    CaptureSpec,
    MicrophoneSpec,
    capture_schema,
    check_capture_spec,
)
from lucid.authoring.files import FileSpec, InputFile, check_file_spec
from lucid.authoring.gestures import SIGNATURES, handler_arguments
from lucid.errors import DeclarationError


@dataclass(frozen=True)
class Arguments:
    """The arguments of a handler."""

    validator: type[BaseModel]
    """Model of all parameters except files and captures. Its fields have aliases, because pydantic
    does not allow every parameter name as a field name."""
    files: Mapping[str, FileSpec]
    captures: Mapping[str, CaptureSpec]
    """The parameter that a camera or a microphone fills; it is the only parameter."""
    schema: dict[str, Any]


def compile_arguments(where: str, handler: Any, binding: Binding | None) -> Arguments:
    """Read a handler's signature.

    Raises:
        DeclarationError: the message starts with ``where`` and names the parameter.
    """
    parameters = _parameters(where, handler)
    fields: dict[str, Any] = {}
    files: dict[str, FileSpec] = {}
    captures: dict[str, CaptureSpec] = {}
    for index, (name, (annotation, default)) in enumerate(parameters.items()):
        if isinstance(default, CameraSpec | MicrophoneSpec):
            place = f"{where}: parameter {name!r}"
            captures[name] = check_capture_spec(place, annotation, default)
        elif annotation is InputFile or isinstance(default, FileSpec):
            files[name] = _file_spec(where, name, annotation, default)
        elif default is inspect.Parameter.empty:
            fields[f"p{index}"] = (annotation, Field(alias=name))
        else:
            fields[f"p{index}"] = (annotation, Field(default, alias=name, validate_default=True))
    if captures and (binding is not None or len(parameters) > 1):
        kind = next(iter(captures.values())).kind
        raise DeclarationError(
            f"{where}: {kind}_input() must be the only parameter of an input without a binding",
            hint="declare another input for the other parameters",
        )
    if binding is not None:
        _check_signature(where, binding, parameters)
    validator = _validator(where, fields)
    schema = _arguments_schema(where, validator, files, captures)
    return Arguments(validator, files, captures, schema)


def _parameters(where: str, handler: Any) -> dict[str, tuple[Any, Any]]:
    """Return (annotation, default) of each parameter after self."""
    try:
        hints = get_type_hints(handler, include_extras=True)
    except NameError as error:
        raise DeclarationError(
            f"{where}: an annotation names {error.name!r}, which its module does not define",
            hint=f"import {error.name} at module level, not under TYPE_CHECKING",
        ) from None
    parameters = list(inspect.signature(handler).parameters.values())[1:]
    result: dict[str, tuple[Any, Any]] = {}
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError(
                f"{where}: parameter {parameter.name!r} ({parameter.kind.description}) has no "
                "fixed name",
                hint="name every parameter: players send arguments by name",
            )
        if parameter.name not in hints:
            raise DeclarationError(
                f"{where}: parameter {parameter.name!r} has no type",
                hint=f"write for example `{parameter.name}: float`",
            )
        result[parameter.name] = (hints[parameter.name], parameter.default)
    return result


def _file_spec(where: str, name: str, annotation: Any, default: Any) -> FileSpec:
    if annotation is not InputFile:
        raise DeclarationError(
            f"{where}: parameter {name!r} takes an upload but has type {annotation!r}",
            hint=f"write `{name}: InputFile = image_input(...)`",
        )
    if not isinstance(default, FileSpec):
        raise DeclarationError(
            f"{where}: parameter {name!r} is an InputFile but does not say which files it accepts",
            hint=f"write `{name}: InputFile = image_input(...)` or `= file_input(...)`",
        )
    return check_file_spec(f"{where}: parameter {name!r}", default)


def _check_signature(
    where: str, binding: Binding, parameters: Mapping[str, tuple[Any, Any]]
) -> None:
    got = {name: _bare_name(annotation) for name, (annotation, _) in parameters.items()}
    if got != handler_arguments(binding.kind):
        shown = ", ".join(["self", *(f"{name}: {kind}" for name, kind in got.items())])
        wanted = where.split(".")[-1] + SIGNATURES[binding.kind]
        raise DeclarationError(
            f"{where}: the {binding.kind} binding calls {wanted}, but it is declared ({shown})",
            hint=f"write `def {wanted} -> None`",
        )


def _bare_name(annotation: Any) -> str:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _validator(where: str, fields: dict[str, Any]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, title="arguments")
    for key, field in fields.items():  # one at a time, so that an error names its parameter
        try:
            alone = create_model("arguments", __config__=config, **{key: field})
            if not field[1].is_required():
                alone()
        except ValidationError as error:
            raise DeclarationError(
                f"{where}: the default of {field[1].alias!r} does not match its type: "
                f"{error.errors()[0]['msg']}",
                hint="change the default or the constraint",
            ) from None
        except (PydanticUserError, TypeError) as error:
            raise _unsendable(where, field[1].alias, str(error).splitlines()[0]) from None
    validator: type[BaseModel] = create_model("arguments", __config__=config, **fields)
    return validator


def _unsendable(where: str, name: str, why: str) -> DeclarationError:
    return DeclarationError(
        f"{where}: parameter {name!r} has a type that no page can send: {why}",
        hint="use bool, int, float, str, Literal or an Enum, also in Annotated, list or Optional",
    )


class _ArgumentsSchema(GenerateJsonSchema):
    """JSON schema without the titles that pydantic derives from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _arguments_schema(
    where: str,
    validator: type[BaseModel],
    files: Mapping[str, FileSpec],
    captures: Mapping[str, CaptureSpec],
) -> dict[str, Any]:
    schema = validator.model_json_schema(by_alias=True, schema_generator=_ArgumentsSchema)
    schema.pop("title", None)
    properties: dict[str, Any] = schema.setdefault("properties", {})
    for name, property_schema in properties.items():
        if not property_schema.keys() - {"default", "description", "title"}:
            raise _unsendable(where, name, "it accepts anything")
    for name, spec in files.items():
        properties[name] = {
            "type": "string",
            "format": "lucid-file",
            "file": spec.model_dump(mode="json"),
        }
    for name, capture in captures.items():
        properties[name] = capture_schema(capture)
    if given := [*files, *captures]:
        schema["required"] = [*schema.get("required", []), *given]
    return schema
