"""Plan a port's files and their content, without writing anything."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lucid._data import data_dir
from lucid._port_files import LOCK_PATH, digest_files
from lucid.hub.facts import NOT_PINNED, RepoFacts
from lucid.hub.families import STANDARD
from lucid.hub.memory_settings import SETTINGS
from lucid.lock import (
    LOCK_VERSION,
    Choices,
    Lock,
    LockedFile,
    Needed,
    Remote,
    Source,
    Upstream,
    lucid_version,
)
from lucid.scaffold.escape import identifier
from lucid.scaffold.names import check_hides_nothing, check_name, class_name
from lucid.scaffold.render import (
    GENERIC,
    NO_GOLDEN,
    UNWRITTEN,
    RenderedFile,
    engine_template,
    golden_template,
    render,
    sha256_of,
    templates_of,
)

BLANK = "blank"
"""The templates of a port without a repo."""

REMOTE = "remote"
"""The templates of a port of a world that another engine serves."""

_COMMON = "base"
"""The templates that every port has, unless its family replaces them."""

_PINNED = re.compile(r"git\+(.+)@([0-9a-f]{40})")
_GIT = re.compile(r"git\+(\S+)@([^@\s:/]+)$")
_NO_CHOICES = Choices()


def plan(
    name: str,
    facts: RepoFacts | None,
    choices: Choices = _NO_CHOICES,
    upstream: Upstream | None = None,
    remote: Remote | None = None,
) -> list[RenderedFile]:
    """Return the files of a port called ``name``, sorted by path.

    ``prepare`` returns the facts, and the choices that led to them. Without facts, this is a port
    of the world that ``remote`` serves or, without ``remote``, a blank port. ``upstream`` is the
    upstream code if the templates name none.

    Raises:
        ScaffoldError: A port cannot have this name, or the name would hide a module that it needs.
    """
    check_name(name)
    family = facts.family if facts else REMOTE if remote else BLANK
    files = render(_folders(family), name, port_values(name, facts, remote))
    check_hides_nothing(name, files)
    lock = Lock(
        lock_version=LOCK_VERSION,
        lucid_version=lucid_version(),
        name=name,
        family=family,
        templates_sha256=templates_digest(family),
        source=None if facts is None else _source(facts),
        needed=() if facts is None else tuple(_needed(facts)),
        upstream=(facts and upstream_of(facts)) or upstream,
        remote=remote,
        choices=choices,
        answers={} if facts is None else _answers(facts),
        rendered={file.path: sha256_of(file.text) for file in files},
    )
    files.append(RenderedFile(LOCK_PATH, lock.as_text()))
    return sorted(files, key=lambda file: file.path)


@cache
def templates_digest(family: str) -> str:
    """Return the SHA-256 of the templates and rules from which a family's ports are rendered."""
    folders = _folders(family)
    templates = [path for folder in folders for path in sorted(folder.rglob("*.jinja"))]
    root = data_dir("templates")
    return digest_files(root, [*templates, root / family / "template.toml"])


def _folders(family: str) -> list[Path]:
    """Return the folders with a family's templates. A template in an earlier folder wins."""
    layers = dict.fromkeys((templates_of(family), BLANK if family == BLANK else GENERIC, _COMMON))
    return [data_dir("templates") / layer for layer in layers]


def _source(facts: RepoFacts) -> Source:
    return Source(
        repo=facts.repo,
        revision=facts.revision,
        commit=facts.commit,
        files=tuple(LockedFile(**file.model_dump()) for file in facts.files),
    )


def upstream_of(facts: RepoFacts) -> Upstream | None:
    """Return the engine's code if it is pinned and not an installable package."""
    engine = facts.engine.value if facts.engine else None
    pinned = _PINNED.fullmatch(engine.source or "") if engine else None
    if pinned is None or (engine and engine.requirement):
        return None
    try:
        return Upstream(url=pinned[1], commit=pinned[2])
    except ValidationError:
        return None


def _needed(facts: RepoFacts) -> Iterator[Needed]:
    for need in facts.needed_repos:
        if need.is_downloaded:
            yield Needed(repo=need.repo, commit=need.commit, size_bytes=need.size_bytes)


def engine_place(facts: RepoFacts) -> tuple[str, str] | None:
    """Return the git URL and the commit or tag of the engine's code, if both are known."""
    engine = facts.engine.value if facts.engine else None
    place = (engine.requirement or engine.source or "") if engine else ""
    pinned = _GIT.search(place)
    return (pinned[1], pinned[2]) if pinned else None


def _answers(facts: RepoFacts) -> dict[str, Any]:
    values = {name: fact and fact.value for name, fact in facts.facts.items()}
    return {**values, "inputs": [given.kind for given in facts.inputs]}


_FIRST_PROMPT = "A quiet place to explore"
"""The prompt until the player sends one, if the family has no default."""


def port_values(
    name: str, facts: RepoFacts | None, remote: Remote | None = None
) -> dict[str, object]:
    """Return the variables of every template. Only identifiers may be written without a filter.

    ``known`` has the value of each fact or None. ``inputs`` has the details of each input by kind.
    ``variant`` is the chosen variant or None. ``bases`` are the other repos that the engine
    downloads. ``facts`` is None for a blank port, and for that of a ``remote`` world.
    """
    found = {} if facts is None else facts.facts
    known = {name: fact and fact.value for name, fact in found.items()}
    questions = () if facts is None else facts.open_questions
    inputs: dict[str, dict[str, Any]] = {
        **{given.kind: given.details for given in (facts.inputs if facts else ())},
        **{kind: {} for kind in (remote.inputs if remote else ())},
    }
    prompt = inputs.get("prompt", {}).get("default")
    return {
        "name": identifier(name),
        "prefix": identifier(class_name(name)),
        "lucid_version": lucid_version(),
        "facts": facts,
        "remote": remote,
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
