"""What is checked: a model class, its configuration, and what its author declares of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lucid._port_files import read_pyproject
from lucid.conformance.busy import patience
from lucid.errors import TargetError


class ExpectedFailure(BaseModel):
    """A check that may fail for now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=8)
    expires: datetime.date


class Capabilities(BaseModel):
    """``[tool.lucid.conformance]`` of a port's pyproject.toml; what it leaves out is promised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deterministic: bool = True
    """The same rng seed and inputs give the same frames."""
    restartable: bool = True
    """A session starts as the first one did, whatever came before."""
    chunk_s: float = Field(default=1.0, gt=0)
    """How long the frames of one step may last."""
    expected_failures: dict[str, ExpectedFailure] = {}
    """By the id of a check."""


@dataclass(frozen=True)
class Limits:
    """What is allowed; times are of a machine that does nothing else."""

    load_s: float = 120.0
    """A load, an import and the first step."""
    step_s: float = 20.0
    """A step, a handler, a close."""
    react_steps: int = 4
    """Steps until an input shows."""
    live_steps: int = 16
    """Steps until an input that shows at all has shown."""
    silence_s: float = 5.0
    """A load that says nothing."""
    import_s: float = 2.0
    """Processor time of the import of the port's own modules."""
    leak_sessions: int = 20
    leak_bytes: int = 512 * 1024
    """Memory that a session may leave behind."""
    patience: float | None = None
    """What times are multiplied with; None: as much as other processes slow this one down."""

    @property
    def slack(self) -> float:
        """What times are multiplied with now."""
        return patience() if self.patience is None else self.patience


@dataclass(frozen=True)
class Target:
    """A port as it is checked."""

    root: Path
    capabilities: Capabilities = field(default_factory=Capabilities)
    limits: Limits = field(default_factory=Limits)
    profile: str = "full"
    hazards: frozenset[str] = frozenset()
    """Calls that are known to hang or to end the process: ``close``, ``input:NAME``."""


def read_capabilities(root: Path, known: frozenset[str]) -> Capabilities:
    """What a port's pyproject.toml declares.

    Raises:
        TargetError: the table is wrong: names the key.
    """
    path = root / "pyproject.toml"
    table = read_pyproject(root, "tool", "lucid", "conformance")
    if table is None:
        return Capabilities()
    try:
        capabilities = Capabilities.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise TargetError(
            f"{path}: [tool.lucid.conformance] {where}: {problem['msg']}",
            hint="docs/conformance.md says what a port can declare; an expected failure needs a "
            "reason and a date, as in R02 = {reason = '...', expires = 2030-01-31}",
        ) from None
    if strangers := sorted(capabilities.expected_failures.keys() - known):
        raise TargetError(
            f"{path}: [tool.lucid.conformance.expected_failures] names {strangers[0]!r}, "
            "which is no check",
            hint="docs/conformance.md lists them",
        )
    return capabilities
