"""Play a port for one step on its stub engine: ``python -m lucid.runtime.rehearsal PORT``.

Every input that is bound to a gesture must be taken, and a frame that fits its output must come.
There is no pacing and no conversion: it takes as long as the step.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lucid._target import find_port
from lucid.authoring.definition import InputDefinition, build_model_definition
from lucid.authoring.model import LoadContext, LucidModel
from lucid.authoring.outputs import Output, VideoOutput
from lucid.authoring.session import LucidSession, SessionContext
from lucid.errors import LucidError, UnknownOutputError
from lucid.runtime import samples
from lucid.runtime.loading import load_model_class, stub_config

_GESTURES: dict[str, tuple[dict[str, Any], ...]] = {
    "hold": ({"pressed": True}, {"pressed": False}),
    "press": ({},),
    "axis": ({"value": 1.0}, {"value": 0.0}),
    "pointer": ({"dx": 3.0, "dy": -2.0},),
    "wheel": ({"delta": 1.0},),
}

logger = logging.getLogger(__name__)


class OneStep(SessionContext):
    """Ends a session once it has published a video frame."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        self.session_id = "rehearsal"
        self.logger = logger
        self._outputs = outputs
        self._running = True

    @property
    def running(self) -> bool:
        """Until the first frame."""
        return self._running

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """Check the sample as a real session does."""
        output = self._outputs.get(name)
        if output is None:
            raise UnknownOutputError(name, self._outputs)
        if isinstance(output, VideoOutput):
            samples.to_chunk(output, sample)
            self._running = False

    def pause(self) -> None:
        """Nothing to do."""

    def resume(self) -> None:
        """Nothing to do."""

    def is_paused(self) -> bool:
        """Never."""
        return False

    async def wait_if_paused(self) -> None:
        """Never paused."""

    def record_inference_ms(self, ms: float) -> None:
        """Nothing to do."""


async def rehearse(model_cls: type[LucidModel[Any]]) -> list[str]:
    """What went wrong, in words.

    Raises:
        LucidError: the port has no stub engine, or its declaration is wrong.
    """
    definition = build_model_definition(model_cls)
    model = model_cls(stub_config(model_cls))
    context = OneStep({output.name: output for output in model_cls.outputs})
    try:
        await _awaited(model.load(LoadContext(logger, lambda stage, fraction: None)))
        session = model.create_session(context)
        problems = [
            problem
            for given in definition.inputs.values()
            for problem in await _gesture(session, given)
        ]
        await session.run()
    except Exception as error:  # noqa: BLE001 - the border around author code
        return [f"{type(error).__name__}: {error}"]
    return problems if not context.running else [*problems, "run() ended without a frame"]


async def _gesture(session: LucidSession[Any], given: InputDefinition) -> list[str]:
    """Make the gesture that an input is bound to; what went wrong."""
    binding, name = given.spec.binding, given.spec.name
    try:
        for arguments in _GESTURES[binding.kind] if binding else ():
            await _awaited(getattr(session, name)(**given.validate(arguments)))
    except Exception as error:  # noqa: BLE001 - the border around author code
        return [f"input {name}: {type(error).__name__}: {error}"]
    return []


async def _awaited(result: Any) -> None:
    if inspect.isawaitable(result):
        await result


def _main(port: Path) -> None:
    try:
        problems = asyncio.run(rehearse(load_model_class(find_port(str(port), Path.cwd()))))
    except LucidError as error:
        problems = [error.message]
    for problem in problems:
        print(f"on the stub engine: {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
