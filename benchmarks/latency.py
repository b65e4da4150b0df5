"""Measure the latency from input to display in Chromium, and the cost of viewers.

    python benchmarks/latency.py --reactor PYTHON3.12 --flashdreams CHECKOUT [--json FILE]

Compares Lucid with other servers. PYTHON3.12 is the interpreter of an environment with
reactor-runtime. CHECKOUT is a checkout of FlashDreams (v2), with the environment of its server in
`.venv`. A peer that is not named is skipped. Servers run one after another, interleaved, each
with a new browser on this machine; all stream the same world (peers/world.py). ``--cases`` and
``--scale`` select the measurements. ``--page`` also measures Lucid's own page, to show what it adds
to a minimal client, and ``--tcp`` Lucid over the WebSocket.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, pstdev
from typing import Any

import psutil
from playwright.async_api import async_playwright

HERE = Path(__file__).resolve().parent
CLIENT = (HERE / "client.js").read_text("utf-8")
BROWSER = shutil.which("chromium") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
]
CASES = ("640x360@30", "640x360@60", "1280x720@60")
HOLD = {
    "640x360@30": {"flashdreams": 0.15, "naive": 0.35, "reactor": 0.07, "reactor-best": 0.28},
    "640x360@60": {"naive": 0.30, "reactor-best": 0.28},
    "1280x720@60": {},
}
"""Target for the p50 from input to display: at most this ratio of the peer's p50."""


@dataclass(frozen=True)
class Peer:
    """A server to measure."""

    name: str
    kind: str
    """How the page connects, one of the kinds in client.js."""
    command: tuple[str, ...]
    """``{port}`` is the TCP port."""
    page: str
    """The path that the browser opens on the server."""
    env: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    """The working directory; empty for the folder of this file."""


def lucid(port: str = "peers.lucid_port:BenchModel", name: str = "lucid", **how: str) -> Peer:
    """Return Lucid's server of a port, which a minimal client plays unless `how` says otherwise."""
    command = (sys.executable, "-m", "lucid", "serve", port, "--port", "{port}")
    return Peer(name, command=command, **{"kind": "lucid", "page": "static/page.css"} | how)


def peers(options: argparse.Namespace, folder: Path) -> list[Peer]:
    """Return Lucid and the servers to compare it with."""
    compared = [
        lucid(),
        Peer("naive", "naive", (sys.executable, "peers/naive.py", "{port}"), ""),
    ]
    if options.page:
        compared.append(lucid(name="lucid-page", kind="page", page=""))
    if options.tcp:
        compared.append(lucid(name="lucid-tcp", kind="socket"))
    if options.reactor:
        (folder / "reactor.yaml").write_text('runtime: {import: "peers.reactor:BenchApp"}\n')
        run = (options.reactor, "-m", "reactor_runtime.serve")
        best = {"BENCH_PACED": "1", "WEBRTC_VIDEO_CODECS": "VP8"}
        compared += [
            Peer("reactor", "reactor", run, "session", folder=str(folder)),
            Peer("reactor-best", "reactor", run, "session", best, str(folder)),
        ]
    if options.flashdreams:
        checkout = Path(options.flashdreams).resolve()
        command = (str(checkout / ".venv/bin/python"), "-m", "peers.flashdreams", "{port}")
        env = {"PYTHONPATH": f"{checkout / 'flashdreams'}:{HERE}"}
        compared.append(Peer("flashdreams", "flashdreams", command, "healthz", env))
    return compared


class Server:
    """The process of a peer."""

    def __init__(self, peer: Peer, case: str, env: dict[str, str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        size, fps = case.split("@")
        self.url = f"http://127.0.0.1:{port}/"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self.process = subprocess.Popen(
            [part.format(port=port) for part in peer.command],
            cwd=peer.folder or HERE,
            env={
                **os.environ, "PYTHONPATH": str(HERE), "BENCH_SIZE": size, "BENCH_FPS": fps,
                "HOST": "127.0.0.1", "PORT": str(port), "STUN_SERVERS": "stun:127.0.0.1:9",
                "OMP_NUM_THREADS": "1", **peer.env, **(env or {}),
            },
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )  # fmt: skip
        self._wait(self.url + peer.page)

    def _wait(self, url: str) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except OSError:
                if self.process.poll() is not None:
                    self.log.seek(0)
                    raise RuntimeError(self.log.read().decode()) from None
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"{url} does not answer")

    def cpu_s(self) -> float:
        """Return the processor time of the server and its children so far, in seconds."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in family)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


async def play(peer: Peer, case: str, inputs: int) -> dict[str, Any]:
    """Run one peer once; return the figures."""
    server = Server(peer, case)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(server.url + peer.page)
            await page.evaluate(CLIENT)
            await page.evaluate(f"async () => globalThis.client = await join('{peer.kind}')")
            await asyncio.sleep(2)
            before_s, began_s = server.cpu_s(), time.monotonic()
            results: dict[str, Any] = await page.evaluate(f"() => client.measure({inputs})")
            results["cores"] = (server.cpu_s() - before_s) / (time.monotonic() - began_s)
            results["load"] = os.getloadavg()[0]
            await browser.close()
            return results
    finally:
        server.close()


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Summarize the runs of one peer in one case."""
    inputs = sorted(ms for run in runs for ms in run["inputs_ms"])
    return {
        "p50_ms": [round(median(run["inputs_ms"]), 1) for run in runs],
        "p95_ms": round(inputs[int(len(inputs) * 0.95)], 1),
        "interval_sd_ms": round(median(pstdev(run["intervals_ms"]) for run in runs), 1),
        "received_fps": round(median(run["received_fps"] for run in runs), 1),
        "cores": round(median(run["cores"] for run in runs), 3),
        "mbit_s": round(median(run["bitrate_bps"] for run in runs) / 1e6, 2),
        "codec": runs[0]["codec"],
        "lost": sum(run["lost"] for run in runs),
        "load": [round(run["load"], 1) for run in runs],
    }


def compare(case: str, table: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return Lucid's p50 and processor time relative to each peer, as medians over the repeats."""
    shares = {}
    own = table["lucid"]
    for name, other in table.items():
        if name != "lucid":
            pairs = zip(own["p50_ms"], other["p50_ms"], strict=True)
            shares[f"p50 / {name}"] = round(median(a / b for a, b in pairs), 3)
            shares[f"cores / {name}"] = round(own["cores"] / other["cores"], 3)
    if tcp := table.get("lucid-tcp"):
        pairs = zip(tcp["p50_ms"], own["p50_ms"], strict=True)
        shares["p50 of TCP / UDP"] = round(median(a / b for a, b in pairs), 3)
        shares["interval SD of TCP / UDP"] = round(tcp["interval_sd_ms"] / own["interval_sd_ms"], 3)
    if page := table.get("lucid-page"):
        pairs = zip(page["p50_ms"], own["p50_ms"], strict=True)
        shares["ms that the page adds"] = round(median(a - b for a, b in pairs), 1)
    return shares


async def latencies(options: argparse.Namespace) -> dict[str, Any]:
    """Run all cases; each repeat runs every peer once."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        contestants = peers(options, Path(folder))
        for case in options.cases:
            runs: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in contestants}
            for _ in range(options.repeats):
                for peer in contestants:
                    run = await play(peer, case, options.inputs)
                    runs[peer.name].append(run)
                    print(case, peer.name, summary([run]), file=sys.stderr)
            table = {name: summary(of) for name, of in runs.items()}
            results[case] = {"peers": table, "shares": compare(case, table), "hold": HOLD[case]}
    return results


def watched(case: str, sessions: int, spectators: int, seconds: float, port: str) -> dict[str, Any]:
    """Run Lucid with sessions and spectators that do not decode video; return the figures."""
    server = Server(lucid(port), case)
    try:
        command = [sys.executable, "peers/watch.py", server.url, str(sessions), str(spectators)]
        watch = subprocess.Popen(
            [*command, str(seconds)], cwd=HERE, stdout=subprocess.PIPE, text=True
        )
        assert watch.stdout is not None
        assert watch.stdout.readline() == "measuring\n"
        before_s, began_s = server.cpu_s(), time.monotonic()
        results: dict[str, Any] = json.loads(watch.stdout.readline())
        cores = (server.cpu_s() - before_s) / (time.monotonic() - began_s)
        watch.wait(20)
        fps = results.pop("fps")
        return {
            **results,
            "cores": round(cores, 3),
            "least_fps": min(fps),
            "load": os.getloadavg()[0],
        }
    finally:
        server.close()


def scales(options: argparse.Namespace) -> dict[str, Any]:
    """Measure several viewers of one session, and several sessions of hello, interleaved."""
    shapes = [("viewers", 1, n) for n in (1, 4, 16)] + [("sessions", n, 1) for n in (4, 8)]
    ports = {"viewers": "peers.lucid_port:BenchModel", "sessions": "peers.hello_port:ManyModel"}
    runs: dict[str, list[dict[str, Any]]] = {}
    for _ in range(options.repeats):
        for what, sessions, viewers in shapes:
            run = watched("640x360@30", sessions, viewers - 1, options.seconds, ports[what])
            name = f"{viewers if what == 'viewers' else sessions} {what}"
            runs.setdefault(name, []).append(run)
            print(name, run, file=sys.stderr)
    return {
        name: {key: round(median(run[key] for run in of), 3) for key in of[0]}
        for name, of in runs.items()
    }


def plot(cases: dict[str, Any], path: str) -> None:
    """Plot the latency of each peer, with one bar per case."""
    from matplotlib import pyplot

    names = list(next(iter(cases.values()))["peers"])
    figure, axes = pyplot.subplots(figsize=(7, 2.6), layout="constrained")
    height = 0.8 / len(names)
    for place, name in enumerate(names):
        values = [median(results["peers"][name]["p50_ms"]) for results in cases.values()]
        rows = [row + place * height for row in range(len(cases))]
        bars = axes.barh(rows, values, height * 0.9, label=name)
        axes.bar_label(bars, fmt="%.0f", padding=3, fontsize=8)
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(cases))], list(cases))
    axes.invert_yaxis()
    axes.set_xlabel("latency from input to display, ms (p50; Chromium, one machine)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Run the selected measurements and print them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reactor", help="python of an environment with reactor-runtime")
    parser.add_argument("--flashdreams", help="checkout of FlashDreams, with its .venv")
    parser.add_argument("--cases", nargs="*", default=CASES, choices=CASES)
    parser.add_argument("--scale", action="store_true", help="also measure more viewers")
    parser.add_argument("--page", action="store_true", help="also measure Lucid's own page")
    parser.add_argument("--tcp", action="store_true", help="also measure Lucid over the WebSocket")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--inputs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10, help="duration of one run of --scale")
    parser.add_argument("--json", help="file to add the figures to")
    parser.add_argument("--plot", help="file for a plot of the latencies")
    options = parser.parse_args()
    kept = Path(options.json) if options.json else None
    results = json.loads(kept.read_text()) if kept and kept.exists() else {}
    if options.cases:
        results.setdefault("latency", {}).update(asyncio.run(latencies(options)))
    if options.scale:
        results["scale"] = scales(options)
    text = json.dumps(results, indent=1)
    print(text)
    if kept:
        kept.write_text(text + "\n")
    if options.plot:
        plot(results["latency"], options.plot)


if __name__ == "__main__":
    main()
