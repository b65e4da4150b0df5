"""Choose the rules: from the options ``--select`` and ``--ignore``, or from pyproject.toml."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lucid._port_files import read_pyproject
from lucid.errors import TargetError


@dataclass(frozen=True)
class Selection:
    """Codes of rules, or the first letters of codes; ``where`` says where each was written."""

    select: tuple[str, ...] = ()
    """All rules, if this is empty."""
    ignore: tuple[str, ...] = ()
    where: str = "--select"

    def codes(self, known: Iterable[str]) -> frozenset[str]:
        """Return the codes of the selected rules.

        Raises:
            TargetError: a selector fits no rule.
        """
        known = tuple(known)
        for selector in (*self.select, *self.ignore):
            if not any(code.startswith(selector) for code in known):
                raise TargetError(
                    f"{self.where}: no rule's code is or begins with {selector!r}",
                    hint="`lucid rule` lists all rules; write for example LUC1 or LUC106",
                )
        chosen = {code for code in known if not self.select or code.startswith(self.select)}
        return frozenset(code for code in chosen if not code.startswith(self.ignore))


def read_selection(root: Path, select: Sequence[str], ignore: Sequence[str]) -> Selection:
    """Return the selection of the command line, completed by ``[tool.lucid.check]``.

    Raises:
        TargetError: the table is not valid.
    """
    table: object = None
    with contextlib.suppress(TargetError):  # find_port has reported an unreadable file
        table = read_pyproject(root, "tool", "lucid", "check")
    table = {} if table is None else table
    where = f"{root / 'pyproject.toml'}: [tool.lucid.check]"
    if not isinstance(table, dict) or table.keys() - {"select", "ignore"}:
        raise TargetError(
            f"{where} may contain only select and ignore",
            hint='write for example ignore = ["LUC901"]',
        )
    given = {name: _strings(where, name, table.get(name, [])) for name in ("select", "ignore")}
    if select or ignore:
        where = "--select" if select else "--ignore"
    return Selection(tuple(select) or given["select"], (*ignore, *given["ignore"]), where=where)


def _strings(where: str, name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise TargetError(
            f"{where} {name} must be a list of codes, got {value!r}",
            hint=f'write for example {name} = ["LUC901"]',
        )
    return tuple(value)
