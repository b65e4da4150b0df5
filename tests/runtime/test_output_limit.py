from __future__ import annotations

from lucid.runtime.model_process import CHARACTERS_A_SECOND, OutputLimit


def test_characters_above_the_limit_of_a_second_are_counted() -> None:
    limit = OutputLimit()
    assert limit.apply("hello\n", 5.0) == "hello\n"
    flood = "x" * (3 * CHARACTERS_A_SECOND)
    assert len(limit.apply(flood, 5.1)) == CHARACTERS_A_SECOND - 6
    assert limit.apply("unseen", 5.9) == ""
    dropped = 2 * CHARACTERS_A_SECOND + 6 + 6
    note = f"\n[{dropped:,} characters of the port's output were dropped]\n"
    assert limit.apply("seen\n", 6.0) == note + "seen\n"
    assert limit.take_note() == ""
