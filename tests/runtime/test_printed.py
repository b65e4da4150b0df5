from __future__ import annotations

from lucid.runtime.printed import BYTES_A_SECOND, Printed


def test_so_much_is_shown_a_second_and_the_rest_is_counted() -> None:
    printed = Printed()
    assert printed.shown(b"hello\n", 5.0) == b"hello\n"
    flood = b"x" * (3 * BYTES_A_SECOND)
    assert len(printed.shown(flood, 5.1)) == BYTES_A_SECOND - 6
    assert printed.shown(b"unseen", 5.9) == b""
    left_out = 2 * BYTES_A_SECOND + 6 + 6
    note = f"\n[{left_out:,} bytes that the port printed are left out]\n"
    assert printed.shown(b"seen\n", 6.0) == note.encode() + b"seen\n"
    assert printed.left_out() == ""
