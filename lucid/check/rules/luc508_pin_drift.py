"""LUC508: the source pins another commit than lucid.lock."""

import ast
import re
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.downloads import downloads, names_repo
from lucid.check.port import Port, Value, argument
from lucid.check.rule import Invalid, Rule, Valid

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOCK = {"source": {"repo": "org/name", "commit": "1" * 40}}


def _check(port: Port) -> Iterator[Diagnostic]:
    lock = port.lock
    if lock is None or not lock.commit or not _COMMIT.fullmatch(lock.commit):
        return
    for call, _, repo in downloads(port):
        given = argument(call.node, "revision")
        if repo is None or given is None or names_repo(port, repo) != lock.repo:
            continue
        value = port.resolve(repo.module, given, call.function)
        found = port.literal(Value(repo.module, given, call.function))
        if isinstance(found, str) and _COMMIT.fullmatch(found) and found != lock.commit:
            where = value if isinstance(value, Value) else Value(repo.module, given)
            literal = where.node if isinstance(where.node, ast.Constant) else given
            module = where.module if literal is where.node else repo.module
            yield RULE.at(module, literal, found=found[:8], locked=lock.commit[:8])


RULE = Rule(
    code="LUC508",
    name="pin-drift",
    message="this is commit {found} and lucid.lock records {locked}: pin the one that was "
    "inspected, or inspect the other with `lucid new`",
    why="What is known of the repo, its sizes, inputs and quirks, is of another commit than the "
    "one that plays.",
    valid=(
        Valid(
            "from huggingface_hub import snapshot_download\n"
            f"def load():\n    snapshot_download('org/name', revision='{'1' * 40}')\n"
            f"    snapshot_download('org/other', revision='{'2' * 40}')",
            _LOCK,
        ),
    ),
    invalid=(
        Invalid(
            "from huggingface_hub import snapshot_download\n"
            f"COMMIT = '{'2' * 40}'\n"
            "def load():\n    snapshot_download('org/name', revision=COMMIT)",
            line=2,
            column=10,
            lock=_LOCK,
        ),
    ),
    check=_check,
)
