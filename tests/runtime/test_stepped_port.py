"""A port that makes a step when it is asked to, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid import InputError, LucidModel, SessionError, TargetError
from lucid._target import PortLocation
from lucid.errors import ModelLoadError, ModelProcessError, SessionFailedError
from lucid.runtime.input_files import input_file
from lucid.runtime.stepped_port import SteppedPort
from tests import ports

ROOT = Path(__file__).resolve().parent.parent.parent
OF_OUTPUTS = {"main_video": (48, 64, 3), "depth": (32, 32, 3)}


def opened(model_cls: type[LucidModel[Any]], **options: Any) -> SteppedPort:
    return SteppedPort(PortLocation(ROOT, model_cls.__module__, model_cls.__name__), **options)


def red(frames: dict[str, list[np.ndarray]]) -> int:
    return int(frames["main_video"][-1][0, 0, 0])


def told(model: dict[str, Any]) -> list[Any]:
    return [tuple(part) for part in model["told"]["told"]]


def test_each_call_makes_one_step_with_the_inputs_it_brings() -> None:
    with opened(ports.TellingModel) as port:
        session = port.session()
        picture = np.full((10, 10, 3), 9, np.uint8)
        spec = next(s for s in port.manifest.inputs if s.name == "set_seed_frame")
        seed = ("set_seed_frame", {"image": input_file(spec, "image", picture)})
        first = session.begin(
            [("forward", {"pressed": True}), ("set_prompt", {"prompt": "x"}), seed]
        )
        assert red(first.frames) == 255
        assert [len(some) for some in first.frames.values()] == [1]
        assert red(session.step().frames) == 255
        released = session.step([("forward", {"pressed": False}), ("look", {"dx": 2.0, "dy": 0.0})])
        assert red(released.frames) == 0
        assert told(session.step().values)[:3] == [
            ("forward", True),
            ("prompt", "x"),
            ("seed", [10, 10, 3]),
        ]
        again = session.begin()
        assert red(again.frames) == 0
        assert told(session.step().values)[-1] == ("close",)


def test_every_output_of_a_step_is_there_in_the_shape_of_a_picture() -> None:
    with opened(ports.AllOutputsModel) as port:
        session = port.session()
        session.begin()
        stepped = session.step()
        shapes = {name: some[-1].shape for name, some in stepped.frames.items()}
        assert shapes == OF_OUTPUTS
        assert stepped.frames["depth"][-1].mean() == 64
        assert stepped.values["map"] == bytes([2, 1, 2])
        assert stepped.values["score"] == {"step": 2}


def test_a_chunk_arrives_whole_even_if_it_does_not_fit_the_shared_memory() -> None:
    with opened(ports.ChunkModel) as port:
        session = port.session()
        session.begin()
        greys = [int(frame[0, 0, 0]) for frame in session.step().frames["main_video"]]
        assert greys == [n % 50 * 5 for n in range(ports.CHUNK, 2 * ports.CHUNK)]


def test_a_refused_input_leaves_the_session_as_it_was() -> None:
    with opened(ports.EverythingModel) as port:
        session = port.session()
        session.begin()
        for name, args, words in (
            ("walk", {}, "no input is named 'walk'"),
            ("tune", {"strength": 2.0}, "strength"),
            ("break_down", {}, "the handler broke"),
        ):
            with pytest.raises(InputError, match=words) as refused:
                session.step([(name, args)])
        assert "RuntimeError: the handler broke" in refused.value.__notes__[0]
        assert red(session.step([("forward", {"pressed": True})]).frames) == 255


def test_sessions_share_a_model_and_answer_in_any_order() -> None:
    with opened(ports.TellingModel) as port:
        one, other = port.session(0), port.session(1)
        one.send_begin([("forward", {"pressed": True})])
        other.send_begin()
        assert red(other.receive().frames) == 0
        assert red(one.receive().frames) == 255


def test_a_port_that_raises_says_where_and_plays_again() -> None:
    with opened(ports.BrokenModel) as port:
        session = port.session()
        session.begin()
        session.step()
        session.step()
        with pytest.raises(SessionFailedError, match="ValueError: a step broke") as failed:
            session.step()
        assert "ports.py" in failed.value.__notes__[0]
        assert session.begin().frames


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda: opened(ports.UnloadableModel), "weights.safetensors"),
        (lambda: opened(ports.EverythingModel, stub=True), "no stub engine"),
        (lambda: SteppedPort(PortLocation(ROOT, "tests.nowhere", "Model")), "no module"),
    ],
)
def test_a_port_that_does_not_load_says_why(
    break_it: Callable[[], SteppedPort], words: str
) -> None:
    with pytest.raises((ModelLoadError, TargetError), match=words):
        break_it()


@pytest.mark.parametrize(
    ("how", "words"),
    [("exit", "exited with code 7"), ("spin", "a step of the port took more than")],
)
def test_a_process_that_dies_or_hangs_is_named(how: str, words: str) -> None:
    with opened(ports.DoomModel, step_limit_s=1.0) as port:
        session = port.session()
        session.begin()
        with pytest.raises(ModelProcessError, match=words):
            session.step([("doom", {"how": how})])
        with pytest.raises(ModelProcessError, match=words):
            session.step()


def test_a_closed_port_says_so() -> None:
    with opened(ports.EverythingModel) as port:
        session = port.session()
    with pytest.raises(SessionError, match="the port is closed"):
        session.begin()
