"""Decide to which family a repo belongs, from the evidence for each family."""

from collections.abc import Mapping, Sequence

from lucid.hub.apply_rules import is_recognised
from lucid.hub.facts import Evidence, Fact, Suggestion
from lucid.hub.families import FALLBACK, Family
from lucid.hub.known_models import BY_NAME, KnownModel

Found = Mapping[str, tuple[Evidence, ...]]
"""The evidence for each family, by the family's name."""


def recognise(families: Sequence[Family], found: Found) -> Family:
    """Return the first recognised family of world models, or the fallback."""
    for family in families:
        if not family.refusal and is_recognised(found[family.name]):
            return family
    return fallback(families)


def fallback(families: Sequence[Family]) -> Family:
    """Return the family for repos that belong to no other family."""
    return next(family for family in families if family.name == FALLBACK)


def other_models(families: Sequence[Family], found: Found, recognised: Family) -> dict[str, str]:
    """Return the families of models in folders where the recognised one has no evidence."""
    own = {_folder(reason) for reason in found[recognised.name]}
    others = {}
    for family in families:
        reasons = tuple(each for each in found[family.name] if _folder(each) not in {*own, ""})
        if family is not recognised and not family.refusal and is_recognised(reasons):
            others[family.name] = _folder(reasons[0])
    return others


def _folder(reason: Evidence) -> str:
    """Return the top folder of the file that a reason names; "" if the file is not in a folder."""
    return reason.source.partition(":")[0].rpartition("/")[0].partition("/")[0]


def refuse(
    recognised: Family, families: Sequence[Family], found: Found, named: KnownModel | None
) -> Fact[str] | None:
    """Return what the repo is, if it is not a world model and no family was recognised.

    Fall back to weak evidence if no family of world models has medium or strong evidence, and then
    to the name of the repo, if a known model has that name.
    """
    if recognised.name != FALLBACK:
        return None
    better = [
        reason
        for family in families
        if not family.refusal and family.name != FALLBACK
        for reason in found[family.name]
        if reason.strength != "weak"
    ]
    refusals = [family for family in families if family.refusal and found[family.name]]
    refusals.sort(key=lambda family: not is_recognised(found[family.name]))
    for family in refusals:
        reasons = found[family.name]
        if family.refusal and (is_recognised(reasons) or not better):
            evidence = ", ".join(reason.source for reason in reasons)
            return Fact(value=family.refusal, evidence=evidence)
    kind = _family_of(named, families)
    if kind is not None and kind.refusal is not None:
        return Fact(value=f"{kind.refusal} ({BY_NAME})", evidence="the repo's name")
    return None


def _family_of(named: KnownModel | None, families: Sequence[Family]) -> Family | None:
    return next((each for each in families if named and each.name == named.family), None)


def all_evidence(families: Sequence[Family], found: Found) -> tuple[Evidence, ...]:
    """Return the evidence for every family, with its name; the fallback's comes last."""
    named = [
        reason.model_copy(update={"why": f"{family.name}: {reason.why}"})
        for family in families
        if family.name != FALLBACK
        for reason in found[family.name]
    ]
    return (*named, *found[FALLBACK])


def suggest(
    families: Sequence[Family], found: Found, named: KnownModel | None
) -> tuple[Suggestion, ...]:
    """Return the families with some evidence. The family of the model ``named`` comes first."""
    suggestions = [
        Suggestion(family=family.name, evidence=found[family.name])
        for family in families
        if found[family.name] and not family.refusal and family.name != FALLBACK
    ]
    kind = _family_of(named, families)
    if named is None or kind is None or kind.refusal is not None:
        return tuple(suggestions)
    name = Evidence(strength="weak", source="the repo's name", why=f"{named.name}, {BY_NAME}")
    evidence = (*found[named.family], name)
    first = Suggestion(family=named.family, evidence=evidence, model=named.name)
    return (first, *(other for other in suggestions if other.family != named.family))
