"""Import the model class of a port, and create its configuration."""

import importlib
import logging
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lucid._target import PortLocation
from lucid.authoring.model import LucidModel
from lucid.errors import LucidError, ModelLoadError, TargetError
from lucid.runtime.hints import error_hint

logger = logging.getLogger(__name__)


def load_model_class(location: PortLocation) -> type[LucidModel[Any]]:
    """Import a port and return its model class. No weights are loaded.

    Raises:
        TargetError: The port cannot be imported, or the class is not a LucidModel.
    """
    root = str(location.import_root)
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        module = importlib.import_module(location.module)
    except LucidError:
        raise
    except Exception as error:
        raise _import_error(location, error) from error
    model_cls = getattr(module, location.class_name, None)
    if not (isinstance(model_cls, type) and issubclass(model_cls, LucidModel)):
        models = [
            name
            for name, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, LucidModel) and value is not LucidModel
        ]
        raise TargetError(
            f"{location.entry} is not a LucidModel: {location.module} defines "
            + (", ".join(models) or "none"),
            hint=f"name a model as {location.module}:Class, or run `lucid check` on the port",
        )
    return model_cls


def stub_config(model_cls: type[LucidModel[Any]]) -> BaseModel:
    """Return the configuration with which the port uses Lucid's stub engine.

    Raises:
        TargetError: The port has no stub engine.
    """
    config = _stub_config(model_cls)
    if config is None:
        raise TargetError(
            f"{model_cls.__name__} has no stub engine",
            hint="play its own engine: leave out --stub, or run the checks with `lucid check "
            "--conformance --profile full`. Or add an engine field that accepts 'stub' to its "
            "config_cls, for lucid.StubEngine",
        )
    return config


def stub_hint(model_cls: type[LucidModel[Any]]) -> str:
    """Return the end of a hint: how to play without the model, if the port has a stub engine."""
    return "; `lucid serve --stub` plays without the model" if _stub_config(model_cls) else ""


def _stub_config(model_cls: type[LucidModel[Any]]) -> BaseModel | None:
    if "engine" not in model_cls.config_cls.model_fields:
        return None
    try:
        return model_cls.config_cls.model_validate({"engine": "stub"})
    except ValidationError:
        return None


def config_of(
    model_cls: type[LucidModel[Any]], *, stub: bool, settings: Mapping[str, str]
) -> BaseModel | None:
    """Return the configuration with these settings, given as text; None: the port's own.

    Raises:
        TargetError: the port has no such setting, refuses its value, or has no stub engine.
    """
    if not settings:
        return stub_config(model_cls) if stub else None
    fields = model_cls.config_cls.model_fields
    if unknown := sorted(settings.keys() - fields.keys()):
        raise TargetError(
            f"{model_cls.__name__} has no setting {', '.join(unknown)}",
            hint=f"its settings are {', '.join(fields)}" if fields else "it has none",
        )
    engine = {"engine": "stub"} if stub else {}
    try:
        return model_cls.config_cls.model_validate({**engine, **settings})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise TargetError(f"{model_cls.__name__}, setting {name}: {first['msg']}") from None


def load_error(model_cls: type[LucidModel[Any]], raised: BaseException) -> LucidError:
    """Log the error that ``load()`` raised, and return it as a LucidError with the next step."""
    error: BaseException = raised
    cause: BaseException | None = None
    if isinstance(raised, ModuleNotFoundError):
        error = ModelLoadError(
            f"{model_cls.__name__}.load() needs {raised.name}, which is not installed",
            hint=f"{error_hint(raised, model_cls)}{stub_hint(model_cls)}",
        )
    elif not isinstance(raised, LucidError):
        cause = raised
        error = ModelLoadError(
            f"{model_cls.__name__}.load() raised {type(raised).__name__}: {raised}",
            hint=error_hint(raised, model_cls)
            or f"its traceback is in the server's log{stub_hint(model_cls)}",
        )
    logger.error("the model did not load: %s", error, exc_info=cause)
    assert isinstance(error, LucidError)
    return error


def _import_error(location: PortLocation, error: Exception) -> TargetError:
    missing = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and f"{location.module}.".startswith(f"{missing}."):
        return TargetError(
            f"there is no module {missing!r} in {location.root}",
            hint="check [tool.lucid] port in pyproject.toml, and the current folder",
        )
    where = ""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(location.root) and "site-packages" not in file.parts:
            where = f" ({frame.filename}:{frame.lineno})"
            break
    hint = "run `lucid check` on the port"
    if isinstance(error, ModuleNotFoundError):
        hint = (
            f"list the package of {missing} in the extra engine of pyproject.toml, then run "
            f"`lucid sync {location.root}`"
        )
        if location.is_bundled:
            hint = 'pip install "lucid-runtime[demo]"'
    return TargetError(
        f"{location.module} does not import: {type(error).__name__}: {error}{where}", hint=hint
    )
