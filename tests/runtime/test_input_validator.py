from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from lucid import (
    InputFile,
    LucidSession,
    build_model_definition,
    image_input,
    input,
    manifest,
)
from lucid.errors import InputError, InvalidInputError
from lucid.runtime.input_validator import MAX_DEPTH, InputValidator
from lucid.runtime.memory import playing
from lucid.runtime.messages import Input
from tests.authoring.test_manifest import model_of
from tests.ports import EverythingModel


class Colour(Enum):
    RED = "red"


@dataclass
class Place:
    x: float
    name: str = ""
    inner: Place | None = None


class Session(LucidSession["Any"]):
    @input()
    def take(
        self,
        number: Annotated[float, Field(gt=0, le=10)] = 1.0,
        count: Annotated[int, Field(ge=0, multiple_of=2)] = 0,
        text: Annotated[str, Field(min_length=1, max_length=3)] = "a",
        colour: Colour = Colour.RED,
        mode: Literal["day", 1, None] = "day",
        numbers: Annotated[list[float], Field(max_length=2)] = [],  # noqa: B006 - never changed
        pair: tuple[int, str] = (1, ""),
        table: dict[str, int] = {},  # noqa: B006 - never changed
        either: int | str | None = None,
        flag: bool | None = None,
        place: Place | None = None,
        image: InputFile = image_input(),
    ) -> None: ...


DEFINITION = build_model_definition(model_of(Session))
PNG = InputFile("id", "a.png", "image/png", 3, "0" * 64, b"abc")
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 3, -1, 0.5, 10, 10.5, 2.0, "", "a", "abcd", "red", "day", "blue",
    [], [1], [1, 2.5], [1, 2, 3], ["1"], [1, "a"], {}, {"a": 1}, {"a": "1"}, {"x": 1},
    {"x": 1, "name": "n", "inner": {"x": 2}}, {"x": 1, "inner": {"y": 2}}, {"x": "1"},
]  # fmt: skip


@pytest.mark.parametrize("parameter", [*DEFINITION.inputs["take"].spec.arguments["properties"]])
def test_the_validator_accepts_what_the_port_accepts(parameter: str) -> None:
    validator, port = InputValidator(DEFINITION.manifest), DEFINITION.inputs["take"]
    for value in [*VALUES, "id"]:
        args = {"image": "id", parameter: value}
        files = {"id": PNG}
        try:
            validated = validator.validate(Input(1, "take", args), files).args
        except InputError as refused:
            with pytest.raises(InputError) as also:
                port.validate({**args, "image": PNG if args["image"] == "id" else None})
            assert type(also.value) is type(refused), (parameter, value)
        else:
            port.validate(validated)
            assert validated["image"] is PNG


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("delta", [1e308, -1e7, 10**9])
def test_a_motion_beyond_all_screens_is_refused(delta: float) -> None:
    validator = InputValidator(manifest(EverythingModel))
    with pytest.raises(InvalidInputError, match="at most 1,000,000 in one input"):
        validator.validate(Input(1, "look", {"dx": delta, "dy": 0.0}), {})
    validator.validate(Input(1, "look", {"dx": 1e5, "dy": -3}), {})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (nested(MAX_DEPTH - 1), "nested deeper than 16 levels"),
        (nested(2_000), "nested deeper than 16 levels"),
        ([0] * 5_000, "more than 4,096 keys and values"),
        (10**400, "an integer has more than 64 bits"),
        (float("nan"), "nan is not a finite number"),
        (float("-inf"), "-inf is not a finite number"),
        ("\ud800", "half of a surrogate pair"),
        ({"\udc00": 1}, "half of a surrogate pair"),
        (object(), "object is not a JSON type"),
        ((1, 2), "tuple is not a JSON type"),
    ],
)
def test_arguments_that_no_later_stage_could_handle_are_refused(value: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        InputValidator(DEFINITION.manifest).validate(Input(1, "take", {"more": value}), {})


def test_a_refusal_is_short_whatever_was_sent() -> None:
    args = {f"{'x' * 10_000}{index}": 1 for index in range(1_000)}
    with pytest.raises(InvalidInputError) as refused:
        InputValidator(DEFINITION.manifest).validate(Input(1, "take", args), {})
    assert len(str(refused.value)) < 2_000


async def test_a_player_in_memory_is_refused_the_same_and_plays_on() -> None:
    async with playing(EverythingModel) as player:
        seq = player.send("zoom", delta=10**400)
        player.send("zoom", delta=1.5)
        assert [(one.seq, one.error.code) for one in player.errors] == [(seq, "input.invalid")]
        await player.frame_after(seq + 1)
        assert EverythingModel.last.told == [("zoom", 1.5)]
