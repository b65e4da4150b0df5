"""Show ``RepoFacts`` on a terminal; text from the repo is never read as markup."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lucid._text import plain
from lucid.hub.facts import Engine, Fact, InputFact, RepoFacts, RepoFile
from lucid.hub.families import FALLBACK, Family
from lucid.hub.machine_fit import Fit
from lucid.hub.weights.copies import is_weights, shard_set, total_bytes

MAX_LISTED = 8
MAX_DETAILS = 160

_GESTURES = {
    "keyboard": "hold keys and mouse buttons",
    "mouse": "turn the view",
    "scroll": "scroll",
    "prompt": "describe the world in words",
    "image": "start from a picture",
    "gamepad": "steer with a gamepad",
    "video": "continue a video, or restyle it",
    "camera_pose": "steer the camera along a path",
    "action_vector": "send a vector of numbers",
}
_VERDICTS = {
    "yes": "It fits this machine.",
    "tight": "It may just fit this machine.",
    "no": "It does not fit this machine.",
    "unknown": "Whether it fits this machine is unknown.",
}


class _Row(NamedTuple):
    label: str
    text: str
    note: str = ""
    """The source of the text, or what follows from it."""


def render_report(
    facts: RepoFacts, families: Sequence[Family], fit: Fit | None = None
) -> RenderableType:
    """Return the whole report; ``families`` are those that were tried, ``fit`` this machine's."""
    family = next(family for family in families if family.name == facts.family)
    unknown = facts.family == FALLBACK
    sections = (
        ("Found" if unknown else "Recognised by", _evidence(facts)),
        ("Looked for", _looked_for(families) if unknown and not facts.refusal else ()),
        (
            "You can",
            (_Row(i.kind, f"{_GESTURES[i.kind]}{_details(i)}", i.evidence) for i in facts.inputs),
        ),
        ("Variants", _variants(facts)),
        ("Facts", _facts(facts)),
        ("Engine", _engine(facts.engine)),
        ("Needs", _needs(facts)),
        (_VERDICTS[fit.verdict], (_Row("", why) for why in fit.reasons)) if fit else ("", ()),
        ("Weights (some may be the same weights in another format)", _weights(facts)),
        ("Headers that were read, without loading", _looked_into(facts)),
        ("Files that would run code if loaded (Lucid does not load them)", _runs_code(facts)),
        (
            "Open questions",
            (_Row(asked.id, asked.question, f"\n{asked.why}") for asked in facts.open_questions)
            if facts.refusal is None
            else (),
        ),
    )
    place = f"{facts.revision} is {facts.commit}" if facts.commit else "a local folder"
    return Group(
        Text.assemble((plain(facts.repo), "bold"), f"  {plain(place)}"),
        Text(_what(facts, family)),
        *(part for title, rows in sections for part in _section(title, list(rows))),
        *_end(facts),
    )


def _what(facts: RepoFacts, family: Family) -> str:
    if facts.refusal is not None:
        return plain(f"No world model to play. This is {facts.refusal.value}.")
    names = ", ".join(hint.family for hint in facts.suggestions)
    maybe = f" It may be one of: {names}." if names else ""
    return f"{family.title}. {family.summary}{maybe}"


def _end(facts: RepoFacts) -> Iterator[Text]:
    if facts.files_left_out:
        yield Text(f"\nLucid left out {facts.files_left_out} more files.")
    if facts.cost is not None:
        kb = facts.cost.received_bytes / 1000
        cached = "" if facts.cost.requests else " From the cache, which may lack some files."
        cost = f"\nCost: {facts.cost.requests} requests, {kb:.1f} kB.{cached}"
        yield Text(cost, style="dim")
    if facts.refusal is None:
        pin = "" if facts.revision in (None, "main") else f" --revision {facts.commit}"
        repo = shlex.quote(plain(facts.repo))
        yield Text(f"\nNext: lucid new NAME --from-hf {repo}{pin}", no_wrap=True)


def _section(title: str, rows: Sequence[_Row]) -> list[RenderableType]:
    if not rows:
        return []
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        gap = "" if row.note.startswith("\n") else "  "
        text = Text.assemble(plain(row.text), gap, (plain(row.note), "dim"))
        table.add_row("", Text(plain(row.label)), text)
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


def _details(fact: InputFact) -> str:
    """Return the size, order and range of an input, such as ``: 4 numbers; forward, back``."""
    known = fact.details
    dim = f"{known['dim']} numbers" if isinstance(known.get("dim"), int) else ""
    keys = known.get("keys") or known.get("order")
    names = ", ".join(map(str, keys)) if isinstance(keys, list | dict) else ""
    span = known.get("range") or known.get("useful")
    limits = f"from {span[0]} to {span[1]}" if isinstance(span, list) else ""
    shown = "; ".join(part for part in (dim, names, limits) if part)
    return f": {shown}" if shown and len(shown) <= MAX_DETAILS else ""


def _variants(facts: RepoFacts) -> Iterator[_Row]:
    for variant in facts.variants:
        kinds = ", ".join(given.kind for given in variant.inputs)
        own = [f"{name}={_value(fact.value)}" for name, fact in variant.facts.items() if fact]
        yield _Row(variant.name, "; ".join([kinds, *own]), variant.evidence)


def _facts(facts: RepoFacts) -> Iterator[_Row]:
    known = dict(facts.facts)
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
        for label in ("requirement", "source"):
            if (text := getattr(fact.value, label)) is not None:
                yield _Row(label, text)


def _needs(facts: RepoFacts) -> Iterator[_Row]:
    if facts.licence is not None:
        yield _Row("licence", facts.licence.value, facts.licence.evidence)
        limits = facts.licence_limits
        yield _Row("", limits.value if limits else "Lucid does not know its limits: read it")
    if facts.gated is not None and facts.gated.value:
        yield _Row("gated", f"accept the terms at {facts.accept_url}", facts.gated.evidence)
    for repo in facts.needed_repos:
        gate = " (gated: accept its terms too)" if repo.gated else ""
        yield _Row("repo", f"{repo.repo}: {repo.role}{gate}", repo.evidence)
    if facts.download_bytes is not None:
        yield _Row("download", size_text(facts.download_bytes.value), facts.download_bytes.evidence)
    if facts.vram_bytes is not None:
        sizes = ", ".join(
            f"{name} {size_text(size)}" for name, size in facts.vram_bytes.value.items()
        )
        yield _Row("GPU memory", sizes, facts.vram_bytes.evidence)
    if facts.scan is not None:
        yield _Row("scanned", facts.scan.value, facts.scan.evidence)


def _looked_into(facts: RepoFacts) -> Iterator[_Row]:
    for look in facts.looked_into:
        if look.problem is not None:
            yield _Row("not read", look.path, look.problem)
            continue
        count = f"{look.tensors} tensors" + ("" if look.complete else " in what was read")
        total = f", {look.parameters / 1e6:.0f} M parameters" if look.parameters else ""
        yield _Row(str(look.dtype or look.format), f"{look.path}: {count}{total}")
        if look.unsafe_imports:
            yield _Row("unsafe", f"loading would import {', '.join(look.unsafe_imports[:4])}")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _weights(facts: RepoFacts) -> Iterator[_Row]:
    sets: dict[str, list[RepoFile]] = {}
    for file in facts.files:
        if is_weights(file.path):
            sets.setdefault(shard_set(file.path), []).append(file)
    largest = sorted(sets.items(), key=lambda item: total_bytes(item[1]) or 0, reverse=True)
    loaded = facts.facts.get("engine_files")
    for path, files in largest[:MAX_LISTED]:
        note = "the engine loads this" if loaded and path in loaded.value else ""
        yield _Row(size_text(total_bytes(files)), path, note)
    if len(sets) > MAX_LISTED:
        yield _Row("", f"and {len(sets) - MAX_LISTED} more")


def size_text(size_bytes: int | None) -> str:
    """Return a size in decimal units, such as ``7.44 GB``."""
    if size_bytes is None:
        return "size unknown"
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def _runs_code(facts: RepoFacts) -> Iterator[_Row]:
    if paths := facts.runs_code:
        more = len(paths) - MAX_LISTED
        listed = ", ".join(paths[:MAX_LISTED])
        count = "1 file" if len(paths) == 1 else f"{len(paths)} files"
        yield _Row(count, f"{listed} and {more} more" if more > 0 else listed)
