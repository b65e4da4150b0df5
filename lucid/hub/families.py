"""Families of world models, read from ``templates/<family>/template.toml``.

The classes below are the grammar of that file. To add a family, add a folder with such a file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from lucid._data import data_dir
from lucid.errors import LucidError
from lucid.hub.facts import Engine, Frozen, InputKind, Lineage
from lucid.hub.match_conditions import Condition, Patterns

FALLBACK = "unknown"
"""The family of a repo if no other is recognised."""

FactType = Literal["int", "number", "flag", "text", "list"]

LARGEST = 1_000_000
_LONGEST = 200

STANDARD: dict[str, FactType] = {
    "width": "int",
    "height": "int",
    "fps": "number",
    "frames_per_step": "int",
    "first_step_frames": "int",
    "denoising_steps": "int",
    "context_steps": "int",
    "layout": "text",
    "pixel_range": "text",
    "realtime": "flag",
    "vram_gb": "number",
    "licence": "text",
}
"""The facts of every family. ``layout`` and ``pixel_range`` are those of the engine's frames,
``vram_gb`` is the GPU memory that upstream asks for, and ``licence`` the weights' licence if the
card names none."""


class EvidenceRule(Condition):
    """A condition that is evidence for the family: one strong or two medium ones suffice."""

    strength: Literal["strong", "medium", "weak"]
    why: str


class Rule(Frozen):
    """Something that is true of a repo if all of ``when`` holds."""

    when: tuple[Condition, ...] = ()


class FactRule(Rule):
    """The values of some facts, or the keys to read. The first rule for a fact decides."""

    values: Mapping[str, Any] = {}
    """The value of each fact, by the fact's name."""
    keys: Mapping[str, str] = {}
    """The key to read, by the fact's name. A value of another type leaves the fact unknown."""
    dims: Mapping[str, str] = {}
    """``tensor pattern@axis``, by the fact's name. The fact is the length of that axis."""
    file: Patterns = ()
    take: Literal["value", "intervals", "length"] = "value"
    """``length`` is the length of a list, ``intervals`` that length minus one."""
    times: int = 1
    plus: int = 0
    """The fact is the number in the file, times ``times``, plus ``plus``."""
    why: str = ""


class InputRule(Rule):
    """An input. The first rule of a kind whose conditions hold decides."""

    kind: InputKind
    why: str
    details: Mapping[str, Any] = {}
    """A text ``$name`` is replaced by the fact ``name``."""


class OutputRule(Rule):
    """A stream that the model generates."""

    kind: Literal["video", "audio", "json", "bytes"]
    why: str


class EngineRule(Engine, Rule):
    """The upstream code that runs the weights; the first rule whose conditions hold decides."""

    requirement: str | None = None
    answers: tuple[str, ...] = ()
    """The open questions that the template for this engine answers."""
    variants: tuple[str, ...] = ()
    """The variants that this code runs; empty means all of them."""
    loads: tuple[str, ...] = ()
    """Patterns of the files that its template loads. A repo without them needs another engine."""
    gives: Mapping[str, Any] = {}
    """The facts that its template decides, such as a frame size that differs from the model's, or
    the number of latents in its cache. LUC510 compares the engine with them."""
    why: str


class NeededRepoRule(Rule):
    """Another repo that is needed: ``repo``, or the value of ``key``."""

    repo: str | None = None
    key: str | None = None
    file: Patterns = ()
    role: str
    gated: bool | None = None
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    """The commit to download; None if the template pins none."""
    files: tuple[str, ...] = ()
    pickles: tuple[str, ...] = ()
    size_bytes: int | None = None
    """The size of these files. If it is None, Lucid asks the Hub."""
    why: str = ""

    @model_validator(mode="after")
    def _names_one(self) -> NeededRepoRule:
        if (self.repo is None) == (self.key is None):
            raise ValueError("a needed repo must have either repo or key")
        return self


class VariantRule(Rule):
    """One of several models in a repo, if all of ``when`` holds."""

    name: str
    when: tuple[Condition, ...]
    why: str
    rules: tuple[FactRule, ...] = ()
    inputs: tuple[InputRule, ...] = ()
    """Its own inputs. If there are none, it has the inputs of the repo."""
    without: tuple[InputKind, ...] = ()
    """The repo's inputs that this variant lacks."""
    weights: tuple[str, ...]


class QuestionRule(Rule):
    """A question. It is open if one of ``facts`` is unknown or, if it has none, ``when`` holds."""

    id: str
    facts: tuple[str, ...] = ()
    question: str
    why: str


class LineageRule(Lineage, Rule):
    """A lineage, and the conditions by which a repo is recognised as a fork of it.

    If Lucid writes no engine for a repo, its nearest lineage is the first whose conditions hold.
    """

    engines: tuple[str, ...] = ()
    """The names or entries of the engines that belong to it."""
    why: str


class QuirkRule(Rule):
    """A trap for ports of these lineages, if all of ``when`` holds.

    If the engine is unknown but near to one of them, the port mentions the trap with a warning.
    """

    id: str
    text: str
    wrong: str
    right: str
    source: str
    lineages: tuple[str, ...]


class Family(Frozen):
    """One kind of world model."""

    name: str
    title: str
    summary: str
    priority: int
    """Families are tried in ascending order; the first one recognised is used."""
    configs: tuple[str, ...] = ()
    """The files that a rule reads if it names none."""
    evidence: tuple[EvidenceRule, ...] = ()
    facts: Mapping[str, FactType] = {}
    rules: tuple[FactRule, ...] = ()
    inputs: tuple[InputRule, ...] = ()
    outputs: tuple[OutputRule, ...] = ()
    variants: tuple[VariantRule, ...] = ()
    engines: tuple[EngineRule, ...] = ()
    lineages: tuple[LineageRule, ...] = ()
    repos: tuple[NeededRepoRule, ...] = ()
    refusal: str | None = None
    """What such a repo is, if the family is not one of world models."""
    questions: tuple[QuestionRule, ...] = ()
    quirks: tuple[QuirkRule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _has_the_standard_facts(cls, values: Any) -> Any:
        return {**values, "facts": {**STANDARD, **values.get("facts", {})}}

    @model_validator(mode="after")
    def _names_its_own_facts(self) -> Family:
        rules = (*self.rules, *(rule for variant in self.variants for rule in variant.rules))
        named = {name for rule in rules for name in (*rule.values, *rule.keys, *rule.dims)}
        named.update(name for question in self.questions for name in question.facts)
        inputs = (*self.inputs, *(rule for variant in self.variants for rule in variant.inputs))
        named.update(name for rule in inputs for name in _references(rule.details))
        if unknown := sorted(named - self.facts.keys()):
            raise ValueError(f"not declared in [facts]: {', '.join(unknown)}")
        return self


def _references(value: object) -> Iterator[str]:
    """Yield the names of the facts that ``$name`` texts in input details refer to."""
    if isinstance(value, str) and value.startswith("$"):
        yield value[1:]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _references(item)


def as_fact_type(value: object, wanted: FactType) -> object | None:
    """Convert a value to the fact's type; return None if that fails or the value is absurd."""
    match wanted:
        case "int" | "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
            if not 0 < value <= LARGEST:
                return None
            if value == int(value):
                return int(value)
            return value if wanted == "number" else None
        case "flag":
            return value if isinstance(value, bool) else None
        case "text":
            fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST
            return value if fits else None
        case "list":
            return value if isinstance(value, list) else None


@cache
def load_families() -> tuple[Family, ...]:
    """Return all families, in the order in which they are tried."""
    paths = sorted(data_dir("templates").glob("*/template.toml"))
    return tuple(sorted(map(read_family, paths), key=lambda family: family.priority))


def read_family(path: Path) -> Family:
    """Read one ``template.toml``.

    Raises:
        LucidError: The file breaks the grammar; the message says where.
    """
    try:
        family = Family.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise LucidError(f"{path} is not a valid family: {error}") from None
    if family.name != path.parent.name:
        raise LucidError(f"{path}: the name {family.name!r} differs from its folder's name")
    return family
