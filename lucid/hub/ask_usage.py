"""Open questions about using the weights, for every family: licence, size, access, variant."""

from __future__ import annotations

from collections.abc import Iterator

from lucid.hub.facts import OpenQuestion, RepoFacts

USE_ONLY = frozenset(
    {"licence", "licence_limits", "download_size", "gpu_memory", "gating", "speed", "realtime"}
)
"""Questions whose answers do not change the port's code."""


def use_questions(facts: RepoFacts) -> Iterator[OpenQuestion]:
    """Yield a question for each of these that the metadata does not answer."""
    asked = {question.id for question in facts.open_questions}
    if facts.engine is None and "engine" not in asked:
        yield OpenQuestion(
            id="engine",
            question="Which code runs these weights, how is it installed, and at which commit?",
            why="the weights alone do not run; an unpinned engine breaks the port one day",
        )
    if len(facts.variants) > 1:
        names = ", ".join(variant.name for variant in facts.variants)
        yield OpenQuestion(
            id="variant",
            question=f"Which of its models is to be played: {names}?",
            why="they differ in weights, speed or action space",
        )
    if facts.licence is None:
        yield OpenQuestion(
            id="licence",
            question="Under which licence are the weights?",
            why="without a licence you may not use them beyond what the law allows",
        )
    elif facts.licence_limits is None:
        yield OpenQuestion(
            id="licence_limits",
            question=f"What does the licence {facts.licence.value} forbid?",
            why="its name is not one that Lucid knows; read it before you show the model to others",
        )
    if facts.download_bytes is None:
        yield OpenQuestion(
            id="download_size",
            question="How large is the download?",
            why="the size of some file is not listed, or there are no weights",
        )
    if facts.vram_bytes is None and facts.facts.get("vram_gb") is None:
        yield OpenQuestion(
            id="gpu_memory",
            question="How much GPU memory does it take?",
            why="no size of its weights is listed: it may not fit",
        )
    if facts.gated is None and facts.commit is not None and facts.cost and facts.cost.requests:
        yield OpenQuestion(
            id="gating",
            question="Must its terms be accepted first?",
            why="the Hub did not say: a download may be refused",
        )
