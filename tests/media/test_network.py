"""What a viewer's network is thought to bear, report by report."""

from __future__ import annotations

import pytest

from lucid.media.codecs import MAX_BITRATE_BPS, MIN_BITRATE_BPS
from lucid.media.network import AT_ONCE, SMOOTH, BitrateControl, PlayoutControl


def test_the_receivers_estimate_binds_whoever_sends_about_as_much() -> None:
    control = BitrateControl(4_000_000)
    control.on_estimate(2_000_000, sent_bps=3_900_000)
    assert control.bitrate_bps == 1_800_000


def test_the_estimate_of_a_stream_that_needs_little_says_nothing() -> None:
    control = BitrateControl(4_000_000)
    control.on_estimate(600_000, sent_bps=200_000)
    assert control.bitrate_bps == 4_000_000


@pytest.mark.parametrize(
    ("estimate_bps", "bitrate_bps"), [(1, MIN_BITRATE_BPS), (10**12, MAX_BITRATE_BPS)]
)
def test_the_bit_rate_stays_within_its_limits(estimate_bps: float, bitrate_bps: int) -> None:
    control = BitrateControl(10**9)
    control.on_estimate(estimate_bps, sent_bps=10**12)
    assert control.bitrate_bps == bitrate_bps


def test_heavy_loss_lowers_the_bit_rate_and_its_end_raises_it_again() -> None:
    control = BitrateControl(4_000_000)
    control.on_report(0.2)
    assert control.bitrate_bps == 3_600_000
    control.on_report(0.05)  # neither
    assert control.bitrate_bps == 3_600_000
    for _ in range(10):
        control.on_report(0.0)
    assert control.bitrate_bps == 4_000_000


def test_loss_without_end_stops_at_the_least_bit_rate() -> None:
    control = BitrateControl(4_000_000)
    for _ in range(50):
        control.on_report(0.5)
    assert control.bitrate_bps == MIN_BITRATE_BPS


@pytest.mark.parametrize(("lost", "jitter_ms"), [(0.05, 0.0), (0.0, 30.0)])
def test_frames_are_smoothed_while_the_network_is_uneven(lost: float, jitter_ms: float) -> None:
    control = PlayoutControl()
    assert control.on_report(lost, jitter_ms) is AT_ONCE  # once is an accident
    assert control.on_report(lost, jitter_ms) is SMOOTH
    found = [control.on_report(0.0, 1.0) for _ in range(8)]
    assert found == [SMOOTH] * 7 + [AT_ONCE]


def test_one_bad_report_among_good_ones_changes_nothing() -> None:
    control = PlayoutControl()
    for _ in range(5):
        assert control.on_report(0.0, 30.0) is AT_ONCE
        assert control.on_report(0.0, 2.0) is AT_ONCE


def test_with_sound_the_browser_always_chooses_the_delay() -> None:
    control = PlayoutControl(with_sound=True)
    assert {control.on_report(0.0, 1.0) for _ in range(20)} == {control.delay}
    assert control.delay.max_ms == 400
