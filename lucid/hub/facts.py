"""What inspection knows of a repo: every fact with its evidence, unknown is None."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Frozen, Generic[T]):
    """A value and where it was read: ``config.yaml:n_frames``, or what it follows from, and why."""

    value: T
    evidence: str


class Evidence(_Frozen):
    """One reason to believe that a repo belongs to a family."""

    strength: Literal["strong", "medium", "weak"]
    source: str
    """File and key, such as ``config.yaml:model_type=waypoint-1.5``."""
    why: str


class RepoFile(_Frozen):
    """One file of the repo at its commit."""

    path: str
    size_bytes: int | None
    sha256: str | None = None
    """Known for LFS files only."""


InputKind = Literal["keyboard", "mouse", "scroll", "prompt", "image", "action"]


class InputFact(_Frozen):
    """One way to steer the world model."""

    kind: InputKind
    evidence: str
    details: dict[str, Any] = {}
    """What the family knows of it, such as an axis order or a useful range."""


class OpenQuestion(_Frozen):
    """Something the metadata does not say and a port needs."""

    id: str
    question: str
    why: str
    """What goes wrong in the port when it is answered wrongly."""


class Quirk(_Frozen):
    """Something about a family that breaks a port which does not know it."""

    id: str
    text: str
    source: str
    """Where this is known from."""


class Engine(_Frozen):
    """The upstream code that runs the weights."""

    name: str
    """The package to import."""
    entry: str
    """The class that loads the weights, as ``package.Class``."""
    requirement: str
    """A pip requirement, pinned: ``name @ git+URL@COMMIT`` or ``name==VERSION``."""
    licence: str | None = None


class RepoFacts(_Frozen):
    """A repo, inspected at one commit."""

    repo: str
    """``ORG/NAME`` on the Hub, or the path of a local folder."""
    revision: str | None
    """What was asked for: a branch, tag or commit; None for a local folder."""
    commit: str | None
    """The 40-digit commit it resolved to; None for a local folder."""
    family: str
    """Name of a folder in ``templates/``; ``generic`` where none was recognised."""
    evidence: tuple[Evidence, ...]
    """Of the recognised family, or, for ``generic``, what was found of any."""
    inputs: tuple[InputFact, ...]
    outputs: tuple[Fact[str], ...]
    facts: dict[str, Fact[Any] | None]
    """By name: width, height, fps, frames_per_step, context_steps and more that a family declares;
    None where the metadata does not say."""
    engine: Fact[Engine] | None
    licence: Fact[str] | None
    gated: Fact[bool] | None
    runs_code: tuple[str, ...]
    """Files that would run code if loaded (pickles, .py): listed, never opened."""
    files: tuple[RepoFile, ...]
    open_questions: tuple[OpenQuestion, ...]
    quirks: tuple[Quirk, ...] = ()
