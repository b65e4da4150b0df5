"""Compile a LucidModel class into its Manifest and the validators of its inputs."""

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lucid.authoring.arguments import compile_arguments
from lucid.authoring.bindings import AxisBinding, HoldBinding, check_binding
from lucid.authoring.calls import MODEL_CALLS, SESSION_CALLS
from lucid.authoring.captures import CaptureSpec, accepted_capture
from lucid.authoring.files import FileSpec, InputFile, check_file
from lucid.authoring.inputs import InputOptions, input_options
from lucid.authoring.manifest import InputSpec, Manifest, ModelInfo, Preset
from lucid.authoring.model import LucidModel
from lucid.authoring.outputs import Output, check_output
from lucid.authoring.parameters import release_args
from lucid.authoring.session import LucidSession
from lucid.errors import DeclarationError, InvalidInputError

MAX_PROBLEMS, MAX_PATH, MAX_MESSAGE = 5, 80, 300


@dataclass(frozen=True)
class InputDefinition:
    """An input's spec and its validator."""

    spec: InputSpec
    files: Mapping[str, FileSpec]
    """File parameters by name."""

    captures: Mapping[str, CaptureSpec]
    """The parameter that a camera or a microphone fills, if there is one."""

    validator: type[BaseModel]

    def validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments for the handler; a file is an InputFile, and a capture a
        CameraFrame, a MicrophoneSound or None.

        Raises:
            InvalidInputError: an argument is missing, unknown, of the wrong type, NaN or out of
                range.
            UploadError: the input does not accept the file.
        """
        values = self.validate_plain(arguments)
        for name, spec in self.files.items():
            values[name] = accepted_file(self.spec.name, name, spec, arguments.get(name))
        for name, capture in self.captures.items():
            values[name] = accepted_capture(self.spec.name, name, capture, arguments.get(name))
        return values

    def validate_plain(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments for the handler without its file and its capture.

        Raises:
            InvalidInputError: an argument is missing, unknown, of the wrong type, NaN or out of
                range.
        """
        others = {*self.files, *self.captures}
        plain = {name: value for name, value in arguments.items() if name not in others}
        try:
            model = self.validator.model_validate_json(json.dumps(plain))
        except ValidationError as error:
            raise InvalidInputError(self.spec.name, problems(error)) from None
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInputError(self.spec.name, [str(error)]) from None
        return {
            field.alias or name: getattr(model, name)
            for name, field in type(model).model_fields.items()
        }

    def is_release(self, values: Mapping[str, Any]) -> bool:
        """Return whether validated arguments release a hold or return an axis to 0."""
        return values == release_args(self.spec)


@dataclass(frozen=True)
class ModelDefinition:
    """A model class, compiled."""

    model_cls: type[LucidModel[Any]]
    manifest: Manifest
    inputs: Mapping[str, InputDefinition]


def manifest(model_cls: type[LucidModel[Any]]) -> Manifest:
    """Return the Manifest of a model class.

    Raises:
        DeclarationError: the class or its session class declares something wrongly.
    """
    return build_model_definition(model_cls).manifest


def build_model_definition(model_cls: type[LucidModel[Any]]) -> ModelDefinition:
    """Read the outputs of a model class and the inputs of its session class, including
    inherited inputs.

    Raises:
        DeclarationError: the class or its session class declares something wrongly.
    """
    if not (isinstance(model_cls, type) and issubclass(model_cls, LucidModel)):
        name = getattr(model_cls, "__name__", "MyModel")
        raise DeclarationError(
            f"{model_cls!r} is not a subclass of LucidModel", hint=f"write class {name}(LucidModel)"
        )
    where = model_cls.__name__
    name = getattr(model_cls, "name", None)
    if not isinstance(name, str) or not name:
        raise DeclarationError(
            f"{where}.name is missing", hint=f'write name = "my-model" in {where}'
        )
    session_cls = getattr(model_cls, "session_cls", None)
    if not (isinstance(session_cls, type) and issubclass(session_cls, LucidSession)):
        is_own = isinstance(session_cls, type) and session_cls.__module__ != "builtins"
        raise DeclarationError(
            f"{where}.session_cls must be a subclass of LucidSession, got {session_cls!r}",
            hint=f"write class {getattr(session_cls, '__name__', '')}(LucidSession)"
            if is_own
            else f"write session_cls = MySession in the body of {where}",
        )
    for count, one in (("max_sessions", "allow one session at a time"), ("devices", "use one GPU")):
        number = getattr(model_cls, count)
        if not isinstance(number, int) or number < 1:
            raise DeclarationError(
                f"{where}.{count} must be 1 or more, got {number!r}", hint=f"leave it out to {one}"
            )
    inputs = {
        member: _input_definition(session_cls, member, options)
        for member, options in _declared_inputs(session_cls).items()
    }
    check_methods(model_cls, session_cls, inputs)
    return ModelDefinition(
        model_cls=model_cls,
        manifest=Manifest(
            model=ModelInfo(
                name=name,
                description=model_cls.description,
                repo=model_cls.repo,
                licence=model_cls.licence,
                max_sessions=model_cls.max_sessions,
            ),
            inputs=tuple(definition.spec for definition in inputs.values()),
            outputs=_outputs(model_cls),
            presets=_presets(model_cls, inputs),
        ),
        inputs=inputs,
    )


def _outputs(model_cls: type[LucidModel[Any]]) -> tuple[Output, ...]:
    where = model_cls.__name__
    outputs = getattr(model_cls, "outputs", None)
    example = 'outputs = (publish.video(name="main_video", width=640, height=360),)'
    if not isinstance(outputs, tuple | list) or not outputs:
        raise DeclarationError(
            f"{where}.outputs must be a tuple of one or more outputs, got {outputs!r}",
            hint=f"write {example}",
        )
    seen: set[str] = set()
    for output in outputs:
        if not isinstance(output, get_args(get_args(Output)[0])):
            raise DeclarationError(
                f"{where}.outputs holds {output!r}, which is not an output",
                hint=f"write {example}",
            )
        if output.name in seen:
            raise DeclarationError(
                f"{where}.outputs declares {output.name!r} twice", hint="rename one of them"
            )
        seen.add(output.name)
    return tuple(check_output(f"{where}.outputs", output) for output in outputs)


def _presets(
    model_cls: type[LucidModel[Any]], inputs: Mapping[str, InputDefinition]
) -> tuple[Preset, ...]:
    where = f"{model_cls.__name__}.presets"
    try:
        presets = tuple(
            Preset.model_validate({"name": name, "inputs": sent})
            for name, sent in model_cls.presets.items()
        )
    except (AttributeError, TypeError, ValidationError):
        raise DeclarationError(
            f"{where} must be a dict of dicts, got {model_cls.presets!r}",
            hint='write presets = {"At night": {"set_prompt": {"prompt": "night"}}}',
        ) from None
    for preset in presets:
        for name, arguments in preset.inputs.items():
            if name not in inputs:
                raise DeclarationError(
                    f"{where}[{preset.name!r}]: there is no input {name!r}",
                    hint=f"write one of {', '.join(inputs)}",
                )
            _check_preset(f"{where}[{preset.name!r}]", inputs[name], arguments)
    return presets


def _check_preset(where: str, definition: InputDefinition, arguments: Mapping[str, Any]) -> None:
    for parameter, spec in definition.files.items():
        if arguments.get(parameter) not in spec.gallery:
            raise DeclarationError(
                f"{where}: {parameter} of {definition.spec.name} is not a picture of the gallery",
                hint="write the file name of a picture in the gallery= of image_input()",
            )
    try:
        definition.validate_plain(arguments)
    except InvalidInputError as error:
        raise DeclarationError(f"{where}: {error.message}", hint=error.hint) from None


def _declared_inputs(session_cls: type) -> dict[str, InputOptions]:
    """Return the options of each input by method name, in order of declaration.

    Base classes come first, so an override keeps its place. An override without ``@input`` is
    not an input.
    """
    declared: dict[str, InputOptions] = {}
    for cls in reversed(session_cls.__mro__):
        for member, value in vars(cls).items():
            if options := input_options(inspect.unwrap(value) if callable(value) else value):
                declared[member] = options
            else:
                declared.pop(member, None)
    return declared


def _input_definition(session_cls: type, member: str, options: InputOptions) -> InputDefinition:
    where = f"{session_cls.__name__}.{member}"
    handler = getattr(session_cls, member)
    if member.startswith("_"):
        raise DeclarationError(
            f"{where}: an input's name cannot start with _",
            hint=f"rename it to {member.strip('_')}",
        )
    if hasattr(LucidSession, member):
        raise DeclarationError(f"{where}: Lucid calls this method itself", hint="rename the input")
    if member in SESSION_CALLS["__init__"]:
        raise DeclarationError(f"{where} hides self.{member}", hint="rename the input")
    binding = None if options.binding is None else check_binding(where, options.binding)
    arguments = compile_arguments(where, handler, binding)
    paused = options.paused
    if paused is None:
        is_state = isinstance(binding, HoldBinding | AxisBinding) or bool(arguments.captures)
        paused = is_state or member == "set_prompt"
    return InputDefinition(
        spec=InputSpec(
            name=member,
            description=options.description,
            paused=paused,
            binding=binding,
            arguments=arguments.schema,
            galleries={
                name: file.gallery_folder
                for name, file in arguments.files.items()
                if file.gallery_folder is not None
            },
        ),
        files=arguments.files,
        captures=arguments.captures,
        validator=arguments.validator,
    )


def accepted_file(input_name: str, parameter: str, spec: FileSpec, value: Any) -> InputFile:
    """Return the uploaded file of a parameter.

    Raises:
        InvalidInputError: ``value`` is not an InputFile.
        UploadError: the parameter does not accept the file.
    """
    if not isinstance(value, InputFile):
        raise InvalidInputError(input_name, [f"{parameter}: upload a file and send its id"])
    check_file(spec, value.filename, value.mime_type, value.size_bytes)
    return value


def problems(error: ValidationError) -> list[str]:
    """Return one short message per invalid argument.

    The player chooses the names and the number of the arguments, so both are limited.
    """
    errors = error.errors(include_url=False, include_input=False)
    return [_problem(details) for details in errors[:MAX_PROBLEMS]]


def _problem(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"])[:MAX_PATH]
    if error["type"] == "extra_forbidden":
        return f"{path}: no such argument"
    message = error["msg"][:MAX_MESSAGE]
    return f"{path}: {message[0].lower()}{message[1:]}" if path else message


def check_methods(
    model_cls: type[LucidModel[Any]], session_cls: type[LucidSession[Any]], handlers: Iterable[str]
) -> None:
    """Check that each method is ``def`` or ``async def`` as required, without ``yield``, and takes
    what Lucid calls it with.

    Raises:
        DeclarationError: the message names the class, the method and the correct form.
    """
    run = _function(session_cls, "run")
    if not inspect.iscoroutinefunction(run):
        raise DeclarationError(
            f"{session_cls.__name__}: run must be `async def` without yield: "
            "publish each frame with `await self.ctx.publish(...)`"
        )
    create = _function(model_cls, "create_session")
    if inspect.iscoroutinefunction(create) or _yields(create):
        raise DeclarationError(
            f"{model_cls.__name__}: create_session must be `def` without yield, and return the "
            "session",
            hint="do slow work in load, or at the start of the session's run",
        )
    for owner, names in ((model_cls, ("load", "unload")), (session_cls, ("close", *handlers))):
        for name in names:
            if _yields(_function(owner, name)):
                raise DeclarationError(
                    f"{owner.__name__}: {name} must be `def` or `async def` without yield, because "
                    "the body of a generator would never run",
                    hint="to report progress, call ctx.progress(...)" if name == "load" else None,
                )
    for owner, calls in ((model_cls, MODEL_CALLS), (session_cls, SESSION_CALLS)):
        for name, arguments in calls.items():
            _check_call(owner, name, arguments)


def _check_call(owner: type, name: str, arguments: tuple[str, ...]) -> None:
    """Check that a method takes the arguments that Lucid calls it with."""
    function = inspect.getattr_static(owner, name)
    if not inspect.isfunction(function):
        return  # a descriptor: only its call tells
    try:
        inspect.signature(function).bind("self", *arguments)
    except TypeError:
        raise DeclarationError(
            f"{owner.__name__}: Lucid calls {name}({', '.join(arguments)}), and it has other "
            "parameters",
            hint=f"write def {name}({', '.join(('self', *arguments))})",
        ) from None


def _function(owner: type, name: str) -> Any:
    """Return a method without decorators that set ``__wrapped__``."""
    member = getattr(owner, name)
    return inspect.unwrap(member) if callable(member) else member


def _yields(function: Any) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
