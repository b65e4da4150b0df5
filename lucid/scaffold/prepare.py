"""Turn a repo's snapshot into the facts for its port. Ask a person about unknown facts."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from lucid.authoring.outputs import Layout, PixelRange
from lucid.errors import ChoiceError, HubUnreachableError, ScaffoldError
from lucid.hub.apply_choices import YOUR_ANSWER
from lucid.hub.ask_usage import USE_ONLY
from lucid.hub.facts import Fact, OpenQuestion, RepoFacts
from lucid.hub.families import EngineRule, load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.needed_repos import complete_needs
from lucid.hub.snapshot import RepoSnapshot
from lucid.lock import Choices
from lucid.scaffold.render import UNWRITTEN, engine_template


@dataclass(frozen=True)
class Question:
    """A question to a person about a repo."""

    name: str
    """``family``, ``variant``, or a fact."""
    text: str
    reasons: tuple[str, ...]
    """The evidence for each option, or what a wrong answer breaks."""
    default: str = ""
    """The answer if the person does not answer. "" leaves the question open."""

    def answered(self, choices: Choices, answer: str) -> Choices:
        """Return the choices with this answer."""
        if self.name in ("family", "variant"):
            return choices.model_copy(update={self.name: answer})
        return choices.model_copy(update={"answers": {**choices.answers, self.name: answer}})


Ask = Callable[[Question, ChoiceError | None], str]
"""Returns the answer to a question, or "". The error is about the previous answer, if any."""


def prepare(
    snapshot: RepoSnapshot, choices: Choices, ask: Ask | None = None
) -> tuple[RepoFacts, Choices]:
    """Return the facts that a port of the repo can use, and the choices that led to them.

    Without ``ask``, open questions stay open. A port has one variant, by default the first.

    Raises:
        HubUnreachableError: The snapshot is partial, so facts may be missing.
        ScaffoldError: The repo is not a world model, or has its models in folders.
        ChoiceError: The repo has no such choice, or a port cannot use an answer.
    """
    if snapshot.partial:
        raise HubUnreachableError(
            f"HF_HUB_OFFLINE is set, and the cache may have only a part of {snapshot.repo}",
            hint="unset HF_HUB_OFFLINE, or name a local folder with the whole repo",
        )
    facts = _find_facts(snapshot, choices)
    asked: set[str] = set()
    while question := _next_question(facts, choices, asked):
        asked.add(question.name)
        error: ChoiceError | None = None
        while answer := (ask(question, error) if ask else "") or question.default:
            answered = question.answered(choices, answer)
            try:
                facts, choices = _find_facts(snapshot, answered), answered
                break
            except ChoiceError as refused:
                if ask is None:
                    raise
                error = refused
    return complete_needs(facts), choices


def _find_facts(snapshot: RepoSnapshot, choices: Choices) -> RepoFacts:
    facts = usable_facts(inspect_snapshot(snapshot, load_families(), choices))
    if facts.refusal is not None:
        base = facts.instead and f"`lucid new NAME --from-hf {facts.instead}` ports that repo; "
        raise ScaffoldError(
            f"{facts.repo} is not a world model but {facts.refusal.value} "
            f"({facts.refusal.evidence})",
            hint=f"{base or ''}`lucid inspect {facts.repo}` explains this; --family NAME overrides "
            "it, and `lucid new NAME` writes a blank port",
        )
    inside = [hint for hint in facts.suggestions if hint.folder]
    if inside and choices.family is None:
        named = ", ".join(f"{hint.folder}/ ({hint.family})" for hint in inside)
        folder = inside[0].folder
        raise ScaffoldError(
            f"{facts.repo} has its models in folders: {named}",
            hint=f"run `hf download {facts.repo} --include '{folder}/*' --local-dir DIR`, then "
            f"`lucid new NAME --from-hf DIR/{folder}`",
        )
    for asked in facts.open_questions:
        if refused := choices.answers.keys() & set(asked.facts):
            name = refused.pop()
            if name not in USABLE:
                raise ChoiceError(f"{name}: {asked.why}", hint=asked.question)
            text = choices.answers[name]
            raise ChoiceError(f"{name} must be {USABLE[name][1]}, not {text!r:.80}")
    return facts


def _next_question(facts: RepoFacts, choices: Choices, asked: set[str]) -> Question | None:
    """Return what to ask next: the family, then the variant, then each unknown fact."""
    if facts.suggestions and choices.family is None and "family" not in asked:
        reasons = tuple(
            f"{hint.family}: {reason.source} ({reason.why})"
            for hint in facts.suggestions
            for reason in hint.evidence
        )
        text = "Which family is it? The evidence for each of these is not enough:"
        return Question("family", text, reasons)
    if len(facts.variants) > 1 and choices.variant is None:
        reasons = tuple(
            f"{found.name}: {', '.join(given.kind for given in found.inputs)}; {found.evidence}"
            for found in facts.variants
        )
        text = "Which of its models do you want to play?"
        return Question("variant", text, reasons, default=facts.variants[0].name)
    for question in facts.open_questions:
        for name in question.facts:
            if name not in asked:
                return Question(name, question.question, (question.why,))
    return None


def usable_facts(facts: RepoFacts) -> RepoFacts:
    """Replace each value that a port cannot use by a question about it.

    Add the facts that the engine's template decides. Remove the questions that the template
    answers, and those that do not change a port.
    """
    rules = _engine_rules(facts)
    found = {**facts.facts, **_given_by_template(facts, rules)}
    unusable = {
        name: fact
        for name, fact in found.items()
        if fact is not None and name in USABLE and not USABLE[name][0](fact.value)
    }
    asked = tuple(
        OpenQuestion(
            id=name,
            question=f"What is {name.replace('_', ' ')}? A port needs {USABLE[name][1]}.",
            why=f"{fact.evidence} is {fact.value!r:.80}, which a port cannot use",
            facts=(name,),
        )
        for name, fact in unusable.items()
    )
    answered = {name for rule in rules for name in (*rule.answers, *rule.gives)}
    settled = USE_ONLY | answered
    kept = tuple(question for question in facts.open_questions if question.id not in settled)
    return facts.model_copy(
        update={
            "facts": {**found, **dict.fromkeys(unusable)},
            "open_questions": (*kept, *asked, *_engine_question(facts)),
        }
    )


def _engine_rules(facts: RepoFacts) -> list[EngineRule]:
    families = (family for family in load_families() if family.name == facts.family)
    entry = facts.engine.value.entry if facts.engine else None
    return [rule for family in families for rule in family.engines if rule.entry == entry]


def _given_by_template(facts: RepoFacts, rules: list[EngineRule]) -> dict[str, Fact[Any]]:
    """Return what the engine's template decides, apart from a person's answers."""
    return {
        name: Fact(value=value, evidence=f"the engine that Lucid writes for {rule.entry}")
        for rule in rules
        for name, value in rule.gives.items()
        if (known := facts.facts.get(name)) is None or known.evidence != YOUR_ANSWER
    }


def _engine_question(facts: RepoFacts) -> tuple[OpenQuestion, ...]:
    """Ask how to call the engine, if Lucid has no template that calls it."""
    ids = {asked.id for asked in facts.open_questions}
    if engine_template(facts) != UNWRITTEN or ids & {"engine", "engine_calls"}:
        return ()
    engine = f"{facts.engine.value.entry} " if facts.engine else ""
    return (
        OpenQuestion(
            id="engine_calls",
            question=f"How is the engine {engine}loaded, stepped with an action, and reset?",
            why="Lucid knows the model's inputs and outputs, but has no template that calls it",
        ),
    )


def _is_side(value: Any) -> bool:
    return _is_count(value) and value % 2 == 0 and 16 <= value <= 8192


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 1_000_000


def _is_fps(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 < value <= 240


_SIDE = (_is_side, "an even number of pixels from 16 to 8192")
USABLE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "width": _SIDE,
    "height": _SIDE,
    "fps": (_is_fps, "a number above 0 and up to 240"),
    "frames_per_step": (_is_count, "a whole number of frames"),
    "context_steps": (_is_count, "a whole number of steps"),
    "layout": (lambda value: value in get_args(Layout), " or ".join(get_args(Layout))),
    "pixel_range": (lambda value: value in get_args(PixelRange), " or ".join(get_args(PixelRange))),
}
"""A test for the values that a port can use, and a description of them, by the fact's name."""
