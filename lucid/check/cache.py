"""What was found before in the same text: read again without reading the text's meaning.

The key is everything that a check sees: the sources, the lock, the entry, the selection, the rules
themselves, Lucid's and Python's version.
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
"""Results on disk; of more, the older half goes."""


def cached_check(tree: SourceTree, selection: Selection) -> list[Diagnostic]:
    """The findings in a tree, from the cache where it has them.

    Raises:
        TargetError: the selection names no rule.
    """
    path = cache_folder() / f"{_key(tree, selection)}.json"
    found = _read(path)
    if found is None:
        from lucid.check.engine import check  # all rules: what the cache saves
        from lucid.check.rules import RULES

        found = check(tree, selection.codes(rule.code for rule in RULES))
        if selection.select:  # who asks for a note by its code wants it to count
            found = [replace(diagnostic, is_note=False) for diagnostic in found]
        _write(path, found)
    return found


def cache_folder() -> Path:
    """Where results are kept: below XDG_CACHE_HOME, or below ~/.cache."""
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
    """Size and time of each file of the checker, so that an edited rule looks again."""
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
    except (OSError, ValueError, TypeError, KeyError):  # none, or not ours
        return None


def _diagnostic(item: dict[str, Any]) -> Diagnostic:
    fix = item.pop("fix")
    if fix:
        edits = tuple(Edit(Range(**edit["range"]), edit["text"]) for edit in fix.pop("edits"))
        fix = Fix(edits=edits, **fix)
    return Diagnostic(range=Range(**item.pop("range")), fix=fix, **item)


def _write(path: Path, found: Sequence[Diagnostic]) -> None:
    """Whole or not at all; a disk that cannot be written is no reason to fail."""
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
