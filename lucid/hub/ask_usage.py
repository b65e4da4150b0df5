"""Ask about the use of the weights, for every family: licence, size, access, variant."""

import re
from collections.abc import Iterator

from lucid._data import read_toml
from lucid.hub.facts import Fact, OpenQuestion, RepoFacts

USE_ONLY = frozenset(
    {"licence", "licence_limits", "download_size", "gpu_memory", "gating", "speed", "realtime"}
)
"""Questions whose answers do not change the port's code."""


def use_questions(facts: RepoFacts) -> Iterator[OpenQuestion]:
    """Yield the questions of ``templates/questions.toml`` that the metadata leaves open."""
    asked = {question.id for question in facts.open_questions}
    from_hub = facts.commit is not None and facts.cost is not None and facts.cost.requests > 0
    is_open = {
        "engine": facts.engine is None and "engine" not in asked,
        "variant": len(facts.variants) > 1,
        "licence": facts.licence is None,
        "licence_limits": facts.licence is not None and facts.licence_limits is None,
        "download_size": facts.download_bytes is None,
        "gpu_memory": facts.vram_bytes is None and facts.facts.get("vram_gb") is None,
        "gating": facts.gated is None and from_hub,
    }
    variants = ", ".join(variant.name for variant in facts.variants)
    licence = facts.licence.value if facts.licence else ""
    for id, texts in read_toml("templates/questions.toml").items():
        if is_open[id]:
            question = texts["question"].format(variants=variants, licence=licence)
            yield OpenQuestion(id=id, question=question, why=texts["why"])


def licence_limits(licence: Fact[str] | None) -> Fact[str] | None:
    """Return the limits of a licence; None if Lucid does not know its name."""
    name = licence.value.lower() if licence else ""
    for pattern, limits in read_toml("templates/licences.toml")["limits"].items():
        if licence and re.fullmatch(pattern, name):
            return Fact(value=limits, evidence=licence.evidence)
    return None
