from __future__ import annotations

from pathlib import Path

import pytest

from lucid.errors import LucidError
from lucid.hub.families import FALLBACK, Family, load_families, read_family

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
def test_an_engine_is_pinned_to_a_commit(family: Family) -> None:
    if family.engine is not None:
        commit = family.engine.requirement.rpartition("@")[2]
        assert len(commit) == 40
        assert int(commit, 16)


def test_a_family_is_read(tmp_path: Path) -> None:
    family = read_family(write_family(tmp_path, HEAD))
    assert (family.name, family.priority, family.engine) == ("some", 5, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "Invalid value"),
        (HEAD + "colour = 1\n", "colour"),
        (HEAD + '[[rules]]\nkeys = { fps = "fps" }\n', "not declared in [facts]: fps"),
        (
            HEAD + '[[inputs]]\nkind = "image"\nwhy = ""\ndetails = { shape = ["$h"] }\n',
            "facts]: h",
        ),
        (HEAD + '[[evidence]]\nstrength = "huge"\nwhy = ""\nkey = "a"\n', "strength"),
        (HEAD.replace('"some"', '"other"'), "is not its folder's"),
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
