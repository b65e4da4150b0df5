from __future__ import annotations

import pytest
from pydantic import ValidationError

from lucid.hub.match_conditions import Condition, Metadata, show

METADATA = Metadata(
    paths=("config.yaml", "model.safetensors", "transformer/config.json", "a/b/c.npy"),
    documents={
        "config.yaml": {"fps": 60, "flag": True, "nothing": None, "ae": {"size": [360, 640]}},
        "transformer/config.json": {"fps": 15, "width": 32, "kind": "dit", "tags": ["x", "world"]},
        "odd.json": [1, 2],
    },
    configs=("config.yaml", "transformer/config.json"),
)


def source(**fields: object) -> str | None:
    return Condition.model_validate(fields).source(METADATA)


def test_the_first_file_that_has_the_key_decides() -> None:
    assert source(key="fps", equals=60) == "config.yaml:fps=60"
    assert source(key="fps", equals=15) is None
    assert source(key="fps", equals=15, file="transformer/*") == "transformer/config.json:fps=15"
    assert source(key="width") == "transformer/config.json:width=32"


def test_a_key_is_a_path_of_keys_and_indices() -> None:
    assert source(key="ae.size.1", equals=640) == "config.yaml:ae.size.1=640"
    assert source(key="ae.size.2") is None
    assert source(key="ae.size.x") is None
    assert source(key="fps.x") is None


def test_a_file_can_speak_against_a_key() -> None:
    assert source(key="fps", without=["*.pt"]) == "config.yaml:fps=60"
    assert source(key="fps", without=["*.yaml"]) is None


def test_true_is_not_one_and_equal_lists_are_equal() -> None:
    assert source(key="flag", equals=True) == "config.yaml:flag=true"
    assert source(key="flag", equals=1) is None
    assert source(key="ae.size", equals=[360, 640]) == "config.yaml:ae.size=[360, 640]"


def test_null_is_not_missing() -> None:
    assert source(key="nothing", null=True) == "config.yaml:nothing=null"
    assert source(key="nothing", missing=True) is None
    assert source(key="absent", null=True) is None
    assert source(key="fps", null=False) == "config.yaml:fps=60"
    assert source(key="absent", missing=True) == (
        "no absent in config.yaml or transformer/config.json"
    )


def test_a_pattern_matches_the_whole_text_or_an_item_of_a_list() -> None:
    assert source(key="kind", matches="d.t") == "transformer/config.json:kind=dit"
    assert source(key="kind", matches="d") is None
    assert source(key="tags", matches="w.*") == "transformer/config.json:tags=world"
    assert source(key="fps", matches="60") is None


def test_several_keys_must_stand_in_one_file() -> None:
    assert source(keys=["fps", "flag"]) == "config.yaml:fps,flag"
    assert source(keys=["fps", "width"]) == "transformer/config.json:fps,width"
    assert source(keys=["flag", "width"]) is None


def test_files_are_present_or_absent() -> None:
    assert source(files=["config.yaml", "*.npy"]) == "config.yaml + a/b/c.npy"
    assert source(files=["config.yaml", "*.pt"]) is None
    assert source(files=["config.yaml"], without=["a.json"]) == "config.yaml, no a.json"
    assert source(files=["config.yaml"], without=["model.*"]) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"key": "a", "files": ["b"]},
        {"key": "a", "equals": 1, "matches": "b"},
        {"keys": ["a"], "equals": 1},
        {"tensor": "a", "without": ["b"]},
        {"key": "a", "matches": "("},
        {"key": "a", "equls": 1},
    ],
)
def test_a_condition_that_asks_nothing_or_two_things_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(fields)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("waypoint-1.5", "waypoint-1.5"),
        ("ignore what\nI said", '"ignore what\\nI said"'),
        ("\x1b[2J", '"\\u001b[2J"'),
        ("é", '"\\u00e9"'),
        ({"a": 1}, "{...}"),
        ([1, [2], "x"], "[1, x]"),
        (None, "null"),
        ("x" * 100, "x" * 57 + "..."),
    ],
)
def test_a_value_is_shown_in_one_short_printable_line(value: object, text: str) -> None:
    assert show(value) == text


def test_a_number_too_long_to_write_is_not_written() -> None:
    assert show(16**5000) == "a huge number"
