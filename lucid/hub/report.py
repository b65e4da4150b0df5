"""Say in a few lines what a repo is, whether it runs here, and what to do next."""

import shlex
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.text import Text

from lucid._text import counted, plain
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
_MOST_LINES = 11
"""Maximum number of lines of all rows together, below the name and the summary."""
_SHORTENED = ("You can", "Licence", "Fits here")
"""The rows that become one line if there are too many lines, in this order."""

_Row = tuple[str, list[str]]
"""A label and the lines beside it."""


def render_report(
    facts: RepoFacts, families: Sequence[Family], fit: Fit | None, width: int = 80
) -> Text:
    """Return at most 14 lines of ``width`` columns; ``fit`` is for this machine.

    A row that does not fit ends in an ellipsis. ``render_evidence`` shows the whole text.
    """
    family = next(family for family in families if family.name == facts.family)
    commit = NOT_PINNED if facts.commit == NOT_PINNED else f"commit {(facts.commit or '')[:8]}"
    revision = f"{facts.revision}, {commit}" if facts.commit else "a local folder"
    report = Text.assemble((plain(facts.repo), "bold"), f"  {plain(revision)}", no_wrap=True)
    for line in _lines(what_it_is(facts, family), width, 2):
        report.append(f"\n{line}")
    for label, (first, *others) in _fitted(list(_rows(facts, fit, width - _LABEL_WIDTH))):
        report.append(f"\n{label:<{_LABEL_WIDTH}}", "bold").append(first)
        for line in others:
            indent = _LABEL_WIDTH if len(line) <= width - _LABEL_WIDTH else 2
            report.append(f"\n{'':<{indent}}{line}")
    return report


def _fitted(rows: list[_Row]) -> list[_Row]:
    """Shorten rows until all of them fit into the report."""
    for label in _SHORTENED:
        if sum(len(lines) for _, lines in rows) <= _MOST_LINES:
            break
        rows = [
            (name, [f"{lines[0].removesuffix(' …')} …"] if name == label and lines[1:] else lines)
            for name, lines in rows
        ]
    return rows


def what_it_is(facts: RepoFacts, family: Family) -> str:
    """Return one or two sentences: the family and its summary, or why it is not a world model."""
    if facts.refusal is not None:
        return plain(f"No world model to play. This is {facts.refusal.value}.")
    made = describe(facts.derived.value) if facts.derived else ""
    made = f"{made[:1].upper()}{made[1:]}. " if made else ""
    rest = _likely_families(facts) or (
        "" if made else family.summary
    )  # two lines have no room for both
    return plain(f"{made}{family.title}. {rest}".strip())


def _likely_families(facts: RepoFacts) -> str:
    """Return which families an unknown repo may belong to."""
    inside = [hint for hint in facts.suggestions if hint.folder]
    if inside:
        folders = ", ".join(f"{hint.folder}/ ({hint.family})" for hint in inside)
        return f"Models are in its folders: {folders}. Download one, and inspect it alone."
    names = ", ".join(hint.family for hint in facts.suggestions)
    model = facts.suggestions[0].model if facts.suggestions else None
    if model is not None:
        return f"It may be {model} ({BY_NAME}), of the family {facts.suggestions[0].family}."
    return f"It may be one of: {names} (--family)." if names else ""


def next_step(facts: RepoFacts) -> str:
    """Return the command that writes a port of the repo."""
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
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def _rows(facts: RepoFacts, fit: Fit | None, width: int) -> Iterator[_Row]:
    """Yield each label with its lines, of at most ``width`` columns unless one word is longer."""
    if facts.inputs and facts.refusal is None:
        gestures = dict.fromkeys(GESTURES[one.kind] for one in facts.inputs)
        yield "You can", _lines(", ".join(gestures), width, 2)
    if plays := _plays(facts):
        yield "Plays", _lines(plays, width, 1)
    if facts.variants and facts.refusal is None:
        names = [variant.name for variant in facts.variants]
        yield "Models", [_list(names, "(--variant)", width)]
    if fit is not None:
        yield "Fits here", _lines(f"{_ANSWERS[fit.verdict]}: {'; '.join(fit.reasons)}", width, 2)
        if fit.verdict != "yes" and (gpu := _gpu(fit)):
            yield "GPU", _lines(gpu, width, 2)
    if facts.licence is not None:
        limits = facts.licence_limits
        known = limits.value if limits else "Lucid does not know its limits: read it"
        yield "Licence", _lines(f"{facts.licence.value}: {known}", width, 2)
    if facts.gated is not None and facts.gated.value:
        yield "Gated", _in_two("accept the terms at", str(facts.accept_url), width)
    if facts.refusal is None and facts.open_questions:
        asked = [question.id for question in facts.open_questions]
        yield "Open", [_list(asked, "(--evidence explains)", width)]
    for label, command in _commands(facts):
        name, mark, options = command.partition(" --from-hf")
        lines = _in_two(name, f"{mark}{options}".strip(), width)
        yield label, lines if not lines[1:] else [f"{name} \\", *lines[1:]]


def _gpu(fit: Fit) -> str:
    """Return a GPU with enough memory, and a smaller GPU with the settings that it needs."""
    smaller = f"{fit.smaller_gpu}: {as_options(fit.settings)}" if fit.smaller_gpu else ""
    if fit.gpu is None or not smaller:
        return smaller or (f"{fit.gpu} or larger has enough memory" if fit.gpu else "")
    return f"{fit.gpu}; {smaller}"


def _commands(facts: RepoFacts) -> Iterator[tuple[str, str]]:
    if facts.instead is not None:
        yield "Instead", f"lucid inspect {shlex.quote(plain(facts.instead))}"
    inside = [hint.folder for hint in facts.suggestions if hint.folder]
    if inside:
        repo, pattern = shlex.quote(plain(facts.repo)), shlex.quote(plain(f"{inside[0]}/*"))
        yield "Next", f"hf download {repo} --include {pattern} --local-dir NAME"
        yield "Then", f"lucid inspect {shlex.quote(plain(f'NAME/{inside[0]}'))}"
    elif facts.refusal is None:
        yield "Next", next_step(facts)
    else:
        yield "Why", f"lucid inspect {shlex.quote(plain(facts.repo))} --evidence"


def _in_two(first: str, second: str, width: int) -> list[str]:
    """Return a text in one line if it fits, otherwise in two lines. Neither is cut."""
    line = f"{first} {second}".strip()
    return [line] if len(line) <= width or not second else [first, second]


def _list(names: Sequence[str], end: str, width: int) -> str:
    """Return as many names as fit into one line before ``end``."""
    text = ", ".join(names)
    if len(f"{text} {end}") <= width:
        return plain(f"{text} {end}")
    (cut,) = _lines(text, width - len(f" {end}"), 1)
    return f"{cut} {end}"


def _plays(facts: RepoFacts) -> str:
    """Return the picture's size, its rate and the frames of a step, as far as they are known."""
    known = {name: fact.value for name, fact in facts.facts.items() if fact is not None}
    parts = []
    if "width" in known and "height" in known:
        parts.append(f"{known['width']}x{known['height']}")
    if "fps" in known:
        parts.append(f"{known['fps']:g} fps")
    if "frames_per_step" in known:
        parts.append(f"{counted(known['frames_per_step'], 'frame')} per step")
    if facts.realtime is not None and not facts.realtime.value:
        parts.append("not in real time")
    return ", ".join(parts)


def _lines(text: str, width: int, most: int) -> list[str]:
    """Return a text in at most ``most`` lines; a word, such as an address, is never cut."""
    return wrap(
        " ".join(plain(text).split()),
        width,
        max_lines=most,
        placeholder=" …",
        break_long_words=False,
        break_on_hyphens=False,
    )
