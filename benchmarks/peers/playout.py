"""Run ``lucid`` with the playout delay in BENCH_PLAYOUT: at-once, smooth or chosen."""

from __future__ import annotations

import os

from lucid.cli import main
from lucid.media import network

FIXED = {"at-once": network.AT_ONCE, "smooth": network.SMOOTH}

if fixed := FIXED.get(os.environ["BENCH_PLAYOUT"]):
    network.PlayoutControl.on_report = lambda *_: fixed

if __name__ == "__main__":
    main()
