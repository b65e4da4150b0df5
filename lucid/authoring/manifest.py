"""Compile a LucidModel class into its Manifest, and check what players send against it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from lucid.authoring.bindings import AxisBinding, Binding, HoldBinding
from lucid.authoring.files import FileSpec, InputFile
from lucid.authoring.inputs import InputOptions, input_options
from lucid.authoring.model import LucidModel
from lucid.authoring.outputs import Output
from lucid.authoring.session import LucidSession
from lucid.errors import DeclarationError, InvalidInputError, UploadError

MANIFEST_VERSION: Literal[1] = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ModelInfo(_Frozen):
    """What a port says of itself."""

    name: str
    description: str
    max_sessions: int


class InputSpec(_Frozen):
    """One input, as a page needs it to make the control."""

    name: str
    description: str
    paused: bool
    """Whether it is accepted while the session is paused."""

    binding: Binding | None
    arguments: dict[str, Any]
    """JSON schema (an object) of the arguments; a file is ``{"format": "lucid-file", "file":
    FileSpec}``."""


class Manifest(_Frozen):
    """The versioned description of a port: what a player can send, what comes back."""

    version: Literal[1] = MANIFEST_VERSION
    model: ModelInfo
    inputs: tuple[InputSpec, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class InputDefinition:
    """An input's spec and what enforces it."""

    spec: InputSpec
    files: Mapping[str, FileSpec]
    """File parameters by name."""

    validator: type[BaseModel]

    def validate(
        self, arguments: Mapping[str, Any], files: Mapping[str, InputFile] | None = None
    ) -> dict[str, Any]:
        """Arguments as the handler takes them; a file may be an InputFile or the id of one in
        ``files``.

        Raises:
            InvalidInputError: missing, unknown, wrong type, NaN or out of range.
            UploadError: a file that the input does not accept.
        """
        plain = {name: value for name, value in arguments.items() if name not in self.files}
        try:
            model = self.validator.model_validate_json(json.dumps(plain))
        except ValidationError as error:
            raise InvalidInputError(self.spec.name, map(_problem, error.errors())) from None
        except (TypeError, ValueError) as error:
            raise InvalidInputError(self.spec.name, [str(error)]) from None
        values = {
            field.alias or name: getattr(model, name)
            for name, field in type(model).model_fields.items()
        }
        for name, spec in self.files.items():
            values[name] = self._file(name, spec, arguments.get(name), files or {})
        return values

    def _file(
        self, name: str, spec: FileSpec, value: Any, files: Mapping[str, InputFile]
    ) -> InputFile:
        file = files.get(value) if isinstance(value, str) else value
        if not isinstance(file, InputFile):
            raise InvalidInputError(self.spec.name, [f"{name}: upload a file and send its id"])
        check_file(spec, file.filename, file.mime_type, file.size_bytes)
        return file


@dataclass(frozen=True)
class ModelDefinition:
    """A model class, compiled."""

    model_cls: type[LucidModel[Any]]
    manifest: Manifest
    inputs: Mapping[str, InputDefinition]


def manifest(model_cls: type[LucidModel[Any]]) -> Manifest:
    """The Manifest of a model class.

    Raises:
        DeclarationError: names the class, the member and what to write instead.
    """
    return build_model_definition(model_cls).manifest


def build_model_definition(model_cls: type[LucidModel[Any]]) -> ModelDefinition:
    """Read a model class once: its outputs and the inputs of its session class, inherited ones
    included.

    Raises:
        DeclarationError: names the class, the member and what to write instead.
    """
    if not (isinstance(model_cls, type) and issubclass(model_cls, LucidModel)):
        raise DeclarationError(f"{model_cls!r} is no subclass of LucidModel")
    where = model_cls.__name__
    name = getattr(model_cls, "name", None)
    if not isinstance(name, str) or not name:
        raise DeclarationError(
            f"{where}.name is missing", hint=f'write name = "my-model" in {where}'
        )
    session_cls = getattr(model_cls, "session_cls", None)
    if not (isinstance(session_cls, type) and issubclass(session_cls, LucidSession)):
        raise DeclarationError(
            f"{where}.session_cls must be a subclass of LucidSession, got {session_cls!r}",
            hint=f"write session_cls = MySession in the body of {where}",
        )
    if not isinstance(model_cls.max_sessions, int) or model_cls.max_sessions < 1:
        raise DeclarationError(f"{where}.max_sessions must be 1 or more")
    inputs = {
        member: _input_definition(session_cls, member, options)
        for member, options in _declared_inputs(session_cls).items()
    }
    return ModelDefinition(
        model_cls=model_cls,
        manifest=Manifest(
            model=ModelInfo(
                name=name, description=model_cls.description, max_sessions=model_cls.max_sessions
            ),
            inputs=tuple(definition.spec for definition in inputs.values()),
            outputs=_outputs(model_cls),
        ),
        inputs=inputs,
    )


def check_file(spec: FileSpec, filename: str, mime_type: str, size_bytes: int) -> None:
    """Refuse a file whose type or size the spec does not accept.

    Raises:
        UploadError: names the file and what is accepted.
    """
    if spec.mime_types and mime_type not in spec.mime_types:
        raise UploadError(
            f"{filename}: {mime_type or 'no type'} is not accepted",
            hint=f"send {' or '.join(spec.mime_types)}",
        )
    if size_bytes > spec.max_bytes:
        raise UploadError(
            f"{filename}: {size_bytes:,} bytes are too many", hint=f"at most {spec.max_bytes:,}"
        )


def _outputs(model_cls: type[LucidModel[Any]]) -> tuple[Output, ...]:
    where = model_cls.__name__
    outputs = getattr(model_cls, "outputs", None)
    example = 'outputs = (publish.video(name="main_video", width=640, height=360),)'
    if not isinstance(outputs, tuple | list) or not outputs:
        raise DeclarationError(
            f"{where}.outputs must be a tuple of one output or more, got {outputs!r}",
            hint=f"write {example}",
        )
    seen: set[str] = set()
    for output in outputs:
        if not isinstance(output, get_args(get_args(Output)[0])):
            raise DeclarationError(
                f"{where}.outputs holds {output!r}, which is no output", hint=f"write {example}"
            )
        if output.name in seen:
            raise DeclarationError(f"{where}.outputs declares {output.name!r} twice")
        seen.add(output.name)
    return tuple(outputs)


def _declared_inputs(session_cls: type) -> dict[str, InputOptions]:
    """Base classes first, so that an override keeps its place; an undecorated override is no
    input."""
    found: dict[str, InputOptions] = {}
    for cls in reversed(session_cls.__mro__):
        for member, value in vars(cls).items():
            if options := input_options(inspect.unwrap(value) if callable(value) else value):
                found[member] = options
            else:
                found.pop(member, None)
    return found


def _input_definition(session_cls: type, member: str, options: InputOptions) -> InputDefinition:
    where = f"{session_cls.__name__}.{member}"
    handler = getattr(session_cls, member)
    if member.startswith("_"):
        raise DeclarationError(
            f"{where}: an input's name cannot start with _",
            hint=f"rename it to {member.strip('_')}",
        )
    parameters = _parameters(where, handler)
    fields: dict[str, Any] = {}
    files: dict[str, FileSpec] = {}
    for index, (name, (annotation, default)) in enumerate(parameters.items()):
        if annotation is InputFile or isinstance(default, FileSpec):
            files[name] = _file_spec(where, name, annotation, default)
        else:
            required = default is inspect.Parameter.empty
            field = (
                Field(alias=name) if required else Field(default, alias=name, validate_default=True)
            )
            fields[f"p{index}"] = (annotation, field)
    if options.binding is not None:
        _check_signature(where, options.binding, parameters)
    validator = _validator(where, fields, {f"p{i}": name for i, name in enumerate(parameters)})
    paused = options.paused
    if paused is None:
        paused = isinstance(options.binding, HoldBinding | AxisBinding) or member == "set_prompt"
    return InputDefinition(
        spec=InputSpec(
            name=member,
            description=options.description,
            paused=paused,
            binding=options.binding,
            arguments=_arguments_schema(validator, files),
        ),
        files=files,
        validator=validator,
    )


def _parameters(where: str, handler: Any) -> dict[str, tuple[Any, Any]]:
    """(annotation, default) of each parameter after self."""
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
                f"{where}: parameter {str(parameter)!r} has no fixed name",
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
            f"{where}: parameter {name!r} is an InputFile without saying which files it accepts",
            hint=f"write `{name}: InputFile = image_input(...)` or `= file_input(...)`",
        )
    return default


def _check_signature(
    where: str, binding: Binding, parameters: Mapping[str, tuple[Any, Any]]
) -> None:
    wanted = {
        part.split(":")[0].strip(): part.split(":")[1].strip()
        for part in binding.signature.strip("()").split(",")[1:]
    }
    got = {name: _bare_name(annotation) for name, (annotation, _) in parameters.items()}
    if got != wanted:
        shown = ", ".join(["self", *(f"{name}: {kind}" for name, kind in got.items())])
        raise DeclarationError(
            f"{where}: a {binding.kind} binding calls {where.split('.')[-1]}{binding.signature}, "
            f"but it is declared ({shown})",
            hint=f"write `def {where.split('.')[-1]}{binding.signature} -> None`",
        )


def _bare_name(annotation: Any) -> str:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _validator(where: str, fields: dict[str, Any], names: Mapping[str, str]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, title="arguments")
    try:
        for key, definition in fields.items():  # one by one, so that an error names its parameter
            create_model("arguments", __config__=config, **{key: definition})
    except (PydanticUserError, TypeError) as error:
        raise DeclarationError(
            f"{where}: parameter {names[key]!r} has a type that no page can send: "
            f"{str(error).splitlines()[0]}",
            hint="use bool, int, float, str, Literal or an Enum, also in Annotated, list or Optional",
        ) from None
    validator: type[BaseModel] = create_model("arguments", __config__=config, **fields)
    for key, (_, field) in fields.items():
        if field.is_required():
            continue
        others = {names[k]: None for k in fields if fields[k][1].is_required()}
        problems = [
            _problem(problem)
            for problem in _validation_problems(validator, others)
            if problem["loc"][:1] == (key,) or problem["loc"][:1] == (names[key],)
        ]
        if problems:
            raise DeclarationError(
                f"{where}: the default of {names[key]!r} breaks its own type: {problems[0]}",
                hint="change the default or the constraint",
            )
    return validator


def _validation_problems(validator: type[BaseModel], values: dict[str, Any]) -> list[Any]:
    try:
        validator.model_validate(values)
    except ValidationError as error:
        return list(error.errors())
    return []


class _ArgumentsSchema(GenerateJsonSchema):
    """JSON schema without the titles that pydantic makes up from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _arguments_schema(validator: type[BaseModel], files: Mapping[str, FileSpec]) -> dict[str, Any]:
    schema = validator.model_json_schema(by_alias=True, schema_generator=_ArgumentsSchema)
    schema.pop("title", None)
    properties = schema.setdefault("properties", {})
    for name, spec in files.items():
        properties[name] = {
            "type": "string",
            "format": "lucid-file",
            "file": spec.model_dump(mode="json"),
        }
    if files:
        schema["required"] = [*schema.get("required", []), *files]
    return schema


def _problem(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{path}: no such argument"
    return f"{path}: {error['msg'][0].lower()}{error['msg'][1:]}" if path else error["msg"]
