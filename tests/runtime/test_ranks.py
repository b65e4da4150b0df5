"""A model over several GPUs: its ranks stay in lockstep, or all of them start again."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from lucid import LoadContext, manifest
from lucid._target import PortLocation
from lucid.errors import DeclarationError, MachineError, ModelProcessError, SessionError
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.ranks import Ranks
from lucid.runtime.states import SessionState
from lucid.runtime.stepped_port import SteppedPort
from tests.runtime.ranked_ports import BrokenModel, Engine, RankedModel, SummingModel
from tests.runtime.workers import ROOT, hosting, joined
from tests.waits import LIMIT_S, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def answer(player: MemoryTransport) -> dict[str, Any]:
    """Return what the engine returned last."""
    return dict(json.loads(player.messages[-1].payload)) if player.messages else {}


async def test_two_ranks_make_a_frame_together_and_start_again_when_one_is_killed() -> None:
    async with hosting("process", SummingModel) as host:
        player = await joined(host)
        player.send("do", what="seven")
        await player.until(lambda: answer(player).get("total") == 55, LIMIT_S)
        first = answer(player)["pids"]
        assert len(set(first)) == 2
        os.kill(first[1], signal.SIGKILL)
        await player.until(lambda: player.state is SessionState.FAILED)
        error = player.errors[0].error
        assert error.code == "model.rank"
        assert error.message == (
            "the 2 ranks of the model are no longer in lockstep: rank 1 was killed by SIGKILL"
        )
        again = await joined(host)
        await again.until(lambda: answer(again).get("total") == 44, LIMIT_S)
        second = answer(again)["pids"]
        assert not set(first) & set(second)
        os.kill(second[0], signal.SIGKILL)  # the other rank dies with it
        await again.until(lambda: again.state is SessionState.FAILED)
        await until(lambda: not any(map(psutil.pid_exists, [*first, *second])))


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("raise", "session.failed", "RuntimeError: raise"),
        ("raise on 0", "model.rank", "rank 0 raised RuntimeError: raise on 0, but rank 1 did not"),
        ("raise on 1", "model.rank", "rank 1 raised RuntimeError: raise on 1, but rank 0 did not"),
        ("hang on 1", "model.process", "the model process hung: a step took more than 1 s"),
    ],
)
async def test_a_call_ends_alike_on_every_rank_or_all_start_again(
    what: str, code: str, said: str
) -> None:
    async with hosting("process", RankedModel, step_limit_s=1.0) as host:
        player = await joined(host)
        await player.until(lambda: answer(player).get("calls", 0) > 2)
        player.send("do", what=what)
        await player.until(lambda: player.state is SessionState.FAILED)
        error = player.errors[0].error
        assert error.code == code
        assert error.message.endswith(said)
        again = await joined(host)
        await again.until(lambda: bool(again.messages), LIMIT_S)
        assert (answer(again)["pid"] == answer(player)["pid"]) == (what == "raise")


async def test_a_rank_that_does_not_load_is_an_error_even_if_rank_0_waits_for_it() -> None:
    async with hosting("process", BrokenModel) as host:
        with pytest.raises(SessionError, match="rank 1 raised MemoryError: cuda:1, but rank 0"):
            await joined(host)


async def test_a_part_is_changed_in_its_methods_and_these_return_at_once() -> None:
    class Odd(Engine):
        def frames(self) -> Any:
            yield 1

    class OddModel(RankedModel):
        engine_cls = Odd

        def load(self, ctx: LoadContext) -> None:
            super().load(ctx)
            self.engine.step("load")  # every rank does this by itself

    ranks, model = Ranks(RankedModel, None, lambda error: None), OddModel()
    try:
        await ranks.load(model, lambda stage, fraction: None)
        part: Any = model.engine
        assert part.calls == 1
        with pytest.raises(DeclarationError, match="calls would change on rank 0 only"):
            part.calls = 0
        with pytest.raises(DeclarationError, match="cannot run in lockstep"):
            part.frames()
    finally:
        ranks.stop()


def test_a_port_that_is_played_step_by_step_has_its_ranks_too() -> None:
    location = PortLocation(ROOT, RankedModel.__module__, RankedModel.__name__)
    with SteppedPort(location) as port:
        session = port.session()
        session.begin()
        assert session.step().values["answer"]["calls"] == 2
        with pytest.raises(ModelProcessError) as caught:
            session.step([("do", {"what": "raise on 1"})])
        assert "rank 1 raised RuntimeError" in "".join(caught.value.__notes__)


def test_a_machine_with_too_few_gpus_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'A, 1000, 60, 900, 570.1, 0'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="RankedModel needs 2 GPUs, and this machine has 1"):
        Ranks(RankedModel, None, lambda error: None)


def test_devices_is_a_number() -> None:
    class NoDevice(RankedModel):
        devices = 0

    with pytest.raises(DeclarationError, match="devices must be 1 or more, got 0"):
        manifest(NoDevice)
