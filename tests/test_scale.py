"""`benchmarks/scale.py` against what was measured on Ray Serve 2.60 (docs/scale.md)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from benchmarks.scale import Day, Simulation, Site, simulate

LONG_S = 10_000.0


def play(site: Site, players: Iterable[tuple[float, float]], at_first: int = 1) -> Day:
    return Simulation(site, iter(players), at_first).run(LONG_S)


def test_of_22_offers_on_16_slots_16_play_and_6_wait() -> None:
    day = play(Site(slots=4, least=4, most=4), [(0.0, 2 * LONG_S)] * 22)
    assert (len(day.waits_s), day.queued, day.refused) == (16, 6, 0)
    assert set(day.waits_s) == {0.0}


@pytest.mark.parametrize(("spares", "measured_s"), [(0, (6.4, 7.4)), (1, (0.0, 0.0))])
def test_the_player_who_makes_a_replica_start_waits_as_measured(
    spares: int, measured_s: tuple[float, float]
) -> None:
    """From 1 to 4 replicas; with a warm spare, nobody waits."""
    players = [(10.0 * number, 2 * LONG_S) for number in range(16)]
    day = play(Site(slots=4, spares=spares), players, at_first=1 + spares)
    least_s, most_s = measured_s
    for number, wait_s in enumerate(day.waits_s):
        if number in (4, 8, 12):
            assert 0.9 * least_s <= wait_s <= 1.1 * most_s
        else:
            assert wait_s == 0
    assert day.replicas == 4 + spares


def test_a_turn_ends_only_while_somebody_waits() -> None:
    turns = Site(most=1, turn_s=60)
    assert play(turns, [(0, 1_000), (20, 30)]).waits_s == [0, 40]  # at the end of the turn
    assert play(turns, [(0, 1_000), (100, 30)]).waits_s == [0, 15]  # after the notice
    assert play(turns, [(0, 1_000), (55, 30)]).waits_s == [0, 15]
    assert play(turns, [(0, 100), (20, 30)]).played_s == 60 + 30
    assert play(turns, [(0, 100), (99, 30)]).waits_s == [0, 1]  # it leaves before the turn ends
    full = play(turns, [(0, LONG_S)] + [(1, 1)] * 70)
    assert (full.queued, full.refused) == (64, 6)


def test_a_replica_that_stops_lets_its_player_finish() -> None:
    """Each has two players, of whom one leaves soon. One replica then is enough for the others."""
    day = play(Site(slots=2), [(0, 5_000), (0, 100), (0, 5_000), (0, 100)], at_first=2)
    assert day.played_s == 2 * 5_000 + 2 * 100
    assert day.gpu_s == LONG_S + 5_000


def test_a_day_uses_less_than_the_peak_would_and_more_than_the_players_need() -> None:
    day = simulate(40, Site(spares=1), rng_seed=3)
    assert day.played_s < day.gpu_s < 24 * 3600 * day.replicas
    assert day.usd_per_player_hour(1) == pytest.approx(day.gpu_s / day.played_s)
    assert day.refused == 0
