"""LUC508: the source pins another commit than lucid.lock."""

import re

from lucid.check.constants import worth
from lucid.check.downloads import downloads, names_repo
from lucid.check.module import Value
from lucid.check.nodes import argument, is_literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_COMMIT = re.compile(r"[0-9a-f]{40}")


@rule(
    "LUC508",
    message="this is commit {found} and lucid.lock records {locked}: pin the one that was "
    "inspected, or inspect the other with `lucid new`",
    why="What is known of the repo, its sizes, inputs and quirks, is of another commit than the "
    "one that plays.",
)
def pin_drift(port: Port) -> Findings:
    lock = port.lock
    if lock is None or not lock.commit or not _COMMIT.fullmatch(lock.commit):
        return
    for call, repo in downloads(port):
        written = argument(call.node, "revision")
        if written is None or names_repo(port, repo) != lock.repo:
            continue
        given = call.module.at(written)
        found = worth(port, given)
        if isinstance(found, str) and _COMMIT.fullmatch(found) and found != lock.commit:
            value = port.resolve(given)
            is_here = isinstance(value, Value) and is_literal(value.node)
            where = value if isinstance(value, Value) and is_here else given
            yield pin_drift.of(where, found=found[:8], locked=lock.commit[:8])
