"""``lucid doctor``: find what this machine lacks, and say how to fix it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid._text import plain
from lucid.cli.printing import echo_json, progress
from lucid.cli.style import json_option
from lucid.errors import (
    ChoiceError,
    HubError,
    LucidError,
    MachineError,
    TargetError,
    UpstreamError,
)

if TYPE_CHECKING:
    from lucid._target import PortLocation
    from lucid.doctor import Finding, Surroundings
    from lucid.hub.facts import RepoFacts
    from lucid.lock import Choices, Lock, Source

_CUDA = (
    "import importlib.util, sys\n"
    "if importlib.util.find_spec('torch') is None: sys.exit()\n"
    "import torch\n"
    "works = torch.cuda.is_available()\n"
    "built = torch.version.cuda\n"
    "print(torch.__version__, int(works), f'CUDA {built}' if built else 'built without CUDA')"
)
_TORCH_TIMEOUT_S = 120.0


def doctor(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="PORT|URL",
            help="A port's folder, to check also what its repo needs. With --network, the URL of "
            "a server.",
        ),
    ] = None,
    network: Annotated[
        bool,
        typer.Option(
            "--network",
            help="Check which paths work from this machine to the server at URL; by default the "
            "server on this machine. Run it where you play.",
        ),
    ] = False,
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) to trust, with --network."),
    ] = None,
    tcp_port: Annotated[
        int, typer.Option("--port", help="The TCP port to serve on.", min=1, max=65535)
    ] = 8420,
    json_output: Annotated[bool, json_option("the findings")] = False,
) -> None:
    """Check Python, torch, GPU, token, TCP port, codec and disk. Each problem has a remedy.

    If `lucid sync` made an environment for the port, torch is checked there.
    """
    if ca is not None and not network:
        raise TargetError(
            "--ca needs --network, which opens the connections", hint="add --network URL"
        )
    if network:
        from lucid.cli.network import find_paths

        with progress("Checking the network"):
            paths = find_paths(target or f"http://127.0.0.1:{tcp_port}/", ca)
        _report(paths, json_output)
    else:
        _report(_find_lacks(target, tcp_port), json_output)


def _find_lacks(target: str | None, tcp_port: int) -> list[Finding]:
    """Return the findings about this machine and the port."""
    from dataclasses import replace

    from lucid._target import find_port
    from lucid.doctor import examine
    from lucid.hub.cache import cache_folder
    from lucid.lock import find_lock
    from lucid.machine import probe

    location = find_port(target, Path.cwd()) if target is not None else None
    port = Path(target) if target is not None else None
    lock = find_lock(port) if port is not None else None
    with progress("Checking this machine"):
        machine = probe(Path(cache_folder()))
        python, problem = _find_python(port) if port is not None else (None, None)
        torch, works, cuda = machine.torch, False, None
        if python is not None or torch is not None:
            torch, works, cuda = _ask_torch(str(python or sys.executable), torch)
        around = _look_around(works, cuda, tcp_port, lock)
        if location is not None and port is not None:
            found = [problem] if problem else []
            around = replace(around, port_findings=(*found, *_look_at_port(port, location, lock)))
        return examine(replace(machine, torch=torch), around)


def _report(findings: Sequence[Finding], json_output: bool) -> None:
    failed = any(finding.status == "fail" for finding in findings)
    if json_output:
        echo_json({"ok": not failed, "findings": [found.model_dump() for found in findings]})
    else:
        _print(findings)
    if failed:
        raise typer.Exit(1)


def _print(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    table = Table.grid(padding=(0, 2))
    for found in findings:
        text = plain(found.message)
        if found.remedy and found.status != "ok":
            text += f"\n-> {plain(found.remedy)}"
        table.add_row(Text(found.status, style=colours[found.status]), found.id, Text(text))
    Console(highlight=False).print(table)


def _look_around(works: bool, cuda: str | None, tcp_port: int, lock: Lock | None) -> Surroundings:
    from lucid.doctor import Surroundings
    from lucid.machine import is_lucid_server, tcp_port_is_free
    from lucid.media.codecs import video_encoders

    source = lock.source if lock else None
    facts, problem = _ask_hub(source, lock.choices) if lock and source else (None, None)
    has_token, token_problem = _ask_token()
    is_free = tcp_port_is_free(tcp_port)
    return Surroundings(
        cuda=cuda,
        cuda_works=works,
        encoders=video_encoders(),
        tcp_port=tcp_port,
        tcp_port_free=is_free,
        tcp_port_is_lucids=not is_free and is_lucid_server(tcp_port),
        has_token=has_token,
        token_problem=token_problem,
        repo=source.repo if source else None,
        facts=facts,
        access_problem=problem,
    )


def _find_python(port: Path) -> tuple[Path | None, Finding | None]:
    """Return the Python of the port's environment, and what is wrong with this environment."""
    from lucid.doctor import Finding
    from lucid.environment.find import find_interpreter

    try:
        return find_interpreter(port), None
    except (MachineError, TargetError) as error:
        return None, Finding.error("environment", error)


def _look_at_port(port: Path, location: PortLocation, lock: Lock | None) -> Iterator[Finding]:
    """Say what the port still lacks to run the model here. Run and import nothing of the port."""
    from lucid._target import LOCAL_WEIGHTS
    from lucid.check.engine import check
    from lucid.check.sources import read_tree
    from lucid.doctor import Finding
    from lucid.hub.cache import snapshot_folder
    from lucid.hub.facts import NOT_PINNED
    from lucid.upstream import find_checkout

    tree = read_tree(location, Path.cwd())
    unwritten = next((found for found in check(tree) if found.code == "LUC904"), None)
    if unwritten is not None:
        yield Finding.fail(
            "engine",
            f"{unwritten.path} does not run the model yet",
            f"run `lucid check {port}`: it lists what is missing",
        )
    if missing := _missing_packages(port):
        yield Finding.fail(
            "packages",
            f"packages of the engine are not installed: {', '.join(missing)}",
            f"run `lucid sync {port}`, which installs them in an environment of the port's own",
        )
    if lock is not None and lock.upstream is not None:
        try:
            checkout = find_checkout(port)
            message = f"{checkout} is at the locked commit"
            yield Finding.ok("upstream", message)
        except UpstreamError as error:
            yield Finding.error("upstream", error)
    source = lock.source if lock is not None else None
    if source is None or source.commit is None or LOCAL_WEIGHTS in os.environ:
        return
    if source.commit == NOT_PINNED:
        yield Finding.fail(
            "weights",
            f"no commit of {source.repo} is pinned, so its files cannot be downloaded",
            f"run `lucid update {port}`",
        )
    else:
        is_there = snapshot_folder(source.repo, source.commit).is_dir()
        where = "are in the Hub's cache" if is_there else "are not downloaded yet"
        yield Finding(
            id="weights",
            status="ok" if is_there else "warn",
            message=f"files of {source.repo} {where}",
            remedy=None if is_there else "the first `lucid serve` downloads them",
        )


def _missing_packages(port: Path) -> list[str]:
    """Return what the engine requires and this Python lacks; a port's own environment has all."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import InvalidRequirement, Requirement

    from lucid.environment.find import read_needs, venv_folder

    needs = read_needs(port)
    if needs is None or venv_folder(port).exists():
        return []
    missing = []
    for text in needs.packages:
        try:
            version(Requirement(text).name)
        except PackageNotFoundError as error:
            missing.append(error.name)
        except InvalidRequirement:
            missing.append(text)
    return missing


def _ask_token() -> tuple[bool, LucidError | None]:
    """Return whether a token is set, and the error if it cannot be a token."""
    from lucid.hub.network import read_token

    try:
        return read_token() is not None, None
    except MachineError as error:
        return False, error


def _ask_torch(python: str, version: str | None) -> tuple[str | None, bool, str | None]:
    """Return an interpreter's version of torch, whether CUDA works, and torch's build.

    ``version`` is what to return for a torch that does not import. A process of its own may crash.
    """
    import subprocess

    try:
        run = subprocess.run(
            [python, "-c", _CUDA],
            capture_output=True,
            text=True,
            timeout=_TORCH_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return version or "unknown", False, "importing torch takes too long"
    if run.returncode != 0:
        return version or "unknown", False, "importing torch fails"
    found, _, rest = run.stdout.strip().partition(" ")
    return found or None, rest.startswith("1"), rest[2:]


def _ask_hub(source: Source, choices: Choices) -> tuple[RepoFacts | None, LucidError | None]:
    """Return the facts of the port's repo, or the error if it cannot be read."""
    from lucid.hub.facts import NOT_PINNED
    from lucid.hub.inspect import inspect_repo

    revision = source.revision if source.commit == NOT_PINNED else source.commit
    try:
        return inspect_repo(source.repo, revision, choices), None
    except (ChoiceError, HubError, MachineError) as error:
        return None, error
