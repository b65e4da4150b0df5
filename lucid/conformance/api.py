"""Check a port with one call."""

import datetime
import time
from collections.abc import Callable, Collection
from importlib.metadata import version
from pathlib import Path

from lucid._target import PROFILES, PortLocation, find_port
from lucid.conformance.checks import BY_ID
from lucid.conformance.report import Report, lock_commit, port_sha256
from lucid.conformance.supervise import supervise
from lucid.conformance.target import Limits, Target, read_capabilities
from lucid.errors import TargetError


def check_port(
    port: str | Path | PortLocation,
    profile: str = "stub",
    *,
    ids: Collection[str] | None = None,
    limits: Limits | None = None,
    on_begin: Callable[[str], None] = lambda id: None,
) -> Report:
    """Run the conformance checks of a port in a separate process.

    ``profile`` is ``stub`` (the port's stub engine, without weights), ``full`` (with its weights)
    or ``certified`` (full, and no check may be skipped or expected to fail). ``ids`` selects
    checks. The checks that they need run too.

    Raises:
        TargetError: there is no port, it does not import, or its pyproject.toml declares
            something wrong.
    """
    location = port if isinstance(port, PortLocation) else find_port(str(port), Path.cwd())
    if profile not in PROFILES:
        raise TargetError(f"{profile!r} is not a profile", hint=f"use one of {', '.join(PROFILES)}")
    for id in ids or ():
        if id not in BY_ID:
            raise TargetError(f"{id!r} is not a check", hint="docs/conformance.md lists the checks")
    target = Target(
        root=location.root,
        capabilities=read_capabilities(location.root, frozenset(BY_ID)),
        limits=limits or Limits(),
        profile=profile,
    )
    start_s = time.monotonic()
    results, where = supervise(location, target, ids, on_begin)
    return Report(
        port=location.entry,
        profile=profile,
        results=tuple(results),
        port_sha256=port_sha256(location),
        lock_commit=lock_commit(location.root),
        lucid_version=version("lucid-runtime"),
        python_version=where.python_version,
        device=where.device,
        date=datetime.date.today().isoformat(),
        seconds=round(time.monotonic() - start_s, 1),
        whole=ids is None,
    )
