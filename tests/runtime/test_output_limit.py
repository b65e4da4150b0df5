from __future__ import annotations

from lucid.runtime.model_process import BYTES_A_SECOND, OutputLimit


def test_bytes_above_the_limit_of_a_second_are_counted() -> None:
    limit = OutputLimit()
    assert limit.apply(b"hello\n", 5.0) == b"hello\n"
    flood = b"x" * (3 * BYTES_A_SECOND)
    assert len(limit.apply(flood, 5.1)) == BYTES_A_SECOND - 6
    assert limit.apply(b"unseen", 5.9) == b""
    dropped = 2 * BYTES_A_SECOND + 6 + 6
    note = f"\n[{dropped:,} bytes of the port's output were dropped]\n"
    assert limit.apply(b"seen\n", 6.0) == note.encode() + b"seen\n"
    assert limit.take_note() == ""
