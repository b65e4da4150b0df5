"""The variables that templates are rendered with."""

from lucid.hub.facts import NOT_PINNED, RepoFacts
from lucid.hub.families import STANDARD
from lucid.hub.memory_settings import SETTINGS
from lucid.lock import lucid_version
from lucid.scaffold.escape import identifier
from lucid.scaffold.names import class_name
from lucid.scaffold.templates import NO_GOLDEN, UNWRITTEN, engine_template, golden_template

_FIRST_PROMPT = "A quiet place to explore"
"""The prompt until the player sends one, if the family has no default."""


def port_values(name: str, facts: RepoFacts | None) -> dict[str, object]:
    """Return the variables of every template; only identifiers may be written without a filter.

    ``known`` has the value of each fact or None, ``inputs`` the details of each input by kind, and
    ``variant`` is the chosen variant or None, ``bases`` are the other
    repos that the engine downloads. ``facts`` is None for a blank port.
    """
    found = {} if facts is None else facts.facts
    known = {name: fact and fact.value for name, fact in found.items()}
    questions = () if facts is None else facts.open_questions
    inputs = {} if facts is None else {given.kind: given.details for given in facts.inputs}
    prompt = inputs.get("prompt", {}).get("default")
    return {
        "name": identifier(name),
        "prefix": identifier(class_name(name)),
        "lucid_version": lucid_version(),
        "facts": facts,
        "not_pinned": NOT_PINNED,
        "known": {**dict.fromkeys((*STANDARD, *SETTINGS)), **known},
        "inputs": inputs,
        "bases": [] if facts is None else [n for n in facts.needed_repos if n.is_downloaded],
        "first_prompt": prompt if isinstance(prompt, str) else _FIRST_PROMPT,
        "engine_template": UNWRITTEN if facts is None else engine_template(facts),
        "golden_template": NO_GOLDEN if facts is None else golden_template(facts),
        "variant": facts.variants[0] if facts and len(facts.variants) == 1 else None,
        "questions": questions,
        "open_questions": [asked.id for asked in questions],
    }
