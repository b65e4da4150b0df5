from __future__ import annotations

import pytest

from lucid.errors import ScaffoldError
from lucid.scaffold.names import check_name, class_name, suggest_name


@pytest.mark.parametrize("name", ["waypoint", "my_world", "Oasis2", "w"])
def test_an_ordinary_identifier_is_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "reason", "suggested"),
    [
        ("my-world", "letters, digits and _", "my_world"),
        ("9lives", "letters, digits and _", "world_9lives"),
        ("_hidden", "letters, digits and _", "hidden"),
        ("trailing_", "letters, digits and _", "trailing"),
        ("wörld", "letters, digits and _", "w_rld"),
        ("", "letters, digits and _", "my_world"),
        ("two words", "letters, digits and _", "two_words"),
        ("newline\n", "letters, digits and _", "newline"),
        ("../escape", "it is a path", "escape"),
        ("a/b", "it is a path", "b"),
        ("a\\b", "it is a path", "b"),
        ("..", "it is a path", "my_world"),
        ("/etc", "it is a path", "etc"),
        ("class", "Python keyword", "class_world"),
        ("match", "Python keyword", "match_world"),
        ("json", "another module", "json_world"),
        ("Lucid", "another module", "lucid_world"),
        ("torch", "another module", "torch_world"),
        ("tests", "another module", "tests_world"),
        ("x" * 31, "longer than 30", "x" * 22),
    ],
)
def test_any_other_name_is_refused_with_one_that_works(
    name: str, reason: str, suggested: str
) -> None:
    with pytest.raises(ScaffoldError, match=reason) as caught:
        check_name(name)
    assert caught.value.hint == f"try {suggested}"
    check_name(suggested)


def test_a_suggestion_can_always_be_used() -> None:
    for text in ["print", "None", "import", "  ", "://", "数", "a" * 500, "__init__", "lucid_"]:
        check_name(suggest_name(text))


def test_classes_are_named_after_the_port() -> None:
    assert class_name("my_world") == "MyWorld"
    assert class_name("waypointHD") == "WaypointHD"
