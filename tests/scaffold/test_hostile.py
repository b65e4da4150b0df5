"""No value that a repo can choose changes what a port's files are.

LUCID_TEST_LONG=1 tries 20,000 cases. Run it before a release.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lucid.hub.facts import Fact, OpenQuestion, RepoFacts
from lucid.lock import Choices
from lucid.scaffold.escape import literal
from lucid.scaffold.plan import plan
from lucid.scaffold.prepare import usable_facts
from lucid.scaffold.render import RenderedFile
from lucid.scaffold.write import write
from tests.hub.repos import RECORDED
from tests.scaffold.facts import recorded_facts
from tests.scaffold.hostile import HOSTILE, random_texts

CASES = 20_000 if "LUCID_TEST_LONG" in os.environ else 40
HARMLESS = ("harmless",)
NAMES = ("my_world", "waypoint_15")
REPOS = sorted(path.name.replace("__", "/", 1) for path in RECORDED.iterdir() if path.is_dir())

_PIECES = [*(text for text in HOSTILE if 0 < len(text) < 100), *"'\"\\\n\r{}%#[]()=:,.`<>|\t 0aN"]
hostile = (
    st.sampled_from(HOSTILE)
    | st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8).map("".join)
    | st.text(max_size=30)
)


@cache
def ports() -> tuple[tuple[str, str | None], ...]:
    """Every recorded repo that is a world model, with each of its variants."""
    found: list[tuple[str, str | None]] = []
    for repo in REPOS:
        facts = recorded_facts(repo)
        if facts.refusal is None:
            names: list[str | None] = [variant.name for variant in facts.variants]
            found += [(repo, name) for name in names or [None]]
    return tuple(found)


@cache
def real(repo: str, variant: str | None) -> RepoFacts:
    return recorded_facts(repo, Choices(variant=variant))


def told(facts: RepoFacts, texts: tuple[str, ...]) -> RepoFacts:
    """The facts with every string that a repo can choose replaced by one of ``texts``, in turn.

    What a family's template.toml says stays: names of facts and variants, ids, engines.
    """
    turns = cycle(texts)

    def say() -> str:
        return next(turns)

    return facts.model_copy(
        update={
            "repo": say(),
            "revision": facts.revision and say(),
            "commit": facts.commit and say(),
            "evidence": tuple(
                reason.model_copy(update={"source": say(), "why": say()})
                for reason in facts.evidence
            ),
            "inputs": tuple(given.model_copy(update={"evidence": say()}) for given in facts.inputs),
            "facts": {name: _told_fact(fact, say) for name, fact in facts.facts.items()},
            "engine": facts.engine and facts.engine.model_copy(update={"evidence": say()}),
            "needed_repos": tuple(
                needed.model_copy(update={"repo": say(), "evidence": say()})
                for needed in facts.needed_repos
            ),
            "licence": Fact(value=say(), evidence=say()),
            "licence_limits": Fact(value=say(), evidence=say()),
            "accept_url": say(),
            "scan": Fact(value=say(), evidence=say()),
            "gated": Fact(value=True, evidence=say()),
            "runs_code": (say(), say()),
            "files": tuple(
                file.model_copy(update={"path": say(), "sha256": say()}) for file in facts.files[:4]
            ),
            "open_questions": (
                *(
                    asked.model_copy(update={"question": say(), "why": say()})
                    for asked in facts.open_questions
                ),
                OpenQuestion(id=f"unreadable:{say()}", question=say(), why=say()),
            ),
            "variants": tuple(
                variant.model_copy(
                    update={"evidence": say(), "weights": tuple(say() for _ in variant.weights)}
                )
                for variant in facts.variants
            ),
        }
    )


def _told_fact(fact: Fact[Any] | None, say: Callable[[], str]) -> Fact[Any] | None:
    if fact is None:
        return None
    value = fact.value
    if isinstance(value, str) and value not in ("HWC", "CHW", "uint8", "[0,1]", "[-1,1]"):
        value = say() or HARMLESS[0]  # an empty value counts as unknown: other files are right then
    elif isinstance(value, list):
        value = [say() if isinstance(item, str) else item for item in value]
    return Fact(value=value, evidence=say())


def rendered(repo: str, variant: str | None, texts: tuple[str, ...]) -> dict[str, str]:
    facts = usable_facts(told(real(repo, variant), texts))
    return {file.path: file.text for file in plan(NAMES[0], facts, Choices(variant=variant))}


@cache
def harmless(repo: str, variant: str | None) -> dict[str, tuple[str, ast.Module | None]]:
    """By path the text and, of Python, the syntax tree, where nothing is hostile."""
    files = rendered(repo, variant, HARMLESS)
    return {
        path: (text, ast.parse(text) if path.endswith(".py") else None)
        for path, text in files.items()
    }


def alike(one: object, other: object) -> bool:
    """Whether two syntax trees differ in nothing but the values of constants."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.Constant):
        assert isinstance(other, ast.Constant)
        return type(one.value) is type(other.value)
    if isinstance(one, ast.AST):
        return all(alike(getattr(one, name), getattr(other, name)) for name in one._fields)
    if isinstance(one, list):
        assert isinstance(other, list)
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


@settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.data())
def test_no_value_of_a_repo_changes_what_the_files_are(data: st.DataObject) -> None:
    repo, variant = data.draw(st.sampled_from(ports()))
    texts = tuple(data.draw(st.lists(hostile, min_size=1, max_size=6)))
    expected = harmless(repo, variant)
    files = rendered(repo, variant, texts)
    assert files.keys() == expected.keys()
    for path, text in files.items():
        was, tree = expected[path]
        if path.endswith(".py"):
            assert text.isascii()
            assert text == was or alike(ast.parse(text), tree), path
        elif path.endswith(".toml"):
            assert keys(tomllib.loads(text)) == keys(tomllib.loads(was))
        elif path.endswith(".md"):
            assert text.count("\n") == was.count("\n")
            assert "<" not in re.sub("`[^`\n]*`", "", text)
        elif path.endswith(".lock"):
            assert keys(json.loads(text)["source"]) == keys(json.loads(was)["source"])
        else:  # the container's files hold no text of the repo
            assert text == was, path


def keys(value: object) -> object:
    """A document without its texts."""
    if isinstance(value, dict):
        return {name: keys(item) for name, item in value.items()}
    if isinstance(value, list):
        return [keys(item) for item in value]
    return type(value)


def test_no_file_lands_outside_the_port(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    paths = ["/etc/evil", "../evil", "..\\\\evil", "C:\\\\evil", "~/evil", "port/../../evil"]
    for number, text in enumerate(paths):
        repo, variant = ports()[number % len(ports())]
        files = [RenderedFile(*file) for file in rendered(repo, variant, (text,)).items()]
        write(files, tmp_path / "here" / f"port_{number}")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert len(list((tmp_path / "here").iterdir())) == len(paths)


def test_what_is_rendered_is_formatted(tmp_path: Path) -> None:
    """By the port's own rules, whatever the repo says: `lucid new` needs no formatter."""
    for number, (repo, variant) in enumerate(ports()):
        name = NAMES[number % len(NAMES)]
        files = plan(name, real(repo, variant), Choices(variant=variant))
        write(files, tmp_path / f"{name}_{number}")
    for number, text in enumerate(text for text in HOSTILE if len(text) < 60):
        repo, variant = ports()[number % len(ports())]
        files = [RenderedFile(*file) for file in rendered(repo, variant, (text,)).items()]
        write(files, tmp_path / f"told_{number}")
    values = [
        *HOSTILE,
        *random_texts(500),
        ["a" * 20, "b" * 20, "c" * 20],
        [["a" * 50], ("b" * 50,)],
    ]
    lines = "".join(f"x = {literal(value)}\n" for value in values)
    (tmp_path / "literals.py").write_text(lines, "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "--diff", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[:4000] + run.stderr[-2000:]


@pytest.mark.parametrize(("repo", "variant"), ports())
def test_every_recorded_repo_has_its_port(repo: str, variant: str | None) -> None:
    """The cases above stand on these: their own files parse and differ by what they were told."""
    files = rendered(repo, variant, ("one",))
    other = rendered(repo, variant, ("two",))
    assert "one" in files[f"{NAMES[0]}/engine.py"] + files[f"{NAMES[0]}/port.py"]
    assert files["AGENTS.md"] != other["AGENTS.md"]
    assert files["lucid.lock"] != other["lucid.lock"]
