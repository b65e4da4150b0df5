"""``RepoFacts`` for a reader at a terminal; what comes from the repo is shown as plain text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lucid.hub.facts import Engine, Fact, RepoFacts, RepoFile
from lucid.hub.families import FALLBACK, Family

MAX_LISTED = 8

_GESTURES = {
    "keyboard": "hold keys and mouse buttons",
    "mouse": "turn the view",
    "scroll": "scroll",
    "prompt": "describe the world in words",
    "image": "start from a picture",
    "action": "send an action",
}
_WEIGHTS = frozenset(
    {".bin", ".ckpt", ".gguf", ".h5", ".npz", ".onnx", ".pkl", ".pt", ".pth", ".safetensors"}
)
_SHARD = re.compile(r"-\d{5}(-of-\d{5})")


@dataclass(frozen=True)
class _Row:
    label: str
    text: str
    note: str = ""
    """Where the text is known from, or what follows from it."""


def render_report(facts: RepoFacts, families: Sequence[Family]) -> RenderableType:
    """The whole report; ``families`` are those that were tried."""
    family = next(family for family in families if family.name == facts.family)
    unknown = facts.family == FALLBACK
    sections = (
        ("Found" if unknown else "Recognised by", _evidence(facts)),
        ("Looked for", _looked_for(families) if unknown else ()),
        ("You can", _inputs(facts)),
        ("Facts", _facts(facts)),
        ("Engine", _engine(facts.engine)),
        ("Weights (some may be the same weights in another format)", _weights(facts)),
        ("Would run code if loaded (Lucid opens none)", _listed(facts.runs_code)),
        ("Open questions", _questions(facts)),
    )
    return Group(
        _heading(facts),
        Text(f"{family.title}. {family.summary}"),
        *(part for title, rows in sections for part in _section(title, list(rows))),
        Text(f"\nNext: lucid new NAME --from-hf {_argument(facts)}", no_wrap=True),
    )


def _heading(facts: RepoFacts) -> Text:
    place = f"{facts.revision} is {facts.commit}" if facts.commit else "a local folder"
    return Text.assemble((printable(facts.repo), "bold"), f"  {printable(place)}")


def _section(title: str, rows: Sequence[_Row]) -> list[RenderableType]:
    if not rows:
        return []
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        gap = "" if row.note.startswith("\n") else "  "
        text = Text.assemble(printable(row.text), gap, (printable(row.note), "dim"))
        table.add_row("", Text(printable(row.label)), text)
    return [Text(f"\n{title}", style="bold"), table]


def _evidence(facts: RepoFacts) -> Iterator[_Row]:
    for reason in facts.evidence:
        yield _Row(reason.strength, reason.source, reason.why)
    if not facts.evidence:
        yield _Row("nothing", "No file or key says what this is.")


def _looked_for(families: Iterable[Family]) -> Iterator[_Row]:
    for family in families:
        for rule in family.evidence:
            if rule.strength != "weak":
                yield _Row(family.name, rule.subject(family.configs), rule.strength)


def _inputs(facts: RepoFacts) -> Iterator[_Row]:
    for fact in facts.inputs:
        yield _Row(fact.kind, _GESTURES[fact.kind], fact.evidence)


def _facts(facts: RepoFacts) -> Iterator[_Row]:
    known = {**facts.facts, "licence": facts.licence, "gated": facts.gated}
    width, height = known.pop("width", None), known.pop("height", None)
    if width is not None and height is not None:
        evidence = ", ".join(dict.fromkeys((width.evidence, height.evidence)))
        yield _Row("size", f"{width.value}x{height.value}", evidence)
    for name, fact in known.items():
        if fact is not None:
            yield _Row(name.replace("_", " "), _value(fact.value), fact.evidence)


def _engine(fact: Fact[Engine] | None) -> Iterator[_Row]:
    if fact is not None:
        yield _Row("runs on", fact.value.entry, fact.evidence)
        yield _Row("licence", fact.value.licence or "unknown")
        yield _Row("requirement", fact.value.requirement)


def _questions(facts: RepoFacts) -> Iterator[_Row]:
    for question in facts.open_questions:
        yield _Row(question.id, question.question, f"\n{question.why}")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _weights(facts: RepoFacts) -> Iterator[_Row]:
    sets: dict[str, list[RepoFile]] = {}
    for file in facts.files:
        if PurePosixPath(file.path).suffix.lower() in _WEIGHTS:
            sets.setdefault(_SHARD.sub(r"-*\1", file.path), []).append(file)
    largest = sorted(sets.items(), key=lambda item: _total_bytes(item[1]) or 0, reverse=True)
    for path, files in largest[:MAX_LISTED]:
        note = "what the engine loads" if _is_loaded(facts, path) else ""
        yield _Row(_size(_total_bytes(files)), path, note)
    if len(sets) > MAX_LISTED:
        yield _Row("", f"and {len(sets) - MAX_LISTED} more")


def _is_loaded(facts: RepoFacts, path: str) -> bool:
    fact = facts.facts.get("engine_files")
    return fact is not None and path in fact.value


def _total_bytes(files: Iterable[RepoFile]) -> int | None:
    sizes = [file.size_bytes for file in files]
    return sum(size for size in sizes if size is not None) if None not in sizes else None


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "size unknown"
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def _listed(paths: Sequence[str]) -> Iterator[_Row]:
    if paths:
        more = len(paths) - MAX_LISTED
        listed = ", ".join(paths[:MAX_LISTED])
        count = "1 file" if len(paths) == 1 else f"{len(paths)} files"
        yield _Row(count, f"{listed} and {more} more" if more > 0 else listed)


def _argument(facts: RepoFacts) -> str:
    default = facts.revision in (None, "main")
    return shlex.quote(printable(facts.repo)) + ("" if default else f" --revision {facts.commit}")


def printable(text: str) -> str:
    """``text`` without control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
