"""What an inspection finds out about a repo: each fact with its evidence, None if unknown."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Frozen, Generic[T]):
    """A value and where it was read, such as ``config.yaml:n_frames``, or why it follows."""

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


InputKind = Literal[
    "keyboard", "mouse", "scroll", "gamepad", "prompt", "image", "video", "camera_pose",
    "action_vector",
]  # fmt: skip


class InputFact(_Frozen):
    """An input of the world model."""

    kind: InputKind
    evidence: str
    details: dict[str, Any] = {}
    """What the family says about it, such as an axis order or a useful range."""


class OpenQuestion(_Frozen):
    """Something the metadata does not say and a port needs."""

    id: str
    question: str
    why: str
    """What goes wrong in the port after a wrong answer."""
    facts: tuple[str, ...] = ()
    """The unknown facts that would answer it: `lucid new --set NAME=VALUE`."""


class Quirk(_Frozen):
    """A trap of a family: a port that ignores it does not work."""

    id: str
    text: str
    wrong: str
    """What a port does that falls into it: a line of code, or words."""
    right: str
    """What it does instead."""
    source: str
    """The source of this knowledge."""


class Engine(_Frozen):
    """The upstream code that runs the weights."""

    name: str
    """The package to import."""
    entry: str
    """The class that loads the weights, as ``package.Class``."""
    requirement: str | None
    """A pip requirement, pinned: ``name @ git+URL@COMMIT`` or ``name==VERSION``; None where it is
    no installable package, or no pin is known."""
    source: str | None = None
    """Where the code is, where ``requirement`` does not say: ``git+URL@COMMIT``."""
    licence: str | None = None


class NeededRepo(_Frozen):
    """Another repo that the weights need to run."""

    repo: str
    role: str
    gated: bool | None
    """Whether its terms must be accepted first; None where that is not known."""
    evidence: str


class Variant(_Frozen):
    """One of several models in a repo, with its own action space."""

    name: str
    evidence: str
    inputs: tuple[InputFact, ...]
    facts: dict[str, Fact[Any] | None]
    """Facts that differ from the repo's, or that only this variant has."""
    weights: tuple[str, ...]
    weights_bytes: int | None


class LookedInto(_Frozen):
    """A weights file whose header was read, or why it could not be."""

    path: str
    format: str | None
    tensors: int | None
    parameters: int | None
    dtype: str | None
    complete: bool
    """False if only the beginning of the header was read."""
    examples: tuple[str, ...]
    """Some tensors, as ``name dtype [shape]``."""
    unsafe_imports: tuple[str, ...]
    """What a pickle would import beyond what rebuilds tensors: loading it could run anything."""
    problem: str | None


class Suggestion(_Frozen):
    """A family that the repo may belong to: its evidence is not enough."""

    family: str
    evidence: tuple[Evidence, ...]


class Cost(_Frozen):
    """What the inspection cost."""

    requests: int
    received_bytes: int
    """Bytes of response bodies on the wire."""


class RepoFacts(_Frozen):
    """A repo, inspected at one commit."""

    repo: str
    """``ORG/NAME`` on the Hub, or the path of a local folder."""
    revision: str | None
    """What was asked for: a branch, tag or commit; None for a local folder."""
    commit: str | None
    """The 40-digit commit it resolved to; None for a local folder."""
    family: str
    """Name of a folder in ``templates/``; ``unknown`` where none was recognised."""
    evidence: tuple[Evidence, ...]
    """Of the recognised family, or, for ``unknown``, what was found of any."""
    refusal: Fact[str] | None = None
    """What the repo is, if it is not a world model."""
    suggestions: tuple[Suggestion, ...] = ()
    """For ``unknown``: the families with some evidence."""
    variants: tuple[Variant, ...] = ()
    realtime: Fact[bool] | None = None
    """Whether one GPU of the class that upstream names plays it as fast as ``fps``."""
    inputs: tuple[InputFact, ...]
    outputs: tuple[Fact[str], ...]
    facts: dict[str, Fact[Any] | None]
    """By name: width, height, fps, frames_per_step, context_steps and more that a family declares;
    None where the metadata does not say."""
    engine: Fact[Engine] | None
    needed_repos: tuple[NeededRepo, ...] = ()
    licence: Fact[str] | None
    licence_limits: Fact[str] | None = None
    """What the licence forbids or asks beyond attribution, in one sentence."""
    gated: Fact[bool] | None
    accept_url: str | None = None
    """Where a gated repo's terms are accepted."""
    scan: Fact[str] | None = None
    """What the Hub's scanners say of the repo's files."""
    runs_code: tuple[str, ...]
    """Files that would run code if loaded: pickles, ``.py``, and configs with an ``auto_map``."""
    download_bytes: Fact[int] | None = None
    """Of one copy of all weights, and of the small files."""
    vram_bytes: Fact[dict[str, int]] | None = None
    """Of the weights alone, by dtype; ``stored`` is as they are in the files."""
    looked_into: tuple[LookedInto, ...] = ()
    files: tuple[RepoFile, ...]
    files_left_out: int = 0
    """How many more files the repo has: of a very large one only the first are looked at."""
    open_questions: tuple[OpenQuestion, ...]
    quirks: tuple[Quirk, ...] = ()
    cost: Cost | None = None
    """None for a local folder."""
