"""A spectator in its own process, which tests freeze: frozen_spectator.py URL WATCH_KEY."""

from __future__ import annotations

import asyncio
import sys

from tests.player import Player


async def main(url: str, key: str) -> None:
    spectator = Player(url)
    await spectator.connect(f"protocol=1&watch={key}")
    await spectator.until(lambda: spectator.state == "ready")
    await spectator.offer()
    await spectator.until_picture(lambda picture: True)
    print("watching", flush=True)
    await spectator.until(lambda: False, timeout_s=600)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
