"""What reaches the network: generated engines match their tables, and a wrong port does not."""
# ruff: noqa: F811 - the fixtures of other engine tests are arguments here

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from lucid import LucidModel
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.reaches import PATH, read_reaches
from lucid.conformance.run import run_checks
from lucid.conformance.target import Target
from lucid.errors import TargetError
from tests.engines.porting import Port, kept_port
from tests.engines.test_cosmos_action import cosmos  # noqa: F401 - a fixture
from tests.engines.test_diamond import diamond  # noqa: F401 - a fixture
from tests.engines.test_diamond_atari import atari  # noqa: F401 - a fixture
from tests.engines.test_golden import CHECKOUTS, CODE, skip_if_absent
from tests.engines.test_lingbot_world import fast  # noqa: F401 - a fixture
from tests.engines.test_matrix_game import matrix_game  # noqa: F401 - a fixture
from tests.engines.test_matrix_game_3 import game, variant  # noqa: F401 - fixtures
from tests.engines.test_mineworld import mineworld  # noqa: F401 - a fixture
from tests.engines.test_oasis import oasis  # noqa: F401 - a fixture
from tests.engines.test_waypoint import waypoint  # noqa: F401 - a fixture
from tests.engines.test_worldplay import worldplay  # noqa: F401 - a fixture

pytest.importorskip("torch")

LOOKS = {"look dx=20", "look dx=-20", "look dy=20", "look dy=-20"}
FAR = {"look dx=1000", "look dy=1000"}
broken = pytest.mark.parametrize("is_broken", [False, True], ids=["right", "broken"])


async def measured(port: Port, model_cls: type[LucidModel[Any]] | None = None) -> Result:
    """Return the result of N01."""
    model_cls = model_cls or port.model_cls
    (result,) = [r async for r in run_checks(model_cls, Target(port.folder), ids={"N01"})]
    assert isinstance(result, Result)
    return result


def replace(port: Port, *pairs: tuple[str, str]) -> None:
    """Replace text in ``port.py``; a pair that is listed both ways swaps the two."""
    path = port.folder / port.name / "port.py"
    text = path.read_text("utf-8")
    for number, (old, _) in enumerate(pairs):
        assert old in text
        text = text.replace(old, f"<{number}>")
    for number, (_, new) in enumerate(pairs):
        text = text.replace(f"<{number}>", new)
    path.write_text(text, "utf-8")


def swap(port: Port, one: str, other: str) -> None:
    one, other = f"hold(Key.{one},", f"hold(Key.{other},"
    replace(port, (one, other), (other, one))


def drop(port: Port, key: str) -> None:
    replace(port, (f"self.held.hold(Key.{key}, pressed)", "pass"))


def scale_mouse(port: Port, **changes: Any) -> None:
    port.set(MOUSE=dataclasses.replace(port.engine.MOUSE, **changes))


async def wrong_inputs(port: Port, model_cls: type[LucidModel[Any]] | None = None) -> set[str]:
    """Return the inputs that do not reach the network as the table says."""
    result = await measured(port, model_cls)
    assert result.outcome is (Outcome.FAILED if result.detail else Outcome.PASSED)
    assert "no table" not in result.measured and len(result.table) > 2
    return {line.partition(":")[0] for line in filter(None, result.detail.split("\n"))}


@broken
async def test_counter_strike_sends_places_and_bins(diamond: Any, is_broken: bool) -> None:
    if is_broken:
        swap(diamond.port, "LEFT", "RIGHT")
        drop(diamond.port, "JUMP")
        scale_mouse(diamond.port, per_pixel=5)
    wrong = {"left", "right", "jump", "look dx=20", "look dx=-20", "look dy=20", "look dy=-20"}
    assert await wrong_inputs(diamond.port) == (wrong if is_broken else set())


@broken
async def test_an_atari_game_has_numbers_of_its_own(atari: Any, is_broken: bool) -> None:
    if is_broken:
        swap(atari.port, "LEFT", "RIGHT")
    assert await wrong_inputs(atari.port) == ({"left", "right"} if is_broken else set())


@broken
async def test_oasis_sends_25_places_with_the_pitch_first(oasis: Any, is_broken: bool) -> None:
    if is_broken:
        swap(oasis.port, "ATTACK", "USE")
        scale_mouse(oasis.port, order="xy")
    wrong = {"attack", "use", *LOOKS, *FAR}
    assert await wrong_inputs(oasis.port) == (wrong if is_broken else set())


@broken
async def test_matrix_game_2_sends_up_as_positive(matrix_game: Any, is_broken: bool) -> None:
    port = matrix_game("universal").port
    if is_broken:
        swap(port, "FORWARD", "BACK")
        scale_mouse(port, up=-1)
    wrong = {"forward", "back", "look dy=20", "look dy=-20", "look dy=1000"}
    assert await wrong_inputs(port) == (wrong if is_broken else set())


@broken
async def test_mineworld_sends_tokens(mineworld: Any, is_broken: bool) -> None:
    if is_broken:
        swap(mineworld.port, "LEFT", "RIGHT")
        drop(mineworld.port, "HOTBAR_5")
        scale_mouse(mineworld.port, limit=100)
    wrong = {"left", "right", "hotbar_5", *FAR}
    assert await wrong_inputs(mineworld.port) == (wrong if is_broken else set())


@broken
async def test_waypoint_sends_virtual_key_codes(waypoint: Any, is_broken: bool) -> None:
    port = waypoint("Overworld/Waypoint-1.5-1B").port
    if is_broken:
        swap(port, "SPRINT", "CROUCH")
        scale_mouse(port, per_pixel=0.015)
        replace(port, ("(notches > 0) - (notches < 0)", "(notches < 0) - (notches > 0)"))
    wrong = {"sprint", "crouch", *LOOKS, "scroll delta=1", "scroll delta=-1"}
    assert await wrong_inputs(port) == (wrong if is_broken else set())


@broken
async def test_lingbot_turns_and_walks_the_way_of_the_key(fast: Any, is_broken: bool) -> None:
    port = fast().port
    if is_broken:
        swap(port, "LEFT", "RIGHT")
        swap(port, "LOOK_UP", "LOOK_DOWN")
    wrong = {"left", "right", "look_up", "look_down"}
    assert await wrong_inputs(port) == (wrong if is_broken else set())


@broken
async def test_cosmos_predict_2_sends_seven_numbers(cosmos: Any, is_broken: bool) -> None:
    if is_broken:
        replace(
            cosmos.port,
            ("pull(Axis.DX, value)", "pull(Axis.DY, value)"),
            ("Axis.YAW, v", "Axis.YAW, -v"),
        )
    wrong = {f"{name} value={value}" for name in ("dx", "yaw") for value in (1, -1)}
    assert await wrong_inputs(cosmos.port) == (wrong if is_broken else set())


@broken
async def test_worldplay_sends_a_class_and_a_view(worldplay: Any, is_broken: bool) -> None:
    port = worldplay().port
    if is_broken:
        swap(port, "LEFT", "RIGHT")
        drop(port, "LOOK_UP")
    wrong = {"left", "right", "look_up"}
    assert await wrong_inputs(port) == (wrong if is_broken else set())


@pytest.mark.parametrize("variant", ["distilled"])
@broken
async def test_matrix_game_3_sends_up_as_positive(game: Any, variant: str, is_broken: bool) -> None:
    if is_broken:
        swap(game.port, "LEFT", "RIGHT")
        scale_mouse(game.port, order="xy")
    wrong = {"left", "right", *LOOKS, *FAR}
    assert await wrong_inputs(game.port) == (wrong if is_broken else set())


@pytest.mark.parametrize("folder", ["abot-world", "dreamx-world", "zing"])
@broken
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_network_of_a_checkout_gets_each_key_where_the_table_says(
    folder: str, is_broken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_if_absent(folder)
    port = kept_port(folder, tmp_path, monkeypatch)
    port.put_upstream(CODE / CHECKOUTS[folder])
    if is_broken:
        swap(port, "LEFT", "RIGHT")
        drop(port, "LOOK_UP")
    wrong = {"left", "right", "look_up"}
    assert wrong_on_tiny_weights(port) == (wrong if is_broken else set())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pipelines_of_diffusers_get_each_input_where_the_table_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sana = kept_port("sana-wm", tmp_path, monkeypatch)
    swap(sana, "LEFT", "RIGHT")
    drop(sana, "LOOK_UP")
    assert wrong_on_tiny_weights(sana) == {"left", "right", "look_up"}
    cosmos = kept_port("cosmos-3", tmp_path, monkeypatch)
    replace(
        cosmos, ("pull(Axis.DX, value)", "pull(Axis.DY, value)"), ("Axis.TURN, v", "Axis.TURN, -v")
    )
    axes = {f"{name} value={value}" for name in ("dx", "turn") for value in (1, -1)}
    assert wrong_on_tiny_weights(cosmos) == axes


def wrong_on_tiny_weights(port: Port) -> set[str]:
    """Return the wrong inputs on the golden test's networks, without upstream's loop."""
    wrong: list[set[str]] = []

    def measure(model_cls: type[LucidModel[Any]], *_: Any, **__: Any) -> None:
        wrong.append(asyncio.run(wrong_inputs(port, model_cls)))

    def instead(module: Any) -> None:
        module.check, module.Upstream = measure, lambda *_: None

    try:
        port.compare_with_upstream(instead)
    finally:
        port.close()
    (found,) = wrong
    return found


async def test_a_difference_names_both_values_and_the_source(waypoint: Any) -> None:
    port = waypoint("Overworld/Waypoint-1.5-1B").port
    swap(port, "LEFT", "RIGHT")
    result = await measured(port)
    lines = result.detail.split("\n")
    assert lines[0] == (
        "left: button[0, 0, 68] 0 → 1, upstream has button[0, 0, 65] → 1 "
        "(src/world_engine.py, line 127; the virtual-key codes of Biome's keymap.py)"
    )
    assert result.measured == "17 of 17 inputs reach the network, 2 differ from upstream"
    assert "look dx=20: mouse[0, 0, 0] 0 → 0.15" in result.table


async def test_without_a_table_it_only_shows_what_changes(waypoint: Any) -> None:
    port = waypoint("Overworld/Waypoint-1.5-1B").port
    (port.folder / PATH).unlink()
    swap(port, "LEFT", "RIGHT")
    result = await measured(port)
    assert result.outcome is Outcome.PASSED
    assert result.measured == "17 of 17 inputs reach the network, no table"
    assert "left: button[0, 0, 68] 0 → 1" in result.table


async def test_an_input_of_the_table_that_the_port_lacks_is_named(waypoint: Any) -> None:
    port = waypoint("Overworld/Waypoint-1.5-1B").port
    replace(port, ("def jump(", "def hop("))
    result = await measured(port)
    assert result.detail == "jump: the table has it, and the port declares no such input"


def test_a_wrong_table_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    for text, reason in (("reaches = [{}]", "reaches.0.input: Field required"), ("=", "Invalid")):
        (tmp_path / PATH).write_text(text, "utf-8")
        with pytest.raises(TargetError, match=reason):
            read_reaches(tmp_path)
