"""What a case of a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lucid.check.project import Project


@dataclass(frozen=True)
class Valid:
    """A module that keeps a rule, in a port with a ``lucid.lock`` or a project."""

    source: str
    lock: Mapping[str, Any] | None = None
    project: Project | None = None


@dataclass(frozen=True)
class Invalid:
    """A module that breaks a rule once, and where the finding is."""

    source: str
    line: int
    column: int
    fix: tuple[str, str] | None = None
    """What the fix replaces in the source and by what; all else stays as it is."""
    lock: Mapping[str, Any] | None = None
    project: Project | None = None
