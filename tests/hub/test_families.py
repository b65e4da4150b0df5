from __future__ import annotations

import re
from pathlib import Path

import pytest

from lucid.errors import LucidError
from lucid.hub.families import FALLBACK, Family, load_families, read_family
from tests.hub.repos import RECORDED

HEAD = 'name = "some"\ntitle = "Some"\nsummary = "One."\npriority = 5\n'


def write_family(folder: Path, text: str) -> Path:
    path = folder / "some" / "template.toml"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_families_are_tried_by_priority_and_the_fallback_last() -> None:
    families = load_families()
    priorities = [family.priority for family in families]
    assert priorities == sorted(set(priorities))
    assert families[-1].name == FALLBACK


@pytest.mark.parametrize("family", load_families(), ids=lambda family: family.name)
def test_ids_are_used_once(family: Family) -> None:
    for items in (family.questions, family.quirks):
        ids = [item.id for item in items]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("family", load_families(), ids=lambda family: family.name)
def test_a_quirk_has_a_wrong_and_a_right_way_of_one_line_each(family: Family) -> None:
    for quirk in family.quirks:
        assert quirk.wrong != quirk.right
        for way in (quirk.wrong, quirk.right):
            assert way == " ".join(way.split()) and "`" not in way and 0 < len(way) <= 160, quirk.id


def test_a_lineage_has_an_engine_of_lucid_and_a_recorded_repo_of_it() -> None:
    engines: dict[str, set[str]] = {}
    for family in load_families():
        known = {engine.name for engine in family.engines} | {
            engine.entry for engine in family.engines
        }
        for lineage in family.lineages:
            assert set(lineage.engines) <= known, lineage.name
            assert (RECORDED / lineage.repo.replace("/", "__")).is_dir(), lineage.repo
            engines.setdefault(lineage.name, set()).update(lineage.engines)
    assert all(engines.values())
    for family in load_families():
        for quirk in family.quirks:
            assert quirk.lineages and set(quirk.lineages) <= engines.keys(), quirk.id


@pytest.mark.parametrize("family", load_families(), ids=lambda family: family.name)
def test_an_engine_is_pinned_or_says_that_no_pin_is_known(family: Family) -> None:
    for engine in family.engines:
        assert engine.requirement or engine.source
        if engine.requirement and " @ " in engine.requirement:
            assert re.fullmatch(r"[0-9a-f]{40}|v?\d[\w.]*", engine.requirement.rpartition("@")[2])
        elif engine.requirement:
            assert re.fullmatch(r"[\w.-]+==[\d.]+", engine.requirement)
        if engine.source and "@" in engine.source:
            assert re.fullmatch(r"[0-9a-f]{40}", engine.source.rpartition("@")[2])
        elif engine.source:
            assert "engine_commit" in [question.id for question in family.questions]


def test_a_family_is_read(tmp_path: Path) -> None:
    family = read_family(write_family(tmp_path, HEAD))
    assert (family.name, family.priority, family.engines) == ("some", 5, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "Invalid value"),
        (HEAD + "colour = 1\n", "colour"),
        (HEAD + '[[rules]]\nkeys = { mass = "m" }\n', "not declared in [facts]: mass"),
        (
            HEAD + '[[inputs]]\nkind = "image"\nwhy = ""\ndetails = { shape = ["$h"] }\n',
            "facts]: h",
        ),
        (HEAD + '[[evidence]]\nstrength = "huge"\nwhy = ""\nkey = "a"\n', "strength"),
        (HEAD.replace('"some"', '"other"'), "differs from its folder's name"),
    ],
)
def test_a_broken_family_names_its_file_and_the_mistake(
    tmp_path: Path, text: str, said: str
) -> None:
    path = write_family(tmp_path, text)
    with pytest.raises(LucidError) as caught:
        read_family(path)
    assert str(path) in caught.value.message
    assert said in caught.value.message
