"""The end of the log that the page shows after a failure."""

from __future__ import annotations

import logging

from lucid.runtime.model_process import OUTPUT
from lucid.server.log_tail import MAX_LINES, LogTail


def test_the_tail_has_tracebacks_and_what_the_port_prints_while_it_listens() -> None:
    tail = LogTail()
    tail.attach()
    try:
        try:
            raise ValueError("a stone")
        except ValueError:
            logging.getLogger("port").exception("it stumbled")
        OUTPUT.info("%s", "100 % done\nnext")
    finally:
        tail.detach()
    OUTPUT.info("%s", "later")
    lines = tail.text.splitlines()
    assert lines[0] == "ERROR: it stumbled"
    assert lines[-3:] == ["ValueError: a stone", "100 % done", "next"]


def test_only_the_newest_lines_are_kept() -> None:
    tail = LogTail()
    for number in range(MAX_LINES + 5):
        tail.handle(logging.makeLogRecord({"msg": f"line {number}", "levelname": "INFO"}))
    lines = tail.text.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (MAX_LINES, "INFO: line 5", "INFO: line 204")
