"""``lucid top``: watch servers."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlencode

import typer

from lucid._text import plain
from lucid.cli.network import NOT_HERE, is_http, problem_of, trusting
from lucid.cli.printing import echo
from lucid.errors import needs_extra

if TYPE_CHECKING:
    from rich.console import RenderableType

REFRESH_S = 1.0
ANSWER_S = 2.0
"""A server that takes longer to answer is shown as a problem until the next refresh."""


@dataclass(frozen=True)
class Replica:
    """What one replica of a model does. ``lucid serve`` is one replica, without a name."""

    url: str
    model: str
    replica: str
    state: str
    playing: int
    slots: int
    queue: int
    fps: float | None
    """Frames per second over all sessions, since the last refresh."""
    step_p50_ms: float | None
    """Step time of the last frames; None if none was shown since the last refresh."""
    step_p95_ms: float | None
    gpu_used_bytes: int | None
    gpu_bytes: int | None
    gpu_load: float | None
    uptime_s: float


@dataclass(frozen=True)
class Problem:
    """Why a server cannot be read."""

    url: str
    error: str
    hint: str


class Server:
    """A server that is read again and again."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        base, _, query = url.partition("?")
        self._url = f"{base.rstrip('/')}/"
        self._token = parse_qs(query).get("token", [""])[0]
        self._tls = tls
        self._shown: dict[tuple[str, str], tuple[float, float]] = {}
        """When each replica was read, and how many frames it had shown."""

    def read(self) -> list[Replica] | list[Problem]:
        """Return what each of its replicas does, or why that is not known."""
        from lucid._http import ask

        if not is_http(self._url):
            return [Problem(self._url, f"{self._url} is not an http or https URL", NOT_HERE)]
        query = urlencode({"token": self._token})
        answer = ask(f"{self._url}metrics?{query}", self._tls, ANSWER_S)
        if problem := problem_of(self._url, bool(self._token), answer, "lucid_"):
            return [Problem(self._url, *problem)]
        try:
            replicas = [self._replica(*one) for one in _values_by_replica(answer.body).items()]
        except (KeyError, ValueError):
            error = f"{self._url} has metrics of another version of Lucid"
            return [Problem(self._url, error, "use the same version here and there")]
        if not replicas:
            return [Problem(self._url, "no replica is ready", "wait until one has loaded")]
        return replicas

    def _replica(self, names: tuple[str, str], values: dict[str, dict[str, float]]) -> Replica:
        now_s, shown = time.monotonic(), max(values["lucid_frames_total"].values(), default=0.0)
        before_s, before = self._shown.get(names, (0.0, shown))
        self._shown[names] = now_s, shown
        fps = max(0.0, shown - before) / (now_s - before_s) if before_s else None
        step_s = values["lucid_step_quantile_seconds"]
        load = values["lucid_gpu_load_ratio"]
        queue = int(values["lucid_queue"][""])
        return Replica(
            self._url,
            *names,
            state=max(values["lucid_state"].items(), key=lambda state: state[1])[0],
            playing=int(values["lucid_sessions"][""]) - queue,
            slots=int(values["lucid_slots"][""]),
            queue=queue,
            fps=fps and round(fps, 1),
            step_p50_ms=round(1000 * step_s["0.5"], 2) if fps else None,
            step_p95_ms=round(1000 * step_s["0.95"], 2) if fps else None,
            gpu_used_bytes=int(sum(values["lucid_gpu_memory_used_bytes"].values())) or None,
            gpu_bytes=int(sum(values["lucid_gpu_memory_bytes"].values())) or None,
            gpu_load=sum(load.values()) / len(load) if load else None,
            uptime_s=round(values["lucid_uptime_seconds"][""], 1),
        )


def _values_by_replica(text: str) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """Return values by model and replica, by metric, and by the metric's own label."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for family in text_string_to_metric_families(text):
        if family.name == "lucid_gateway_queue":  # each replica shows its share
            continue
        for name, labels, value, *_ in family.samples:
            names = labels.pop("model", ""), labels.pop("replica", "")
            own = next(iter(labels.values()), "")
            found.setdefault(names, defaultdict(dict))[name][own] = value
    return found


def top(
    urls: Annotated[
        list[str],
        typer.Argument(
            metavar="URL...",
            help="URLs that `lucid serve` or `lucid deploy` printed, with the token.",
        ),
    ],
    ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates (PEM) to trust.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Print the figures of one second, and exit.")
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print a JSON object in one line each second.")
    ] = False,
) -> None:
    """Watch servers: sessions, queue, frames per second, step time and GPU, each second.

    Without a terminal, it prints the table once. Ctrl-C ends.
    """
    import rich
    from rich.live import Live

    with needs_extra("serve", "lucid top"):
        import prometheus_client  # noqa: F401
    tls = trusting(ca)
    servers = [Server(url, tls) for url in urls]
    once = once or not (json_output or sys.stdout.isatty())
    with nullcontext() if json_output or once else Live(auto_refresh=False) as live:
        for found in _each_second(servers):
            if json_output:
                echo(json.dumps({"servers": [asdict(one) for one in found]}))
            elif live is None:
                rich.print(_table(found))
            else:
                live.update(_table(found), refresh=True)
            if once:
                raise typer.Exit(any(isinstance(one, Problem) for one in found))


def _each_second(servers: list[Server]) -> Iterator[list[Replica | Problem]]:
    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(Server.read, servers))  # frames per second need two readings
        next_s = time.monotonic()
        while True:
            next_s = max(next_s + REFRESH_S, time.monotonic())
            time.sleep(max(0.0, next_s - time.monotonic()))
            yield [one for read in pool.map(Server.read, servers) for one in read]


def _table(found: list[Replica | Problem]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    columns = "server", "model", "state", "players", "queue", "fps", "step ms", "GPU", "up"
    table = Table(*columns, box=None, pad_edge=False)
    lines = []
    for one in found:
        if isinstance(one, Problem):
            said = plain(f" {one.error}\n  {one.hint}")
            lines.append(Text.assemble(("error:", "bold red"), said))
            continue
        steps = f"{one.step_p50_ms:.1f}, p95 {one.step_p95_ms:.1f}" if one.step_p50_ms else ""
        model = f"{one.model} {one.replica}".rstrip()
        fps, up = one.fps if one.fps is not None else "", timedelta(seconds=int(one.uptime_s))
        players = f"{one.playing}/{one.slots}"
        cells = one.url, model, one.state, players, one.queue, fps, steps, _gpu(one), up
        table.add_row(*[Text(plain(str(cell)), overflow="fold") for cell in cells])
    return Group(*[table] if table.rows else [], *lines)


def _gpu(one: Replica) -> str:
    if one.gpu_used_bytes is None or one.gpu_bytes is None:
        return ""
    load = "" if one.gpu_load is None else f", {one.gpu_load:.0%}"
    return f"{one.gpu_used_bytes / 2**30:.1f}/{one.gpu_bytes / 2**30:.0f} GiB{load}"
