"""Settings of an engine, for its GPUs: ``lucid new NAME --set precision=fp8 --set devices=2``."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from lucid.errors import ChoiceError
from lucid.hub.facts import Engine, Fact

PRECISION, OFFLOAD, TILING, DEVICES = "precision", "offload", "tiling", "devices"
SETTINGS = (PRECISION, OFFLOAD, TILING, DEVICES)
"""The names of all settings. ``Engine.settings`` has those that an engine's template offers."""

BITS = {"bf16": 16, "fp8": 8, "int8": 8}
"""Bits for each parameter of the network, by precision."""


def chosen_settings(
    engine: Fact[Engine] | None, answers: Mapping[str, str]
) -> dict[str, Fact[Any]]:
    """Return the answers that choose a setting, as facts.

    Raises:
        ChoiceError: The engine does not offer the setting, or not this value.
    """
    offered = engine.value.settings if engine else {}
    chosen = {name: text for name, text in answers.items() if name in SETTINGS}
    for name, text in chosen.items():
        choices = offered.get(name)
        if choices is None:
            what = f"; it has {', '.join(offered)}" if offered else ""
            raise ChoiceError(
                f"the engine of this repo has no setting {name!r}{what}", hint="leave it out"
            )
        if text not in choices:
            raise ChoiceError(
                f"{name} is {text!r}, which this engine does not have",
                hint=f"one of: {', '.join(choices)}",
            )
    return {
        name: Fact(value=int(text) if name == DEVICES else text, evidence="your answer")
        for name, text in chosen.items()
    }


def combinations(engine: Fact[Engine] | None) -> list[dict[str, str]]:
    """Return every combination of settings that changes the memory of the weights.

    The combination with the fewest changes is the first; it changes nothing.
    """
    offered = engine.value.settings if engine else {}
    names = [name for name in (PRECISION, OFFLOAD) if name in offered]
    every = [
        {
            name: value
            for name, value in zip(names, values, strict=True)
            if value != offered[name][0]
        }
        for values in product(*(offered[name] for name in names))
    ]
    return sorted(every, key=len)


def as_options(settings: Mapping[str, str]) -> str:
    """Return settings as options of ``lucid new``."""
    return " ".join(f"--set {name}={value}" for name, value in settings.items())
