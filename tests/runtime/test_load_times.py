"""The times of the stages of loading, from one run to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucid.runtime.load_times import LoadTimes


def test_the_times_of_a_load_are_known_in_the_next(tmp_path: Path) -> None:
    file = tmp_path / "new" / "model.json"
    first = LoadTimes(file)
    assert first.last_s("load weights") is None
    for stage, now_s in [("load weights", 1.0), ("load weights", 3.0), ("warm up", 5.0)]:
        first.enter(stage, now_s)
    first.end(7.5, loaded=True)
    again = LoadTimes(file)
    assert (again.last_s("load weights"), again.last_s("warm up")) == (4.0, 2.5)


def test_a_load_that_fails_changes_no_time(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    times = LoadTimes(file)
    times.enter("load weights", 0.0)
    times.end(1.0, loaded=False)
    times.enter("load weights", 5.0)
    assert times.last_s("load weights") is None
    times.end(7.0, loaded=True)
    assert times.last_s("load weights") == 2.0


def test_a_file_that_cannot_be_used_leaves_the_times_unknown(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text("[]", "utf-8")
    assert LoadTimes(file).last_s("load weights") is None
    LoadTimes(tmp_path).end(1.0, loaded=True)


def test_each_model_has_its_own_file_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    times = LoadTimes.of("org/model #1")
    times.enter("load", 0.0)
    times.end(2.0, loaded=True)
    assert LoadTimes.of("org/model #1").last_s("load") == 2.0
    assert LoadTimes.of("another").last_s("load") is None
