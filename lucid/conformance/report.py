"""The report of all checks: as JSON, as JUnit XML, as a badge record."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lucid._junit import Case, junit_xml
from lucid._port_files import LOCK_PATH, digest_files
from lucid._target import PortLocation
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.reaches import PATH as REACHES_PATH
from lucid.errors import TargetError
from lucid.lock import read_lock

REPORT_VERSION = 1
_BAD = {Outcome.FAILED, Outcome.BLOCKED}
_UNCERTIFIED = _BAD | {Outcome.SKIPPED, Outcome.EXPECTED}


@dataclass(frozen=True)
class Report:
    """The results of a port, and the code and machine that they hold for."""

    port: str
    """``module:Class``."""
    profile: str
    results: tuple[Result, ...]
    port_sha256: str
    """The digest of the port's own files."""
    lock_commit: str | None
    """The commit of the repo that ``lucid.lock`` names."""
    lucid_version: str
    python_version: str
    device: str
    date: str
    seconds: float
    whole: bool
    """Whether every check was selected."""

    @property
    def ok(self) -> bool:
        """Whether the port passes the profile."""
        bad = _UNCERTIFIED if self.profile == "certified" else {Outcome.FAILED}
        return not any(result.outcome in bad for result in self.results)

    @property
    def counts(self) -> dict[str, int]:
        """The number of checks per outcome."""
        counted = Counter(result.outcome.value for result in self.results)
        return {outcome.value: counted.get(outcome.value, 0) for outcome in Outcome}

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        named = [f"{n} {name.replace('_', ' ')}" for name, n in self.counts.items() if n]
        return f"{self.port}, {self.profile}: {', '.join(named)}, in {self.seconds:g} s"

    def as_json(self) -> str:
        """Return the report as JSON."""
        fields = asdict(self) | {"report_version": REPORT_VERSION, "ok": self.ok}
        fields["counts"] = self.counts
        return json.dumps(fields, indent=2)

    def as_badge(self) -> str:
        """Return a JSON record that is small enough to commit."""
        passed = self.counts["passed"]
        record: dict[str, Any] = {
            "label": "lucid conformance",
            "message": f"{self.profile}: {passed} passed"
            if self.ok
            else f"{self.profile}: failing",
            "color": "brightgreen" if self.ok else "red",
            "ok": self.ok and self.whole,
            "profile": self.profile,
            "port": self.port,
            "port_sha256": self.port_sha256,
            "lock_commit": self.lock_commit,
            "lucid_version": self.lucid_version,
            "device": self.device,
            "date": self.date,
            "counts": self.counts,
        }
        return json.dumps(record, indent=2) + "\n"

    def as_junit(self) -> str:
        """Return JUnit XML, for a CI that shows test results."""
        cases = [self._case(result) for result in self.results]
        suite = f"lucid conformance {self.profile}"
        return junit_xml(suite, {suite: cases}, time=f"{self.seconds:.1f}")

    def _case(self, result: Result) -> Case:
        failed = result.outcome is Outcome.FAILED
        passed = result.outcome is Outcome.PASSED
        return Case(
            result.title,
            self.port.replace(":", "."),
            failure=(result.measured, result.why) if failed else None,
            skipped=None if failed or passed else f"{result.outcome.value}: {result.detail}",
            attributes={"time": f"{result.seconds:.3f}"},
        )


def port_sha256(location: PortLocation) -> str:
    """Return a digest of the port's package, pyproject.toml, lucid.lock and tests/reaches.toml."""
    package = location.import_root / location.module.split(".")[0]
    files = sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    files += [location.root / name for name in ("pyproject.toml", LOCK_PATH, REACHES_PATH)]
    return digest_files(location.root, files)


def lock_commit(root: Path) -> str | None:
    """Return the commit that ``lucid.lock`` names, or None if there is no lock or no commit."""
    try:
        source = read_lock(root).source
    except TargetError:
        return None
    return source.commit if source else None
