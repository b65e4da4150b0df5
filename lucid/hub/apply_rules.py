"""Apply a family's rules to one repo: evidence, facts, inputs, engine, questions, quirks."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from lucid.hub.facts import (
    NOT_PINNED,
    Engine,
    Evidence,
    Fact,
    InputFact,
    Lineage,
    NeededRepo,
    OpenQuestion,
    Quirk,
    RepoFile,
    Variant,
)
from lucid.hub.families import (
    EngineRule,
    FactRule,
    FactType,
    Family,
    InputRule,
    NeededRepoRule,
    QuestionRule,
    Rule,
    as_fact_type,
)
from lucid.hub.match_conditions import Condition, Metadata, show, show_path
from lucid.hub.snapshot import ORG_NAME
from lucid.hub.weights.copies import is_weights, total_bytes

Facts = dict[str, Fact[Any] | None]
RuleT = TypeVar("RuleT", bound=Rule)


def find_evidence(family: Family, metadata: Metadata) -> tuple[Evidence, ...]:
    """Return the evidence for the family, strongest first."""
    found = [
        Evidence(strength=rule.strength, source=source, why=rule.why)
        for rule in family.evidence
        if (source := rule.source(metadata)) is not None
    ]
    order = ("strong", "medium", "weak")
    return tuple(sorted(found, key=lambda evidence: order.index(evidence.strength)))


def is_recognised(evidence: Iterable[Evidence]) -> bool:
    """Return whether one reason is strong, or two are medium. Weak reasons never count."""
    strengths = [reason.strength for reason in evidence]
    return "strong" in strengths or strengths.count("medium") >= 2


def find_facts(family: Family, metadata: Metadata) -> tuple[Facts, dict[str, str]]:
    """Return each fact, None if it is unknown, and the values that cannot be the fact, by name."""
    facts, refused = _decide(family.rules, family.facts, metadata)
    return {name: facts.get(name) for name in family.facts}, refused


def find_inputs(
    rules: Iterable[InputRule], metadata: Metadata, facts: Facts
) -> tuple[InputFact, ...]:
    """Return the inputs, one per kind."""
    inputs: dict[str, InputFact] = {}
    for rule, sources in _that_hold(rules, metadata):
        if rule.kind not in inputs:
            inputs[rule.kind] = InputFact(
                kind=rule.kind,
                evidence=_evidence(sources, rule.why),
                details=_fill(rule.details, facts),
            )
    return tuple(inputs.values())


def find_variants(
    family: Family,
    metadata: Metadata,
    facts: Facts,
    inputs: tuple[InputFact, ...],
    files: Iterable[RepoFile],
    answered: Mapping[str, Fact[Any]],
) -> tuple[Variant, ...]:
    """Return the models in the repo, or nothing if it has only one.

    A variant does not override facts that a person ``answered``.
    """
    files = tuple(files)
    variants = []
    for rule, sources in _that_hold(family.variants, metadata):
        decided, _ = _decide(rule.rules, family.facts, metadata)
        own = {name: fact for name, fact in decided.items() if name not in answered}
        offered = find_inputs(rule.inputs, metadata, {**facts, **own}) if rule.inputs else inputs
        weights = [file for file in files if any(fnmatchcase(file.path, p) for p in rule.weights)]
        variants.append(
            Variant(
                name=rule.name,
                evidence=_evidence(sources, rule.why),
                inputs=tuple(each for each in offered if each.kind not in rule.without),
                facts=own,
                weights=tuple(file.path for file in weights),
                weights_bytes=total_bytes(weights) if weights else None,
            )
        )
    return tuple(variants)


def find_outputs(family: Family, metadata: Metadata) -> tuple[Fact[str], ...]:
    """Return the streams that the model generates."""
    return tuple(
        Fact(value=rule.kind, evidence=_evidence(sources, rule.why))
        for rule, sources in _that_hold(family.outputs, metadata)
    )


def find_engine(family: Family, metadata: Metadata, variant: str | None) -> Fact[Engine] | None:
    """Return the code that runs the weights, or those of ``variant`` if a person chose it."""
    for rule, sources in _that_hold(family.engines, metadata):
        fits = variant is None or not rule.variants or variant in rule.variants
        if fits and not _lacking(rule, metadata):
            engine = Engine(**rule.model_dump(include=set(Engine.model_fields)))
            return Fact(value=engine, evidence=_evidence(sources, rule.why))
    return None


def find_missing_files(family: Family, metadata: Metadata) -> tuple[OpenQuestion, ...]:
    """Ask for other code if the repo does not have all files that its engine loads."""
    rules = [rule for rule, _ in _that_hold(family.engines, metadata)]
    if not rules or not all(_lacking(rule, metadata) for rule in rules):
        return ()
    scripts = [path for path in metadata.paths if path.endswith(".py") and "load" in path]
    hint = f" It may be {show_path(scripts[0])}." if scripts else ""
    lacking = ", ".join(_lacking(rules[0], metadata))
    return (
        OpenQuestion(
            id="engine",
            question=f"Which code loads these weights?{hint}",
            why=f"{rules[0].entry} loads {lacking}, which the repo does not have",
        ),
    )


def _lacking(rule: EngineRule, metadata: Metadata) -> list[str]:
    """Return the patterns of an engine's files that match no file of the repo."""
    if not any(map(is_weights, metadata.paths)):  # it may be a copy of the configs alone
        return []
    return [pattern for pattern in rule.loads if metadata.match(pattern) is None]


def find_repos(family: Family, metadata: Metadata, own: str) -> tuple[NeededRepo, ...]:
    """Return the other repos that the weights need, each once."""
    needed: dict[str, NeededRepo] = {}
    for rule, sources in _that_hold(family.repos, metadata):
        for name, place in _named(rule, metadata):
            evidence = _evidence([place] if place else sources, rule.why)
            if name != own and name not in needed:
                needed[name] = NeededRepo(
                    repo=name,
                    role=rule.role,
                    gated=rule.gated,
                    evidence=evidence,
                    commit=rule.commit or NOT_PINNED,
                    files=rule.files,
                    pickles=rule.pickles,
                    size_bytes=rule.size_bytes,
                )
    return tuple(needed.values())


def _named(rule: NeededRepoRule, metadata: Metadata) -> list[tuple[str, str]]:
    if rule.repo is not None:
        return [(rule.repo, "")]
    found = metadata.find(rule.file, rule.key or "")
    names = found.value if found and isinstance(found.value, list) else [found and found.value]
    return [
        (name, found.place)
        for name in names[:8]
        if found and isinstance(name, str) and ORG_NAME.fullmatch(name)
    ]


def find_questions(
    rules: Iterable[QuestionRule], metadata: Metadata, facts: Facts, refused: Mapping[str, str]
) -> tuple[OpenQuestion, ...]:
    """Return the questions that the metadata does not answer."""
    return tuple(
        OpenQuestion(
            id=rule.id,
            question=_ask(rule, refused),
            why=rule.why,
            facts=tuple(name for name in rule.facts if facts[name] is None),
        )
        for rule in rules
        if (
            any(facts[name] is None for name in rule.facts)
            if rule.facts
            else _sources(rule.when, metadata) is not None
        )
    )


def find_nearest(
    family: Family, metadata: Metadata, engine: Fact[Engine] | None
) -> Fact[Lineage] | None:
    """Return the nearest lineage; None if Lucid writes the repo's own engine, or none is near."""
    if _own_lineages(family, engine):
        return None
    for rule, sources in _that_hold(family.lineages, metadata):
        lineage = Lineage(name=rule.name, repo=rule.repo)
        return Fact(value=lineage, evidence=_evidence(sources, rule.why))
    return None


def find_quirks(
    families: Iterable[Family],
    family: Family,
    metadata: Metadata,
    engine: Fact[Engine] | None,
    nearest: Fact[Lineage] | None,
) -> tuple[Quirk, ...]:
    """Return the quirks of the repo's engine or, if Lucid does not write it, of the nearest one."""
    own = _own_lineages(family, engine)
    wanted = {nearest.value.name} if nearest else own
    mark = nearest.value.name if nearest else None
    return tuple(
        Quirk(**rule.model_dump(exclude={"when", "lineages"}), lineage=mark)
        for each in (families if nearest else (family,))
        for rule, _ in _that_hold(each.quirks, metadata)
        if not wanted.isdisjoint(rule.lineages)
    )


def _own_lineages(family: Family, engine: Fact[Engine] | None) -> set[str]:
    names = {engine.value.name, engine.value.entry} if engine else set()
    return {rule.name for rule in family.lineages if not names.isdisjoint(rule.engines)}


def _decide(
    rules: Iterable[FactRule], types: Mapping[str, FactType], metadata: Metadata
) -> tuple[Facts, dict[str, str]]:
    """Return each fact from the first rule that has a value for it, and the values that fail."""
    facts: Facts = {}
    refused: dict[str, str] = {}
    for rule, sources in _that_hold(rules, metadata):
        for name in (*rule.values, *rule.keys, *rule.dims):
            if name in facts:
                continue
            value, evidence = _apply(rule, name, metadata, sources)
            if evidence is None:
                continue
            fitting = as_fact_type(value, types[name])
            if fitting is None:
                facts[name] = None
                refused[name] = f"{evidence}={show(value)}"
            else:
                facts[name] = Fact(value=fitting, evidence=evidence)
    return facts, refused


def _ask(rule: QuestionRule, refused: Mapping[str, str]) -> str:
    places = [refused[name] for name in rule.facts if name in refused]
    return f"{rule.question} ({', '.join(places)} cannot be it)" if places else rule.question


def _that_hold(rules: Iterable[RuleT], metadata: Metadata) -> Iterator[tuple[RuleT, list[str]]]:
    """Yield each rule whose conditions all hold, with the places that prove them."""
    for rule in rules:
        if (sources := _sources(rule.when, metadata)) is not None:
            yield rule, sources


def _sources(conditions: Iterable[Condition], metadata: Metadata) -> list[str] | None:
    """Return the place that proves each condition; None if one of them does not hold.

    Without conditions, return the place that proves the family.
    """
    conditions = tuple(conditions)
    sources = [metadata.recognised_by] if metadata.recognised_by and not conditions else []
    for condition in conditions:
        source = condition.source(metadata)
        if source is None:
            return None
        sources.append(source)
    return sources


def _evidence(sources: list[str], why: str) -> str:
    """Join sources as ``config.yaml:height=16, width=32 (why)``, naming each file once."""
    places: list[str] = []
    last_path = ""
    for source in sources:
        path, colon, rest = source.partition(":")
        places.append(rest if colon and path == last_path else source)
        last_path = path if colon else ""
    place = ", ".join(places)
    return f"{place} ({why})" if place and why else place or why


def _apply(
    rule: FactRule, name: str, metadata: Metadata, sources: list[str]
) -> tuple[object, str | None]:
    """Return a fact's value from one rule, and its evidence; None if the key is missing."""
    if name in rule.values:
        return rule.values[name], _evidence(sources, rule.why)
    if name in rule.dims:
        return _side(rule.dims[name], metadata)
    found = metadata.find(rule.file, rule.keys[name])
    if found is None or found.value is None:
        return None, None
    value, place = found.value, found.place
    if rule.take != "value":
        less = 1 if rule.take == "intervals" else 0
        value = len(value) - less if isinstance(value, list) else None
        place += ", its length" + (" less one" if less else "")
    if (rule.times, rule.plus) != (1, 0) and isinstance(value, int | float):
        value = value * rule.times + rule.plus
        sign = "+" if rule.plus >= 0 else "-"
        place += f" x {rule.times}" + (f" {sign} {abs(rule.plus)}" if rule.plus else "")
    return value, f"{place} ({rule.why})" if rule.why else place


def _side(wanted: str, metadata: Metadata) -> tuple[object, str | None]:
    """Return the length of ``tensor pattern@axis``, and its evidence."""
    pattern, _, axis = wanted.rpartition("@")
    found = metadata.find_tensor(pattern)
    if found is None or not isinstance(found.value, list) or int(axis) >= len(found.value):
        return None, None
    return found.value[int(axis)], f"{found.place} {found.value}, axis {axis}"


def _fill(value: Any, facts: Facts) -> Any:
    """Replace each ``$name`` in ``value`` by that fact, or by None if it is unknown."""
    if isinstance(value, str) and value.startswith("$"):
        fact = facts[value[1:]]
        return fact.value if fact else None
    if isinstance(value, list):
        return [_fill(item, facts) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, facts) for name, item in value.items()}
    return value
