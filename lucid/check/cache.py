"""Keep the findings of earlier checks on disk, and use them again for the same input.

The key covers all that a check reads: the sources, the lock, the entry, the selection, the rules,
and the versions of Lucid and Python.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lucid
from lucid.check.config import Selection
from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.sources import SourceTree

_KEPT = 512
"""Maximum number of results on disk. If there are more, the older half is deleted."""


def cached_check(tree: SourceTree, selection: Selection) -> list[Diagnostic]:
    """Return the findings in a tree, from the cache if possible.

    Raises:
        TargetError: the selection names no rule.
    """
    path = cache_folder() / f"{_key(tree, selection)}.json"
    found = _read(path)
    if found is None:
        from lucid.check.engine import check  # the cache keeps the findings of all rules
        from lucid.check.rules import RULES

        found = check(tree, selection.codes(rule.code for rule in RULES))
        if selection.select:  # a note counts if the user selects its code
            found = [replace(diagnostic, is_note=False) for diagnostic in found]
        _write(path, found)
    return found


def cache_folder() -> Path:
    """Return the folder of the results, below XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lucid" / "check"


def _key(tree: SourceTree, selection: Selection) -> str:
    digest = hashlib.sha256()
    stamp = [
        lucid.__version__,
        sys.version,
        selection.select,
        selection.ignore,
        tree.entry,
        tree.lock,
        tree.project,
    ]
    digest.update(repr([*stamp, _rules_stamp()]).encode())
    for file in tree.files:
        digest.update(f"\0{file.path}\0{file.module}\0{file.fault}\0".encode(errors="replace"))
        digest.update(file.text.encode(errors="surrogatepass"))
    return digest.hexdigest()


def _rules_stamp() -> list[tuple[str, int, int]]:
    """Return the size and time of each file of the checker, so that a changed rule runs again."""
    here = Path(__file__).parent
    entries = [*os.scandir(here), *os.scandir(here / "rules")]
    files = [
        (entry.name, entry.stat()) for entry in entries if entry.name.endswith((".py", ".toml"))
    ]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in files)


def _read(path: Path) -> list[Diagnostic] | None:
    try:
        stored = json.loads(path.read_bytes())
        return [_diagnostic(item) for item in stored] if isinstance(stored, list) else None
    except (OSError, ValueError, TypeError, KeyError):  # there is no entry, or it is not valid
        return None


def _diagnostic(item: dict[str, Any]) -> Diagnostic:
    fix = item.pop("fix")
    if fix:
        edits = tuple(Edit(Range(**edit["range"]), edit["text"]) for edit in fix.pop("edits"))
        fix = Fix(edits=edits, **fix)
    return Diagnostic(range=Range(**item.pop("range")), fix=fix, **item)


def _write(path: Path, found: Sequence[Diagnostic]) -> None:
    """Write the whole file or nothing. A disk that cannot be written does not fail the check."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps([asdict(diagnostic) for diagnostic in found]), "utf-8")
        draft.replace(path)
        _prune(path.parent)
    except (OSError, UnicodeEncodeError):
        return


def _prune(folder: Path) -> None:
    kept = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime_ns)
    for entry in kept[: len(kept) // 2] if len(kept) > _KEPT else ():
        Path(entry.path).unlink(missing_ok=True)
