"""The queue in front of the replicas: no Ray."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lucid.deploy.policy import replicas
from lucid.deploy.pool import GONE_S, MAX_WAITING, Pool, Report
from lucid.errors import QueueFullError

NAMES = ("r00000000", "r00000001", "r00000002", "r00000003")


def report(name: str, slots: int = 4, players: int = 0) -> Report:
    return Report("hello", name, "10.0.0.1", 1, "http://10.0.0.1:1", slots, players, None)


async def test_22_offers_on_16_slots_fill_all_slots_and_queue_the_rest_in_order() -> None:
    pool = Pool("hello")
    for name in NAMES:
        pool.report(report(name), 0.0)
    players = [pool.join() for _ in range(22)]
    granted = [player.granted for player in players[:16]]
    assert all(g is not None for g in granted)
    assert [pool.place(player)[0] for player in players[16:]] == [1, 2, 3, 4, 5, 6]
    assert [pool.report(report(name, players=4), 0.1) for name in NAMES] == [2, 2, 1, 1]
    first = granted[0]
    assert first is not None
    pool.release(first, ended=True)
    assert players[16].granted is first
    assert [pool.place(player)[0] for player in players[17:]] == [1, 2, 3, 4, 5]


async def test_a_session_whose_page_was_lost_keeps_its_slot_until_the_replica_says_so() -> None:
    pool = Pool("hello")
    pool.report(report(NAMES[0], slots=1), 0.0)
    player, waiting = pool.join(), pool.join()
    assert player.granted is not None
    pool.report(report(NAMES[0], slots=1, players=1), 0.5)
    pool.release(player.granted, ended=False)
    assert waiting.granted is None
    pool.report(report(NAMES[0], slots=1, players=0), 30.0)
    assert waiting.granted is not None


async def test_a_replica_that_stops_loads_or_is_silent_gets_no_player() -> None:
    pool = Pool("hello")
    pool.report(report(NAMES[0], slots=0), 0.0)
    assert pool.join().granted is None
    pool.report(report(NAMES[1]), 1.0)
    pool.report(report(NAMES[1]), 1.0 + GONE_S)
    assert pool.named_in(f"resume=abc.{NAMES[0]}") is None
    found = pool.named_in(f"protocol=1&resume=abc-d_e.{NAMES[1]}")
    assert found is not None
    assert found.report.name == NAMES[1]


async def test_those_who_wait_learn_the_shortest_waits_and_what_to_watch() -> None:
    pool = Pool("hello")
    full = report(NAMES[0], slots=1, players=1)
    pool.report(replace(full, waits_s=(30.0, None)), 0.0)
    pool.report(replace(full, name=NAMES[1], waits_s=(20.0,), watch_key="key"), 0.0)
    players = [pool.join() for _ in range(4)]
    places = [(1, 20.0, "key"), (2, 30.0, "key"), (3, None, "key"), (4, None, "key")]
    assert [pool.place(player) for player in players] == places
    for _ in range(MAX_WAITING - 4):
        pool.join()
    with pytest.raises(QueueFullError) as refused:
        pool.join()
    assert refused.value.hint == "try again in 30 s"


def test_there_is_one_more_replica_than_the_players_need() -> None:
    def wanted(*players: float) -> int:
        names = [f"r{number}" for number in range(len(players))]
        metrics = {
            "players": dict(zip(names, players, strict=True)),
            "slots": dict.fromkeys(names, 4.0),
        }
        context = SimpleNamespace(
            aggregated_metrics=metrics,
            target_num_replicas=2,
            capacity_adjusted_min_replicas=2,
            capacity_adjusted_max_replicas=6,
        )
        return replicas(context)[0]

    assert wanted() == 2
    assert wanted(0, 0) == 2
    assert wanted(4, 1) == 3
    assert wanted(4, 4, 9) == 6
