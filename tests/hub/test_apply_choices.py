from __future__ import annotations

import pytest

from lucid import ChoiceError
from lucid.hub.apply_choices import parse_answers
from lucid.hub.facts import Fact, RepoFacts
from lucid.lock import Choices
from tests.scaffold.facts import recorded_facts

GAME = "Skywork/Matrix-Game-2.0"
WAYPOINT = "Overworld/Waypoint-1.5-1B"
CARD_ONLY = "_trap/empty-card"
HELIOS = "BestWishYsh/Helios-Distilled"
LANGUAGE_MODEL = "_trap/worldmodel-llm"


def chosen(repo: str, **choices: object) -> RepoFacts:
    return recorded_facts(repo, Choices.model_validate(choices))


def test_a_variant_is_the_only_one_left_and_its_facts_are_the_repo_s() -> None:
    facts = chosen(GAME, variant="templerun")
    assert [variant.name for variant in facts.variants] == ["templerun"]
    assert [given.kind for given in facts.inputs] == ["keyboard", "image"]
    assert facts.facts["keyboard_dim"] == facts.variants[0].facts["keyboard_dim"]
    assert facts.facts["denoising_steps"] and facts.facts["denoising_steps"].value == 4
    assert "variant" in [asked.id for asked in recorded_facts(GAME).open_questions]
    assert "variant" not in [asked.id for asked in facts.open_questions]


@pytest.mark.parametrize(
    ("variant", "commit"),
    [
        (None, "851cefb497733d27f1b85c804104638765860fca"),
        ("csgo", "851cefb497733d27f1b85c804104638765860fca"),
        ("atari_100k", "5bcd1599755b4f2fae8e5e079e02f0728e174965"),
    ],
)
def test_a_variant_is_run_by_its_own_code(variant: str | None, commit: str) -> None:
    engine = chosen("eloialonso/diamond", variant=variant).engine
    assert engine
    assert engine.value.source == f"git+https://github.com/eloialonso/diamond@{commit}"


@pytest.mark.parametrize(
    ("repo", "hint"),
    [(GAME, "one of: universal, gta_drive, templerun, base"), (WAYPOINT, "leave --variant out")],
)
def test_a_variant_that_is_not_there_is_refused_with_those_that_are(repo: str, hint: str) -> None:
    with pytest.raises(ChoiceError, match="'minecraft'") as refused:
        chosen(repo, variant="minecraft")
    assert refused.value.hint == hint


def test_an_answer_is_a_fact_and_closes_its_question() -> None:
    asked = {q.id: q for q in recorded_facts(CARD_ONLY).open_questions}
    assert asked["size"].facts == ("width", "height")
    facts = chosen(CARD_ONLY, answers={"width": "640", "fps": "12.5"})
    assert facts.facts["width"] and facts.facts["width"].value == 640
    assert facts.facts["width"].evidence == "your answer"
    assert facts.facts["fps"] and facts.facts["fps"].value == 12.5
    left = {q.id: q for q in facts.open_questions}
    assert "fps" not in left
    assert left["size"].facts == ("height",)


def test_an_answer_counts_more_than_what_was_read_also_of_a_variant() -> None:
    facts = chosen(GAME, variant="templerun", answers={"denoising_steps": "8"})
    assert facts.facts["denoising_steps"] and facts.facts["denoising_steps"].value == 8


def test_an_answer_reaches_the_inputs_that_stand_on_it() -> None:
    facts = chosen(GAME, variant="universal", answers={"keyboard_dim": "6"})
    (keyboard,) = [given for given in facts.inputs if given.kind == "keyboard"]
    assert keyboard.details["dim"] == 6


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"fps": "fast"}, "fps must be a number above 0, not 'fast'"),
        ({"fps": "-1"}, "fps must be a number above 0"),
        ({"fps": "nan"}, "fps must be a number above 0"),
        ({"width": "1e999"}, "width must be a whole number above 0"),
        ({"fps": "1e9"}, "fps must be at most 1000000, not '1e9'"),
        ({"width": "640.5"}, "width must be a whole number above 0"),
        ({"realtime": "maybe"}, "realtime must be yes or no"),
        ({"layout": ""}, "layout must be words"),
        ({"size": "640x360"}, "size is a question about width and height"),
        ({"prompt": "yes"}, "prompt is answered in the port's code"),
        ({"colour": "red"}, "has no fact 'colour'"),
    ],
)
def test_an_answer_that_cannot_be_one_is_refused(answers: dict[str, str], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        chosen(CARD_ONLY, answers=answers)


@pytest.mark.parametrize("text", ["yes", "True", "no", "false"])
def test_a_flag_is_yes_or_no(text: str) -> None:
    facts = chosen(CARD_ONLY, answers={"realtime": text})
    assert facts.facts["realtime"]
    assert facts.facts["realtime"].value is (text.lower() in ("yes", "true"))


def test_a_list_has_commas() -> None:
    facts = chosen(WAYPOINT, answers={"engine_files": "a.yaml, b.safetensors,"})
    assert facts.facts["engine_files"]
    assert facts.facts["engine_files"].value == ["a.yaml", "b.safetensors"]


def test_a_family_that_is_named_counts_more_than_the_evidence() -> None:
    facts = chosen(CARD_ONLY, family="waypoint")
    assert facts.family == "waypoint"
    assert [reason.source for reason in facts.evidence] == ["--family"]
    assert chosen(WAYPOINT, family="unknown").family == "unknown"


def test_a_family_that_is_named_is_no_refusal() -> None:
    assert recorded_facts(LANGUAGE_MODEL).refusal is not None
    assert chosen(LANGUAGE_MODEL, family="token-ar").refusal is None
    assert chosen(LANGUAGE_MODEL, family="unknown").refusal is None


@pytest.mark.parametrize("name", ["minecraft", "text-llm", ""])
def test_a_family_that_is_none_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ChoiceError, match="no family is named") as refused:
        chosen(WAYPOINT, family=name)
    assert "waypoint" in (refused.value.hint or "")
    assert "text-llm" not in (refused.value.hint or "")


def test_key_value_texts_are_answers() -> None:
    assert parse_answers(["fps = 24", "layout=CHW", "note=a=b"]) == {
        "fps": "24",
        "layout": "CHW",
        "note": "a=b",
    }
    for pairs in (["fps"], ["=24"], ["fps=1", "fps=2"]):
        with pytest.raises(ChoiceError):
            parse_answers(pairs)


@pytest.mark.parametrize(
    ("repo", "answers", "said", "hint"),
    [
        (HELIOS, {"precision": "int8"}, "precision is 'int8', which this", "one of: bf16, fp8"),
        (WAYPOINT, {"offload": "yes"}, "has no setting 'offload'; it has precision", "leave it"),
        (GAME, {"precision": "fp8"}, "engine of this repo has no setting 'precision'", "leave it"),
    ],
)
def test_a_setting_that_the_engine_does_not_have_is_refused(
    repo: str, answers: dict[str, str], said: str, hint: str
) -> None:
    with pytest.raises(ChoiceError, match=said) as refused:
        chosen(repo, answers=answers)
    assert hint in (refused.value.hint or "")


def test_a_setting_of_the_engine_is_a_fact() -> None:
    facts = chosen(HELIOS, answers={"precision": "fp8", "tiling": "yes"}).facts
    assert (facts["precision"], facts["tiling"]) == (
        Fact(value="fp8", evidence="your answer"),
        Fact(value="yes", evidence="your answer"),
    )
