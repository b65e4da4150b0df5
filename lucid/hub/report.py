"""Say in a few lines what a repo is, whether it runs here, and what to do next."""

import shlex
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.text import Text

from lucid._text import plain
from lucid.hub.derived import describe
from lucid.hub.facts import NOT_PINNED, RepoFacts
from lucid.hub.families import Family
from lucid.hub.known_models import BY_NAME
from lucid.hub.machine_fit import Fit
from lucid.hub.memory_settings import as_options

GESTURES = {
    "keyboard": "hold keys and buttons",
    "mouse": "turn the view",
    "scroll": "scroll",
    "prompt": "describe the world in words",
    "image": "start from a picture",
    "gamepad": "steer with a gamepad",
    "video": "continue a video, or restyle it",
    "camera_pose": "steer the camera along a path",
    "action_vector": "send a vector of numbers",
}
_ANSWERS = {"yes": "Yes", "tight": "Just", "no": "No", "unknown": "Unknown"}
_LABEL_WIDTH = 11


def render_report(
    facts: RepoFacts, families: Sequence[Family], fit: Fit | None, width: int = 80
) -> Text:
    """Return at most 14 lines of ``width`` columns; ``fit`` is for this machine.

    A row that does not fit into its lines ends in an ellipsis. ``render_evidence`` has all of it.
    """
    family = next(family for family in families if family.name == facts.family)
    commit = NOT_PINNED if facts.commit == NOT_PINNED else f"commit {(facts.commit or '')[:8]}"
    revision = f"{facts.revision}, {commit}" if facts.commit else "a local folder"
    report = Text.assemble((plain(facts.repo), "bold"), f"  {plain(revision)}", no_wrap=True)
    for line in _lines(what_it_is(facts, family), width, 2):
        report.append(f"\n{line}")
    for label, text, most in _rows(facts, fit):
        first, *others = _lines(plain(text), width - _LABEL_WIDTH, most) if most else [plain(text)]
        report.append(f"\n{label:<{_LABEL_WIDTH}}", "bold").append(first)
        for line in others:
            report.append(f"\n{'':<{_LABEL_WIDTH}}{line}")
    return report


def what_it_is(facts: RepoFacts, family: Family) -> str:
    """Return one or two sentences: the family and its summary, or why it is no world model."""
    if facts.refusal is not None:
        return plain(f"No world model to play. This is {facts.refusal.value}.")
    made = f"{_sentence(describe(facts.derived.value))} " if facts.derived else ""
    return plain(f"{made}{family.title}. {_maybe(facts) or family.summary}")


def _maybe(facts: RepoFacts) -> str:
    """Return which families an unknown repo may belong to."""
    names = ", ".join(hint.family for hint in facts.suggestions)
    model = facts.suggestions[0].model if facts.suggestions else None
    if model is not None:
        return f"It may be {model} ({BY_NAME}), of the family {facts.suggestions[0].family}."
    return f"It may be one of: {names}." if names else ""


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def next_step(facts: RepoFacts) -> str:
    """Return the command that writes a port of what was inspected."""
    revision = facts.revision if facts.commit == NOT_PINNED else facts.commit
    pin = "" if facts.revision in (None, "main") else f" --revision {shlex.quote(revision or '')}"
    named = facts.suggestions and facts.suggestions[0].model
    family = f" --family {facts.suggestions[0].family}" if named else ""
    return f"lucid new NAME --from-hf {shlex.quote(plain(facts.repo))}{pin}{family}"


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


def _rows(facts: RepoFacts, fit: Fit | None) -> Iterator[tuple[str, str, int]]:
    """Yield a label, a text, and the most lines it may take: 0 for a command, in one long line."""
    gated = facts.gated is not None and facts.gated.value
    if facts.inputs and facts.refusal is None:
        gestures = dict.fromkeys(GESTURES[one.kind] for one in facts.inputs)
        yield "You can", ", ".join(gestures), 1 if gated or facts.instead else 2
    if plays := _plays(facts):
        yield "Plays", plays, 1
    if facts.variants and facts.refusal is None:
        names = ", ".join(variant.name for variant in facts.variants)
        yield "Models", f"{names} (--variant)", 1
    if fit is not None:
        yield "Fits here", f"{_ANSWERS[fit.verdict]}: {'; '.join(fit.reasons)}", 2
        if fit.verdict != "yes" and (gpu := _gpu(fit)):
            yield "GPU", gpu, 1
    if facts.licence is not None:
        limits = facts.licence_limits
        known = limits.value if limits else "Lucid does not know its limits: read it"
        yield "Licence", f"{facts.licence.value}: {known}", 1 if gated and facts.instead else 2
    if gated:
        yield "Gated", f"accept the terms at {facts.accept_url}", 1
    if facts.refusal is None and facts.open_questions:
        asked = ", ".join(question.id for question in facts.open_questions)
        yield "Open", f"{asked} (--evidence explains)", 1
    yield from _commands(facts)


def _gpu(fit: Fit) -> str:
    """Return which GPU has enough memory, and which smaller one with other settings."""
    smaller = f"{fit.smaller_gpu}: {as_options(fit.settings)}" if fit.smaller_gpu else ""
    if fit.gpu is None or not smaller:
        return smaller or (f"{fit.gpu} or larger has enough memory" if fit.gpu else "")
    return f"{fit.gpu}; {smaller}"


def _commands(facts: RepoFacts) -> Iterator[tuple[str, str, int]]:
    if facts.instead is not None:
        yield "Instead", f"lucid inspect {shlex.quote(plain(facts.instead))}", 0
    if facts.refusal is None:
        yield "Next", next_step(facts), 0
    else:
        yield "Why", f"lucid inspect {shlex.quote(plain(facts.repo))} --evidence", 0


def _plays(facts: RepoFacts) -> str:
    """Return the picture's size, its rate and the frames of a step, as far as they are known."""
    known = {name: fact.value for name, fact in facts.facts.items() if fact is not None}
    parts = []
    if "width" in known and "height" in known:
        parts.append(f"{known['width']}x{known['height']}")
    if "fps" in known:
        parts.append(f"{known['fps']:g} fps")
    if "frames_per_step" in known:
        parts.append(f"{known['frames_per_step']} frames per step")
    if facts.realtime is not None and not facts.realtime.value:
        parts.append("not in real time")
    return ", ".join(parts)


def _lines(text: str, width: int, most: int) -> list[str]:
    """Return a text in at most ``most`` lines; a word, such as an address, is never cut."""
    return wrap(
        " ".join(text.split()),
        width,
        max_lines=most,
        placeholder=" …",
        break_long_words=False,
        break_on_hyphens=False,
    )
