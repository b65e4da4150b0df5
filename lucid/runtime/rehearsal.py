"""Play a port once on its stub engine: ``python -m lucid.runtime.rehearsal PORT``.

Frames must come, and every input that is bound to a gesture must be taken.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from lucid._target import find_port
from lucid.authoring.bindings import Binding
from lucid.authoring.definition import build_model_definition
from lucid.authoring.model import LucidModel
from lucid.errors import LucidError
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.memory import playing

TIMEOUT_S = 20.0
_GESTURES: dict[str, tuple[dict[str, Any], ...]] = {
    "hold": ({"pressed": True}, {"pressed": False}),
    "press": ({},),
    "axis": ({"value": 1.0}, {"value": 0.0}),
    "pointer": ({"dx": 3.0, "dy": -2.0},),
    "wheel": ({"delta": 1.0},),
}


async def rehearse(model_cls: type[LucidModel[Any]]) -> list[str]:
    """What went wrong, in words.

    Raises:
        LucidError: it does not load or start.
        TimeoutError: no frame came.
    """
    inputs = build_model_definition(model_cls).manifest.inputs
    async with playing(model_cls, stub_config(model_cls)) as player:
        await player.next_frames(1, TIMEOUT_S)
        last = 0
        for spec in inputs:
            for arguments in _gestures(spec.binding):
                last = player.send(spec.name, **arguments)
        await player.until(
            lambda: player.state.over or player.frames[-1].input_seq >= last, TIMEOUT_S
        )
        if not player.state.over:
            await player.leave(TIMEOUT_S)
        return [notice.error.message for notice in player.errors]


def _gestures(binding: Binding | None) -> tuple[dict[str, Any], ...]:
    return () if binding is None else _GESTURES[binding.kind]


def _main(port: Path) -> None:
    try:
        problems = asyncio.run(rehearse(load_model_class(find_port(str(port), Path.cwd()))))
    except TimeoutError:
        problems = [f"no frame came within {TIMEOUT_S:g} s"]
    except LucidError as error:
        problems = [error.message]
    for problem in problems:
        print(f"on the stub engine: {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
