"""Families as data: what ``templates/<family>/template.toml`` says of one kind of world model.

Adding a family adds a folder: its evidence rules, facts, inputs, questions and quirks are all
written in that file, in the grammar of the classes below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from lucid._data import data_dir
from lucid.errors import LucidError
from lucid.hub.conditions import Condition, Patterns
from lucid.hub.facts import InputKind

FALLBACK = "generic"
"""The family of a repo in which no other is recognised."""

FactType = Literal["int", "number", "flag", "text", "list"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EvidenceRule(Condition):
    """A condition that speaks for the family. Recognised by one strong or two medium."""

    strength: Literal["strong", "medium", "weak"]
    why: str


class FactRule(_Frozen):
    """Gives facts a value, or the key of one; the first rule that finds a fact decides it."""

    when: tuple[Condition, ...] = ()
    values: dict[str, Any] = {}
    """By fact."""
    keys: dict[str, str] = {}
    """By fact; what is found there but does not fit the fact's type leaves the fact unknown."""
    file: Patterns = ()
    take: Literal["value", "intervals"] = "value"
    """``intervals``: a list's length less one."""
    why: str = ""


class InputRule(_Frozen):
    """A way to steer; of several for one kind, the first whose conditions hold."""

    kind: InputKind
    when: tuple[Condition, ...] = ()
    why: str
    details: dict[str, Any] = {}
    """A text ``$name`` stands for the fact of that name."""


class OutputRule(_Frozen):
    """A stream that the model makes."""

    kind: Literal["video", "audio", "json", "bytes"]
    why: str


class EngineRule(_Frozen):
    """The upstream code that runs the weights, pinned."""

    name: str
    entry: str
    requirement: str
    licence: str | None = None
    why: str


class QuestionRule(_Frozen):
    """Asked where one of ``facts`` is unknown, else where all of ``when`` holds."""

    id: str
    facts: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    question: str
    why: str


class QuirkRule(_Frozen):
    """What breaks a port that does not know it, where all of ``when`` holds."""

    id: str
    when: tuple[Condition, ...] = ()
    text: str
    source: str


class Family(_Frozen):
    """One kind of world model."""

    name: str
    title: str
    summary: str
    priority: int
    """Families are tried in ascending order; the first recognised is it."""
    configs: tuple[str, ...] = ()
    """The files that a rule asks where it names none."""
    evidence: tuple[EvidenceRule, ...] = ()
    facts: dict[str, FactType] = {}
    rules: tuple[FactRule, ...] = ()
    inputs: tuple[InputRule, ...] = ()
    outputs: tuple[OutputRule, ...] = ()
    engine: EngineRule | None = None
    questions: tuple[QuestionRule, ...] = ()
    quirks: tuple[QuirkRule, ...] = ()

    @model_validator(mode="after")
    def _names_its_own_facts(self) -> Family:
        named = {name for rule in self.rules for name in (*rule.values, *rule.keys)}
        named.update(name for question in self.questions for name in question.facts)
        named.update(name for rule in self.inputs for name in _references(rule.details))
        if unknown := sorted(named - self.facts.keys()):
            raise ValueError(f"not declared in [facts]: {', '.join(unknown)}")
        return self


def _references(value: object) -> Iterator[str]:
    """The facts that ``$name`` texts in input details stand for."""
    if isinstance(value, str) and value.startswith("$"):
        yield value[1:]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _references(item)


def load_families() -> tuple[Family, ...]:
    """All families, in the order in which they are tried."""
    paths = sorted(data_dir("templates").glob("*/template.toml"))
    return tuple(sorted(map(read_family, paths), key=lambda family: family.priority))


def read_family(path: Path) -> Family:
    """One ``template.toml``.

    Raises:
        LucidError: the file breaks the grammar; says where.
    """
    try:
        family = Family.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise LucidError(f"{path} is no family: {error}") from None
    if family.name != path.parent.name:
        raise LucidError(f"{path} is no family: its name {family.name!r} is not its folder's")
    return family
