"""Turn the metadata of a repo into ``RepoFacts``: its family, and all known facts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lucid.hub import apply_rules, derived
from lucid.hub.address import parse_repo
from lucid.hub.apply_choices import answered_facts, chosen_family, chosen_variant
from lucid.hub.ask_usage import licence_limits, use_questions
from lucid.hub.cache import cached_snapshot
from lucid.hub.client import hub_endpoint, hub_snapshot
from lucid.hub.facts import (
    Derived,
    Engine,
    Evidence,
    Fact,
    InputFact,
    Lineage,
    OpenQuestion,
    RepoFacts,
    Suggestion,
    Variant,
)
from lucid.hub.families import FALLBACK, STANDARD, Family, load_families
from lucid.hub.folder import folder_snapshot, names_folder
from lucid.hub.known_models import (
    KnownModel,
    find_by_hash,
    find_by_name,
    hash_evidence,
    load_known_models,
)
from lucid.hub.match_conditions import Metadata
from lucid.hub.measure_files import download, looked_into, runs_code, vram
from lucid.hub.memory_settings import chosen_settings
from lucid.hub.needed_repos import complete_needs
from lucid.hub.readers import UnreadableFileError, read_document
from lucid.hub.recognise import (
    Found,
    all_evidence,
    fallback,
    other_models,
    recognise,
    refuse,
    suggest,
)
from lucid.hub.snapshot import RepoSnapshot, folder_of
from lucid.lock import Choices

_LICENCE = re.compile(r"[\w .+()-]{1,80}", re.ASCII)
_YOUR_CHOICE = (Evidence(strength="strong", source="--family", why="you named it"),)
NO_CHOICES = Choices()


@dataclass(frozen=True)
class _Case:
    """A repo, the family that it belongs to, and what its metadata says."""

    snapshot: RepoSnapshot
    documents: Mapping[str, object]
    metadata: Metadata
    origin: Fact[Derived] | None
    choices: Choices
    families: Sequence[Family]
    family: Family
    facts: apply_rules.Facts
    refused: Mapping[str, str]
    """The values that cannot be a fact, by the name of the fact."""


def inspect_repo(
    repo: str,
    revision: str | None = None,
    choices: Choices = NO_CHOICES,
    *,
    public_part: bool = False,
) -> RepoFacts:
    """Inspect a Hub repo or a local folder, without running its code or loading its weights.

    ``repo`` may also be ``ORG/NAME@REVISION``, ``hf://ORG/NAME@REVISION`` or the address of a page
    of the Hub. ``public_part`` is described at ``hub_snapshot``.

    Raises:
        HubError: The repo cannot be read.
        MachineError: A proxy, a certificate or a token of this machine is set wrongly.
        ChoiceError: The repo has no such choice.
    """
    snapshot = take_snapshot(repo, revision, public_part=public_part)
    facts = inspect_snapshot(snapshot, load_families(), choices)
    return facts if snapshot.commit is None else complete_needs(facts)


def take_snapshot(
    repo: str, revision: str | None = None, *, public_part: bool = False
) -> RepoSnapshot:
    """Read the metadata of a folder, of a repo on the Hub or, if offline, of a cached repo.

    Raises:
        HubError: The repo cannot be read.
        MachineError: A proxy, a certificate or a token of this machine is set wrongly.
    """
    if names_folder(repo):
        return folder_snapshot(repo, revision)
    repo, revision = parse_repo(repo, revision, hub_endpoint())
    cached = cached_snapshot(repo, revision)
    return cached or hub_snapshot(repo, revision, public_part=public_part)


def inspect_snapshot(
    snapshot: RepoSnapshot, families: Sequence[Family], choices: Choices = NO_CHOICES
) -> RepoFacts:
    """Apply the rules of ``families``, in this order, to a snapshot.

    If a person chose a variant, the result has only that variant, and its facts are the repo's.

    Raises:
        ChoiceError: The repo has no such choice.
    """
    documents, unreadable = _read_configs(snapshot.configs)
    metadata, named, contradictions = _metadata(snapshot, documents, choices)
    found = {family.name: _evidence(family, metadata) for family in families}
    origin = derived.find_derived(snapshot, documents)
    family, incomplete = _find_family(families, found, choices, snapshot, documents, origin)
    if choices.family is not None:
        found[family.name] = found[family.name] or _YOUR_CHOICE
    is_unknown = family.name == FALLBACK
    by = "" if is_unknown else found[family.name][0].source
    metadata = replace(metadata, configs=family.configs, recognised_by=by)
    facts, refused = apply_rules.find_facts(family, metadata)
    case = _Case(snapshot, documents, metadata, origin, choices, families, family, facts, refused)
    inputs, variants = _inputs_and_variants(case)
    by_rule = facts.pop("licence")
    licence = _licence(metadata) or by_rule
    asked = _family_questions(case)
    if choices.family is None and not is_unknown:
        asked = (*_other_models(other_models(families, found, family)), *asked)
    suggestions = suggest(families, found, named) if is_unknown and incomplete is None else ()
    if is_unknown and incomplete is None and choices.family is None:
        suggestions = (*_folders(snapshot, families), *suggestions)
    known = RepoFacts(
        family=family.name,
        evidence=all_evidence(families, found) if is_unknown else found[family.name],
        refusal=None if choices.family else refuse(family, families, found, named) or incomplete,
        derived=origin,
        suggestions=suggestions,
        inputs=inputs,
        outputs=apply_rules.find_outputs(family, metadata),
        variants=variants,
        realtime=facts["realtime"],
        needed_repos=apply_rules.find_repos(family, metadata, snapshot.repo),
        licence=licence,
        licence_limits=licence_limits(licence),
        runs_code=runs_code(snapshot.files, documents),
        download_bytes=download(snapshot.files, facts),
        vram_bytes=vram(snapshot, facts, variants),
        open_questions=(*_unread(snapshot), *unreadable, *contradictions, *asked),
        **_snapshot_facts(snapshot),
        **_engine_facts(case, variants, suggestions),
    )
    instead = _instead(case, known, is_incomplete=incomplete is not None)
    questions = (*known.open_questions, *use_questions(known))
    return known.model_copy(update={"open_questions": questions, "instead": instead})


def _folders(snapshot: RepoSnapshot, families: Sequence[Family]) -> Iterator[Suggestion]:
    """Suggest each top folder that belongs to a family if it is read as a repo of its own."""
    folders = {path.partition("/")[0]: None for path in snapshot.configs if "/" in path}
    for folder in folders:
        inner = folder_of(snapshot, folder)
        documents, _ = _read_configs(inner.configs)
        metadata, _, _ = _metadata(inner, documents, NO_CHOICES)
        found = {family.name: _evidence(family, metadata) for family in families}
        family = recognise(families, found)
        if family.name != FALLBACK:
            evidence = tuple(
                reason.model_copy(update={"source": f"{folder}/{reason.source}"})
                for reason in found[family.name]
            )
            yield Suggestion(family=family.name, evidence=evidence, folder=folder)


def _snapshot_facts(snapshot: RepoSnapshot) -> dict[str, Any]:
    """Return the fields of RepoFacts that need no rules."""
    return {
        "repo": snapshot.repo,
        "revision": snapshot.revision,
        "commit": snapshot.commit,
        "gated": _gated(snapshot),
        "accept_url": snapshot.url if snapshot.gated else None,
        "scan": Fact(value=snapshot.scan, evidence="the Hub's scanners") if snapshot.scan else None,
        "looked_into": looked_into(snapshot.opened),
        "files": snapshot.files,
        "files_left_out": snapshot.files_left_out,
        "cost": snapshot.cost,
    }


def _find_family(
    families: Sequence[Family],
    found: Found,
    choices: Choices,
    snapshot: RepoSnapshot,
    documents: Mapping[str, object],
    origin: Fact[Derived] | None,
) -> tuple[Family, Fact[str] | None]:
    """Return the family; or the fallback, and why the repo is not a complete model."""
    if choices.family is not None:
        return chosen_family(families, choices.family), None
    family = recognise(families, found)
    incomplete = derived.refuse(snapshot, documents, origin, recognised=family.name != FALLBACK)
    return (family if incomplete is None else fallback(families)), incomplete


def _instead(case: _Case, known: RepoFacts, *, is_incomplete: bool) -> str | None:
    """Return the base of a repo that is not a complete model, or of a copy that no engine loads."""
    is_copy = known.derived is not None and known.derived.value.relation == "quantized"
    if not is_incomplete and (not is_copy or known.engine is not None):
        return None
    return derived.find_base(case.snapshot, case.documents)[0]


def _engine_facts(
    case: _Case, variants: Sequence[Variant], suggestions: Sequence[Suggestion]
) -> dict[str, Any]:
    """Return the fields of RepoFacts about the engine, and the facts with its chosen settings.

    Without a choice, the engine is that of the first variant. Upstream's code cannot run a
    quantised copy, because it does not know the scales of the weights.
    """
    family, metadata, variant = case.family, case.metadata, case.choices.variant
    engine = apply_rules.find_engine(
        family, metadata, variant or (variants[0].name if variants else None)
    )
    is_copy = case.origin is not None and case.origin.value.relation == "quantized"
    if is_copy and engine is not None and engine.value.requirement is None:
        engine = None
    nearest = _nearest(case, engine, suggestions)
    near = None if family.name == FALLBACK else nearest
    return {
        "engine": engine,
        "nearest": nearest,
        "quirks": apply_rules.find_quirks(case.families, family, metadata, engine, near),
        "facts": {**case.facts, **chosen_settings(engine, case.choices.answers)},
    }


def _nearest(
    case: _Case, engine: Fact[Engine] | None, suggestions: Sequence[Suggestion]
) -> Fact[Lineage] | None:
    """Return the nearest lineage; for an unknown repo, that of the best suggestion."""
    if case.family.name != FALLBACK or not suggestions:
        return apply_rules.find_nearest(case.family, case.metadata, engine)
    best = max(suggestions, key=_weight)
    suggested = next(each for each in case.families if each.name == best.family)
    source = best.evidence[0].source
    metadata = replace(case.metadata, configs=suggested.configs, recognised_by=source)
    return apply_rules.find_nearest(suggested, metadata, None)


def _weight(suggestion: Suggestion) -> tuple[int, int, int]:
    strengths = [reason.strength for reason in suggestion.evidence]
    return strengths.count("strong"), strengths.count("medium"), strengths.count("weak")


def _inputs_and_variants(case: _Case) -> tuple[tuple[InputFact, ...], tuple[Variant, ...]]:
    """Return the inputs and variants; add the answers and the variant's facts to ``facts``."""
    family, metadata, facts, choices = case.family, case.metadata, case.facts, case.choices
    answered = answered_facts(family, choices.answers)
    facts.update(answered)
    inputs = apply_rules.find_inputs(family.inputs, metadata, facts)
    files = case.snapshot.files
    variants = apply_rules.find_variants(family, metadata, facts, inputs, files, answered)
    if choices.variant is None:
        return inputs, variants
    variant = chosen_variant(variants, choices.variant)
    facts.update(variant.facts)
    return variant.inputs, (variant,)


def _metadata(
    snapshot: RepoSnapshot, documents: Mapping[str, object], choices: Choices
) -> tuple[Metadata, KnownModel | None, tuple[OpenQuestion, ...]]:
    """Return the metadata for conditions, the known model of this name, and contradictions."""
    models = load_known_models()
    known, contradictions = find_by_hash(models, snapshot.files)
    named = find_by_name(models, snapshot.repo)
    if named is not None and named.family == choices.family:
        known = {named.name: "the repo's name, and --family", **known}
    metadata = Metadata(
        paths=tuple(file.path for file in snapshot.files),
        documents=documents,
        tensors={
            opened.path: {name: tensor.shape for name, tensor in opened.header.tensors.items()}
            for opened in snapshot.opened
            if opened.header
        },
        known=known,
    )
    return metadata, named, contradictions


def _evidence(family: Family, metadata: Metadata) -> tuple[Evidence, ...]:
    by_hash = hash_evidence(load_known_models(), metadata.known, family.name)
    return (*by_hash, *apply_rules.find_evidence(family, replace(metadata, configs=family.configs)))


def _family_questions(case: _Case) -> tuple[OpenQuestion, ...]:
    """Return the open questions of the family, and those of the fallback about other facts."""
    questions = case.family.questions
    if case.family.name != FALLBACK:
        asked = {name for rule in questions for name in rule.facts}
        questions += tuple(
            rule
            for rule in fallback(case.families).questions
            if rule.facts and set(rule.facts) <= STANDARD.keys() - asked
        )
    return (
        *apply_rules.find_missing_files(case.family, case.metadata),
        *apply_rules.find_questions(questions, case.metadata, case.facts, case.refused),
    )


def _other_models(others: Mapping[str, str]) -> Iterator[OpenQuestion]:
    """Ask which model to use, if some folders hold a model of another family."""
    if others:
        named = ", ".join(f"{folder}/ ({family})" for family, folder in others.items())
        yield OpenQuestion(
            id="other_models",
            question=f"The repo has other models too: {named}. Do you mean one of them?",
            why="`lucid new` ports the model described here, unless you choose another --family",
        )


def _read_configs(
    configs: Mapping[str, bytes],
) -> tuple[dict[str, object], list[OpenQuestion]]:
    documents: dict[str, object] = {}
    unreadable = []
    for path, data in configs.items():
        try:
            documents[path] = read_document(path, data)
        except UnreadableFileError as error:
            question = f"What does {path} say? Lucid cannot read it: {error}."
            why = "facts that only this file holds are missing, or come from another file"
            unreadable.append(OpenQuestion(id=f"unreadable:{path}", question=question, why=why))
    return documents, unreadable


def _unread(snapshot: RepoSnapshot) -> list[OpenQuestion]:
    """Ask about the files that Lucid could not read."""
    if snapshot.access_refused:
        question = (
            "What do its configs and weights say? The repo is gated, and you have no access: "
            f"accept its terms at {snapshot.url}, then run `hf auth login` or set HF_TOKEN."
        )
        why = "until then Lucid knows only the public list of files and the card"
        return [OpenQuestion(id="access", question=question, why=why)]
    if snapshot.partial:
        question = (
            "Which other files does the repo have? HF_HUB_OFFLINE is set, and the cache has only "
            "the files that were downloaded before."
        )
        why = "facts in other files are missing; unset HF_HUB_OFFLINE to see them"
        return [OpenQuestion(id="offline", question=question, why=why)]
    return []


def _licence(metadata: Metadata) -> Fact[str] | None:
    """Return the card's licence: its own name if the card says only ``other``."""
    for key in ("license_name", "license"):
        found = metadata.find(("README.md",), key)
        if found and isinstance(found.value, str) and _LICENCE.fullmatch(found.value):
            return Fact(value=found.value, evidence=found.place)
    return None


def _gated(snapshot: RepoSnapshot) -> Fact[bool] | None:
    if snapshot.gated is None:
        return None
    return Fact(value=snapshot.gated, evidence="the Hub's metadata: gated")
