"""Check a port in a process of its own, which may hang, crash or print without end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lucid._target import PortLocation
from lucid.conformance.checks import BY_ID, PROMISES, with_needs
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.run import failed
from lucid.conformance.target import Target
from lucid.errors import LucidError, MachineError, TargetError

SLACK_S = 10.0
"""How long after its own limit the process may take to say that something hangs."""
GONE_S = 2.0
KEPT_LINES = 12
BLAMED = {
    "load": "W01",
    "unload": "W07",
    "create_session": "R00",
    "run": "R00",
    "publish": "R00",
    "close": "L07",
    "input": "I01",
}
"""The check that a call which does not come back, or ends the process, breaks."""
AVOIDABLE = ("input", "close", "unload")
"""Calls that the checks can do without."""


@dataclass
class _Run:
    """What is known so far."""

    location: PortLocation
    target: Target
    ids: list[str]
    results: dict[str, Result] = field(default_factory=dict)
    avoided: set[str] = field(default_factory=set)
    """Failed checks that others need not wait for: what broke them is no longer called."""
    hazards: set[str] = field(default_factory=set)
    device: str = ""


def supervise(
    location: PortLocation,
    target: Target,
    ids: Collection[str] | None = None,
    on_result: Callable[[Result], None] = lambda result: None,
    on_begin: Callable[[str], None] = lambda id: None,
) -> tuple[list[Result], str]:
    """The results of the checks (all, or ``ids`` and what they need), and what they ran on.

    Raises:
        TargetError: the port does not import, or has no stub engine.
        MachineError: no process can be started.
    """
    wanted = with_needs(frozenset(ids)) if ids is not None else frozenset(BY_ID)
    run = _Run(location, target, [kept.id for kept in PROMISES if kept.id in wanted])
    while len(run.results) < len(run.ids):
        before = len(run.results) + len(run.hazards)
        child = _Child(run)
        try:
            child.follow(on_result, on_begin)
        finally:
            child.kill()
        if len(run.results) + len(run.hazards) == before:
            raise MachineError(
                "the process of the checks ends at once",
                hint="\n".join(child.last_words) or "run `lucid doctor`",
            )
    return [run.results[id] for id in BY_ID if id in run.results], run.device


class _Child:
    """One process, until it is done, dead or silent for too long."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._phase, self._begun = "import", ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.last_words: deque[str] = deque(maxlen=KEPT_LINES)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lucid.conformance.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ},  # other processes want to run too
        )
        self._readers = [
            threading.Thread(target=target, daemon=True)
            for target in (self._read_lines, self._read_words)
        ]
        for reader in self._readers:
            reader.start()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(self._job()).encode())
            self._process.stdin.close()

    def _job(self) -> dict[str, Any]:
        run = self._run
        done = {id: result.outcome for id, result in run.results.items()}
        done |= dict.fromkeys(run.avoided & done.keys(), Outcome.NOT_APPLICABLE)
        return {
            "root": str(run.location.root),
            "module": run.location.module,
            "class_name": run.location.class_name,
            "profile": "stub" if run.target.profile == "stub" else "full",
            "capabilities": run.target.capabilities.model_dump(mode="json"),
            "limits": asdict(run.target.limits),
            "hazards": sorted(run.hazards),
            "ids": run.ids,
            "done": done,
        }

    def follow(self, on_result: Callable[[Result], None], on_begin: Callable[[str], None]) -> None:
        """Take its lines until there are no more."""
        limits = self._run.target.limits
        while True:
            slow = self._phase in ("import", "load", "idle")
            limit_s = (limits.load_s if slow else limits.step_s) * limits.slack + SLACK_S
            try:
                text = self._lines.get(timeout=limit_s)
            except queue.Empty:
                self._blame(f"{self._phase} did not come back within {limit_s:g} s")
                break
            if text is None:
                self._blame(f"{self._phase} ended the process ({self._ending()})")
                break
            try:
                said = json.loads(text)
            except ValueError:
                continue
            if self._hear(said, on_result, on_begin):
                break
        for id in self._run.results:
            if id in self._news:
                on_result(self._run.results[id])

    _news: frozenset[str] = frozenset()

    def _hear(
        self,
        said: dict[str, Any],
        on_result: Callable[[Result], None],
        on_begin: Callable[[str], None],
    ) -> bool:
        """Take one line; whether it was the last."""
        match said:
            case {"phase": phase}:
                self._phase = phase
            case {"begin": id}:
                self._begun = id
                on_begin(id)
            case {"result": fields}:
                result = Result(**{**fields, "outcome": Outcome(fields["outcome"])})
                self._run.results[result.id] = result
                on_result(result)
            case {"stuck": stuck}:
                self._phase = stuck["phase"]
                self._blame(stuck["told"])
                return True
            case {"error": error}:
                raise _error(error)
            case {"done": True, "device": device}:
                self._run.device = device
                return True
        return False

    def _blame(self, told: str) -> None:
        """Name the check that this breaks, and keep the next process from the same call."""
        run, phase = self._run, self._phase
        if phase == "import":
            raise TargetError(
                f"importing {run.location.module}: {told}",
                hint="\n".join(self.last_words) or "run `lucid check` on the port",
            )
        kind = phase.partition(":")[0]
        id = BLAMED.get(kind, self._begun)
        again = phase in run.hazards
        if id not in BY_ID or again:
            id = self._begun
        if kind in BLAMED and not again:
            run.hazards.add(phase)
        elif self._begun not in BY_ID:
            raise MachineError(told, hint="\n".join(self.last_words))
        result = failed(BY_ID[id], told, run.target)
        if (earlier := run.results.get(id)) is not None and not again:
            result = replace(result, detail=f"{earlier.detail}; {told}")
        run.results[id] = result
        if id not in run.ids:
            run.ids.append(id)
        if kind in AVOIDABLE:
            run.avoided.add(id)
        self._news = frozenset({id})

    def _ending(self) -> str:
        status = self._process.wait()
        if status < 0:
            name = signal.Signals(-status).name
            return f"{name}; out of memory?" if name == "SIGKILL" else name
        return f"exit status {status}"

    def kill(self) -> None:
        """End it and whatever it started."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(GONE_S)  # longer only where something that it started lives on

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.decode(errors="replace"))
        self._lines.put(None)

    def _read_words(self) -> None:
        """What the port prints goes through here, so that it never waits; the last is kept."""
        assert self._process.stderr is not None
        rest = b""
        with self._process.stderr as words:
            while data := os.read(words.fileno(), 65536):
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[-1000:]
                for text in lines[-KEPT_LINES:]:
                    self.last_words.append(text[:300].decode(errors="replace"))
        if rest:
            self.last_words.append(rest.decode(errors="replace"))


def _error(said: dict[str, Any]) -> LucidError:
    kinds = {"TargetError": TargetError}
    kind = kinds.get(said["kind"], TargetError)
    return kind(said["message"], hint=said["hint"])
