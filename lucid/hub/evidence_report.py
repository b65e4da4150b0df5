"""Show every fact of a repo with its evidence, for ``lucid inspect --evidence``.

Text from the repo is never read as markup.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lucid._text import plain
from lucid.hub.facts import Engine, Fact, InputFact, RepoFacts, RepoFile
from lucid.hub.families import FALLBACK, Family
from lucid.hub.machine_fit import Fit
from lucid.hub.report import GESTURES, next_step, size_text, what_it_is
from lucid.hub.weights.copies import is_weights, shard_set, total_bytes

MAX_LISTED = 8
MAX_DETAILS = 160

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


def render_evidence(
    facts: RepoFacts, families: Sequence[Family], fit: Fit | None = None
) -> RenderableType:
    """Return all facts. ``families`` were tried, and ``fit`` says whether this machine fits."""
    family = next(family for family in families if family.name == facts.family)
    unknown = facts.family == FALLBACK
    sections = (
        ("Found" if unknown else "Recognised by", _evidence(facts)),
        ("Looked for", _looked_for(families) if unknown and not facts.refusal else ()),
        (
            "You can",
            (_Row(i.kind, f"{GESTURES[i.kind]}{_details(i)}", i.evidence) for i in facts.inputs),
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
        Text(what_it_is(facts, family)),
        *(part for title, rows in sections for part in _section(title, list(rows))),
        *_end(facts),
    )


def _end(facts: RepoFacts) -> Iterator[Text]:
    if facts.files_left_out:
        yield Text(f"\nLucid left out {facts.files_left_out} more files.")
    if facts.cost is not None:
        kb = facts.cost.received_bytes / 1000
        cached = "" if facts.cost.requests else " From the cache, which may lack some files."
        cost = f"\nCost: {facts.cost.requests} requests, {kb:.1f} kB.{cached}"
        yield Text(cost, style="dim")
    if facts.refusal is None:
        yield Text(f"\nNext: {next_step(facts)}", no_wrap=True)


def _section(title: str, rows: Sequence[_Row]) -> list[RenderableType]:
    if not rows:
        return []
    notes = [row.note for row in rows]
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row, before in zip(rows, ["", *notes], strict=False):
        note = "" if row.note == before else row.note  # neighbours that share a note show it once
        gap = "" if note.startswith("\n") else "  "
        text = Text.assemble(plain(row.text), gap, (plain(note), "dim"))
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
    found = {name: fact for name, fact in known.items() if fact is not None}
    order = list(dict.fromkeys(fact.evidence for fact in found.values()))
    for name, fact in sorted(found.items(), key=lambda item: order.index(item[1].evidence)):
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
        size = f", {size_text(repo.size_bytes)}" if repo.size_bytes is not None else ""
        pin = f"{size}, commit {repo.commit}" if repo.is_downloaded else ""
        yield _Row("repo", f"{repo.repo}: {repo.role}{gate}{pin}", repo.evidence)
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
        if not look.complete and look.format != "safetensors":
            yield _Row("not fully read", f"{look.path}: loading may import more than is shown")
        if look.unsafe_imports:
            yield _Row("unsafe", f"loading would import {', '.join(look.unsafe_imports[:4])}")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _weights(facts: RepoFacts) -> Iterator[_Row]:
    """Yield a row for each file or set of shards or, if there are many, for each folder."""
    files = [file for file in facts.files if is_weights(file.path)]
    loaded = facts.facts.get("engine_files")
    sets = _grouped(files, shard_set)
    if len(sets) > MAX_LISTED:
        sets = _grouped(files, lambda path: path[: path.find("/") + 1] or shard_set(path))
    largest = sorted(sets.items(), key=lambda item: total_bytes(item[1]) or 0, reverse=True)
    for path, members in largest[:MAX_LISTED]:
        note = "the engine loads this" if loaded and path in loaded.value else ""
        count = f"{path} ({len(members)} files)" if path.endswith("/") else path
        yield _Row(size_text(total_bytes(members)), count, note)
    if len(sets) > MAX_LISTED:
        yield _Row("", f"and {len(sets) - MAX_LISTED} more")


def _grouped(files: Iterable[RepoFile], key: Callable[[str], str]) -> dict[str, list[RepoFile]]:
    groups: dict[str, list[RepoFile]] = {}
    for file in files:
        groups.setdefault(key(file.path), []).append(file)
    return groups


def _runs_code(facts: RepoFacts) -> Iterator[_Row]:
    if paths := facts.runs_code:
        more = len(paths) - MAX_LISTED
        listed = ", ".join(paths[:MAX_LISTED])
        count = "1 file" if len(paths) == 1 else f"{len(paths)} files"
        yield _Row(count, f"{listed} and {more} more" if more > 0 else listed)
