"""The port that is checked, its limits, and what its author declares."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lucid._port_files import read_pyproject
from lucid.conformance.busy import patience
from lucid.errors import TargetError


class ExpectedFailure(BaseModel):
    """A check that may fail until a date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=8)
    expires: datetime.date


class Capabilities(BaseModel):
    """``[tool.lucid.conformance]`` of a port's pyproject.toml. The defaults promise everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deterministic: bool = True
    """The same rng seed and inputs give the same frames."""
    restartable: bool = True
    """Every session starts like the first."""
    chunk_s: float = Field(default=1.0, gt=0)
    """How long the frames of one step last."""
    expected_failures: dict[str, ExpectedFailure] = {}
    """By check id."""


@dataclass(frozen=True)
class Limits:
    """What the checks allow. Times are for an idle machine."""

    load_s: float = 120.0
    """For a load, an import or the first step."""
    step_s: float = 20.0
    """For a step, an input handler or close()."""
    react_steps: int = 4
    """Steps until an input shows."""
    live_steps: int = 16
    """Steps after which a key that has not shown is dead."""
    silence_s: float = 5.0
    """The longest time that a load may report no progress."""
    import_s: float = 2.0
    """Processor time to import the port's own modules."""
    leak_sessions: int = 20
    leak_bytes: int = 512 * 1024
    """Memory that a session may leak."""
    long_steps: int = 60
    """Steps of the longest play, at least: it is three context lengths if these are longer.

    A setting that shows nothing within these steps is dead.
    """
    leak_step_bytes: int = 32 * 1024
    """Memory that a step may leak."""
    patience: float | None = None
    """A factor for all times, or None to measure how much other processes slow this one."""

    @property
    def slack(self) -> float:
        """The factor for all times now."""
        return patience() if self.patience is None else self.patience


@dataclass(frozen=True)
class Target:
    """A port and how to check it."""

    root: Path
    capabilities: Capabilities = field(default_factory=Capabilities)
    limits: Limits = field(default_factory=Limits)
    profile: str = "full"
    hazards: frozenset[str] = frozenset()
    """Calls that hang or end the process, which the checks avoid: ``close``, ``input:NAME``."""


def read_capabilities(root: Path, known: frozenset[str]) -> Capabilities:
    """Read ``[tool.lucid.conformance]`` of a port's pyproject.toml.

    Raises:
        TargetError: a key of the table is wrong.
    """
    path = root / "pyproject.toml"
    table = read_pyproject(root, "tool", "lucid", "conformance")
    if table is None:
        return Capabilities()
    try:
        capabilities = Capabilities.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise TargetError(
            f"{path}: [tool.lucid.conformance] {key}: {problem['msg']}",
            hint="docs/conformance.md lists what a port can declare. An expected failure needs a "
            "reason and a date, as in R02 = {reason = '...', expires = 2030-01-31}.",
        ) from None
    if unknown := sorted(capabilities.expected_failures.keys() - known):
        raise TargetError(
            f"{path}: [tool.lucid.conformance.expected_failures] names {unknown[0]!r}, "
            "which is not a check",
            hint="docs/conformance.md lists the checks",
        )
    return capabilities
