"""A laptop in a network namespace of its own: which addresses does `lucid serve` print there?

Run by `unshare --net`. Prints a JSON object: the printed URLs with the status that each one
answers, and the link to watch that a page on the laptop itself is given.
"""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
from websockets import Origin
from websockets.sync.client import connect

# Docker's bridge comes before Wi-Fi, and the default route leads over Wi-Fi.
NETWORK = """
link set lo up
link add docker0 type bridge
address add 172.17.0.1/16 dev docker0
link set docker0 up
link add wlan0 type bridge
address add 192.168.1.20/24 dev wlan0
address add fd12:1::20/64 dev wlan0 nodad
link set wlan0 up
route add default via 192.168.1.1 dev wlan0
"""


def set_up() -> None:
    """Make the interfaces."""
    for line in NETWORK.split("\n"):
        if line:
            subprocess.run(["ip", *line.split()], check=True)


def serve(*arguments: str) -> tuple[list[str], subprocess.Popen[str]]:
    """Start a server; the URLs that it printed, in order, and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lucid", "serve", *arguments, "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    urls = [process.stdout.readline().strip()]
    while (line := process.stderr.readline()) and "Ctrl-C ends" not in line:
        urls += [line.split()[-1]] if line.startswith("Also at ") else []
    return urls, process


def status(url: str) -> int:
    """What the URL answers; 0 if nobody does."""
    try:
        return httpx.get(url, verify=False, timeout=60).status_code
    except httpx.TransportError:
        return 0


def watch_url(url: str) -> str:
    """The link to watch that a page is given, at 127.0.0.1 where that is the server's too."""
    parts = urlsplit(url)
    here = parts.netloc if ":" in (parts.hostname or "") else f"127.0.0.1:{parts.port}"
    query = f"protocol=1&{parts.query}"
    origin = Origin(f"http://{here}")
    with connect(f"ws://{here}/api/session?{query}", origin=origin) as socket:
        link = json.loads(socket.recv())["watch_url"]
        assert isinstance(link, str)
        return link


if __name__ == "__main__":
    set_up()
    urls, process = serve(*sys.argv[1:])
    answers = {url.partition("?")[0]: status(url) for url in urls}
    link = watch_url(urls[0]) if "--lan" not in sys.argv else urls[0]
    process.terminate()
    process.communicate(timeout=60)
    print(json.dumps({"answers": answers, "link": link}))
