"""Check a port in a child process, which may hang, crash or print endlessly."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from lucid._target import PortLocation
from lucid.conformance.checks import BY_ID, PROMISES, with_needs
from lucid.conformance.child import Begin, Done, Job, Phase
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.run import Stuck, failed
from lucid.conformance.target import Target
from lucid.environment.find import find_interpreter
from lucid.errors import MachineError, TargetError
from lucid.runtime.child import WatchedChild
from lucid.runtime.process_messages import ImportFailed

CHILD = "lucid.conformance.child"
SLACK_S = 10.0
"""How long after its own limit the process may take to report a call that hangs."""
BLAMED = {
    "load": "W01",
    "unload": "W07",
    "create_session": "R00",
    "run": "R00",
    "publish": "R00",
    "close": "L07",
    "input": "I01",
}
"""The check that fails if a call hangs or ends the process."""
AVOIDABLE = ("input", "close", "unload")
"""Calls that the other checks can avoid."""


@dataclass
class _Run:
    """The results so far, of all processes."""

    location: PortLocation
    target: Target
    ids: list[str]
    results: dict[str, Result] = field(default_factory=dict)
    avoided: set[str] = field(default_factory=set)
    """Failed checks that do not block others: the call that broke them is no longer made."""
    hazards: set[str] = field(default_factory=set)
    python: Path | None = None
    """The interpreter of the port's own environment."""
    done: Done = field(default_factory=lambda: Done("", ""))


def supervise(
    location: PortLocation,
    target: Target,
    ids: Collection[str] | None = None,
    on_begin: Callable[[str], None] = lambda id: None,
) -> tuple[list[Result], Done]:
    """Run all checks, or ``ids`` and what they need. Return the results and where they ran.

    Raises:
        TargetError: the port does not import, or has no stub engine.
        MachineError: the child process ends before it checks anything, or the port's environment
            does not fit.
    """
    wanted = with_needs(frozenset(ids)) if ids is not None else frozenset(BY_ID)
    chosen = [promise.id for promise in PROMISES if promise.id in wanted]
    run = _Run(location, target, chosen, python=find_interpreter(location.root))
    while len(run.results) < len(run.ids):
        before = len(run.results) + len(run.hazards)
        supervised = _Supervised(run)
        try:
            supervised.follow(on_begin)
        finally:
            supervised.child.reap()
        if len(run.results) + len(run.hazards) == before:
            raise MachineError(
                "the process that runs the checks ended at once",
                hint=supervised.child.last_lines or "run `lucid doctor`",
            )
    return [run.results[id] for id in BY_ID if id in run.results], run.done


class _Supervised:
    """One child process, until it is done, dead or silent for too long."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._phase, self._begun = "import", ""
        # Threads of a native library must not spin: the checks run beside other processes.
        env = {"OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}
        self.child = WatchedChild(CHILD, self._job(), env=env, python=run.python)

    def _job(self) -> Job:
        run = self._run
        done = {id: result.outcome for id, result in run.results.items()}
        done |= dict.fromkeys(run.avoided & done.keys(), Outcome.NOT_APPLICABLE)
        target = replace(
            run.target,
            profile="stub" if run.target.profile == "stub" else "full",
            hazards=frozenset(run.hazards),
        )
        return Job(run.location, target, tuple(run.ids), done)

    def follow(self, on_begin: Callable[[str], None]) -> None:
        """Handle its messages until the last one."""
        limits = self._run.target.limits
        while True:
            slow = self._phase in ("import", "load", "idle")
            limit_s = (limits.load_s if slow else limits.step_s) * limits.slack + SLACK_S
            try:
                message = self.child.receive(limit_s)
            except TimeoutError:
                self.child.log_stacks(self._phase)
                self._blame(f"{self._phase} did not return within {limit_s:g} s")
                break
            if message is None:
                how = self.child.reap()
                memory = ": out of memory?" if how.endswith("SIGKILL") else ""
                self._blame(f"{self._phase} ended the process, which {how}{memory}")
                break
            if self._handle(message, on_begin):
                break

    def _handle(self, message: object, on_begin: Callable[[str], None]) -> bool:
        """Handle one message. Return whether it is the last."""
        match message:
            case Phase(name=phase):
                self._phase = phase
            case Begin(id=id):
                self._begun = id
                on_begin(id)
            case Result(id=id):
                self._run.results[id] = message
            case Stuck(phase=phase, detail=detail):
                self._phase = phase
                self.child.log_stacks(phase)
                self._blame(detail)
                return True
            case ImportFailed(error=error):
                raise TargetError(error.message, hint=error.hint)
            case Done():
                self._run.done = message
                return True
        return False

    def _blame(self, detail: str) -> None:
        """Fail the check that the current call breaks. The next process avoids the call."""
        run, phase = self._run, self._phase
        if phase == "import":
            raise TargetError(
                f"importing {run.location.module}: {detail}",
                hint=self.child.last_lines or "run `lucid check` on the port",
            )
        kind = phase.partition(":")[0]
        id = BLAMED.get(kind, self._begun)
        again = phase in run.hazards
        if id not in BY_ID or again:
            id = self._begun
        if kind in BLAMED and not again:
            run.hazards.add(phase)
        elif self._begun not in BY_ID:
            raise MachineError(detail, hint=self.child.last_lines)
        result = failed(BY_ID[id], detail, run.target)
        if (earlier := run.results.get(id)) is not None and not again:
            result = replace(result, detail=f"{earlier.detail}; {detail}")
        run.results[id] = result
        if id not in run.ids:
            run.ids.append(id)
        if kind in AVOIDABLE:
            run.avoided.add(id)
