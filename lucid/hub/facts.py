"""The result of an inspection: facts about a repo with their evidence; None if unknown."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")

CARD_BYTES = 16 * 1024
"""Lucid reads this much of a model card."""
NOT_PINNED = "not pinned"
"""Stands for a commit that is not known. ``lucid update`` replaces it."""


class Frozen(BaseModel):
    """The base class of immutable data without other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Frozen, Generic[T]):
    """A value and its evidence: a place such as ``config.yaml:n_frames``, or a reason."""

    value: T
    evidence: str


class Evidence(Frozen):
    """One reason to believe that a repo belongs to a family."""

    strength: Literal["strong", "medium", "weak"]
    source: str
    """File and key, such as ``config.yaml:model_type=waypoint-1.5``."""
    why: str


class RepoFile(Frozen):
    """One file of the repo at its commit."""

    path: str
    size_bytes: int | None
    sha256: str | None = None
    """Known for LFS files only."""


InputKind = Literal[
    "keyboard", "mouse", "scroll", "gamepad", "prompt", "image", "video", "camera_pose",
    "action_vector",
]  # fmt: skip


class InputFact(Frozen):
    """An input of the world model."""

    kind: InputKind
    evidence: str
    details: dict[str, Any] = {}
    """Properties from the family's template, such as an axis order or a useful range."""


class OpenQuestion(Frozen):
    """Something that a port needs to know and that the metadata does not say."""

    id: str
    question: str
    why: str
    """What a wrong answer breaks in the port."""
    facts: tuple[str, ...] = ()
    """The unknown facts that would answer it: `lucid new --set NAME=VALUE`."""


class Lineage(Frozen):
    """Upstream code that Lucid writes an engine for; other repos are forks of it."""

    name: str
    repo: str
    """A repo of it: `lucid new NAME --from-hf REPO` writes its engine."""


class Quirk(Frozen):
    """A trap of an engine, which a port must avoid."""

    id: str
    text: str
    wrong: str
    """The mistake: a line of code, or words."""
    right: str
    """What to do instead."""
    source: str
    """The source of this knowledge."""
    lineage: str | None = None
    """The nearest lineage, if the trap is known from that engine; None if it is a trap of the
    repo's own engine."""


class Engine(Frozen):
    """The upstream code that runs the weights."""

    name: str
    """The package to import."""
    entry: str
    """The class that loads the weights, as ``package.Class``."""
    requirement: str | None
    """A pinned pip requirement, ``name @ git+URL@COMMIT_OR_TAG`` or ``name==VERSION``; None if the
    code is not an installable package, or no pin is known."""
    source: str | None = None
    """The place of code without a ``requirement``: ``git+URL@COMMIT``."""
    licence: str | None = None
    settings: dict[str, tuple[str, ...]] = {}
    """The values of each setting for the GPUs, the default first. Choose one with
    `lucid new --set NAME=VALUE`."""


class Derived(Frozen):
    """How the weights come from those of another repo."""

    relation: Literal["adapter", "converted", "finetune", "merge", "quantized"]
    """The Hub's name for it in ``base_model_relation`` of a card."""
    how: str
    """The format, such as ``LoRA``, ``GGUF`` or ``bitsandbytes NF4``; "" if it is not known."""
    base: str | None
    """The other repo; None if neither the card nor a config names it."""


class NeededRepo(Frozen):
    """Another repo that the weights need to run."""

    repo: str
    role: str
    gated: bool | None
    """Whether you must accept its terms first; None if unknown."""
    evidence: str
    commit: str = NOT_PINNED
    """The 40-digit commit that the engine downloads, or ``NOT_PINNED``."""
    files: tuple[str, ...] = ()
    """The files that the engine downloads, or patterns of their paths."""
    pickles: tuple[str, ...] = ()
    """The files among these that are pickles."""
    size_bytes: int | None = None
    """The size of these files."""

    @property
    def is_downloaded(self) -> bool:
        """Whether the engine's template downloads files of it."""
        return bool(self.files or self.pickles)


class Variant(Frozen):
    """One of several models in a repo, with its own action space."""

    name: str
    evidence: str
    inputs: tuple[InputFact, ...]
    facts: dict[str, Fact[Any] | None]
    """Facts that differ from the repo's, or that only this variant has."""
    weights: tuple[str, ...]
    weights_bytes: int | None


class LookedInto(Frozen):
    """The header of a weights file, or why it could not be read."""

    path: str
    format: str | None
    tensors: int | None
    parameters: int | None
    dtype: str | None
    complete: bool
    """False if only the start of the header was read."""
    examples: tuple[str, ...]
    """Some tensors, as ``name dtype [shape]``."""
    unsafe_imports: tuple[str, ...]
    """The imports of a pickle that no tensor needs: loading them could run any code."""
    problem: str | None


class Suggestion(Frozen):
    """A family that the repo may belong to, although the evidence is not enough."""

    family: str
    evidence: tuple[Evidence, ...]
    model: str | None = None
    """The known model whose repo has this name. Its contents do not prove it."""
    folder: str | None = None
    """The folder of the repo that belongs to the family if it is inspected alone."""


class Cost(Frozen):
    """The cost of the inspection."""

    requests: int
    received_bytes: int
    """Bytes of response bodies on the wire."""


class RepoFacts(Frozen):
    """All that is known about a repo at one commit."""

    repo: str
    """``ORG/NAME`` on the Hub, or the path of a local folder."""
    revision: str | None
    """The requested branch, tag or commit; None for a local folder."""
    commit: str | None
    """The 40-digit commit of ``revision`` or, if none is known, ``NOT_PINNED``; None for a local
    folder."""
    family: str
    """Name of a folder in ``templates/``; ``unknown`` if no family was recognised."""
    evidence: tuple[Evidence, ...]
    """The evidence for the recognised family or, for ``unknown``, for all families."""
    refusal: Fact[str] | None = None
    """What the repo is, if it is not a world model."""
    derived: Fact[Derived] | None = None
    """The base of a quantised copy, an adapter, a finetune or a merge."""
    instead: str | None = None
    """The repo to inspect instead, such as the base of an adapter."""
    suggestions: tuple[Suggestion, ...] = ()
    """For ``unknown``: the families with some evidence."""
    variants: tuple[Variant, ...] = ()
    realtime: Fact[bool] | None = None
    """Whether a GPU such as upstream names reaches ``fps``."""
    inputs: tuple[InputFact, ...]
    outputs: tuple[Fact[str], ...]
    facts: dict[str, Fact[Any] | None]
    """Width, height, fps, frames_per_step, context_steps and the family's own facts, by name."""
    engine: Fact[Engine] | None
    nearest: Fact[Lineage] | None = None
    """The nearest engine that Lucid writes, if it writes none for this repo."""
    needed_repos: tuple[NeededRepo, ...] = ()
    licence: Fact[str] | None
    licence_limits: Fact[str] | None = None
    """What the licence forbids or requires beyond attribution, in one sentence."""
    gated: Fact[bool] | None
    accept_url: str | None = None
    """The page on which to accept a gated repo's terms."""
    scan: Fact[str] | None = None
    """The result of the Hub's scanners."""
    runs_code: tuple[str, ...]
    """Files that would run code if loaded: pickles, ``.py``, and configs with an ``auto_map``."""
    download_bytes: Fact[int] | None = None
    """The size of one copy of all weights, and of the small files."""
    vram_bytes: Fact[dict[str, int]] | None = None
    """The size of the weights alone: ``stored`` in the files, and in each dtype of the network.
    ``network`` is the part of the files that every step runs, ``rest`` their largest other part."""
    looked_into: tuple[LookedInto, ...] = ()
    files: tuple[RepoFile, ...]
    files_left_out: int = 0
    """The number of files that Lucid ignored because the repo is very large."""
    open_questions: tuple[OpenQuestion, ...]
    quirks: tuple[Quirk, ...] = ()
    cost: Cost | None = None
    """None for a local folder."""
