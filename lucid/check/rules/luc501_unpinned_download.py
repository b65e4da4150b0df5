"""LUC501: a download without a commit."""

import re

import libcst as cst

from lucid.check.constants import worth
from lucid.check.diagnostics import Fix
from lucid.check.downloads import downloads, is_hub_call, names_repo
from lucid.check.module import Call
from lucid.check.nodes import add_argument, argument, expression, is_literal
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_COMMIT = re.compile(r"[0-9a-f]{40}")


@rule(
    "LUC501",
    message="this download has {what}: write `revision=` with the commit of 40 hex digits",
    why="The repo may change under the port: other weights, other code, another world than was "
    "tested.",
)
def unpinned_download(port: Port) -> Findings:
    for call, repo in downloads(port):
        name = names_repo(port, repo)
        if not (name or is_hub_call(port, call)) or _is_open(call.node):
            continue
        given = argument(call.node, "revision")
        revision = worth(port, call.module.at(given)) if given else None
        if given is None or (isinstance(revision, str) and not _COMMIT.fullmatch(revision)):
            what = f"revision {revision!r}" if revision else "no revision"
            fix = _fix(port, call, name, given)
            yield unpinned_download.at(call.module, given or call.node.func, fix, what=what)


def _is_open(call: cst.Call) -> bool:
    """Whether ``**options`` may hold a revision, or nothing is downloaded."""
    names = (arg.keyword.value for arg in call.args if arg.keyword)
    return "local_files_only" in names or any(arg.star == "**" for arg in call.args)


def _fix(port: Port, call: Call, name: str | None, given: cst.BaseExpression | None) -> Fix | None:
    lock = port.lock
    if lock is None or name is None or lock.repo != name:
        return None
    if not lock.commit or not _COMMIT.fullmatch(lock.commit):
        return None
    commit = expression(f'"{lock.commit}"')
    if given is None:
        edit = call.module.replace(call.node, add_argument(call.node, "revision", commit))
    elif is_literal(given):
        edit = call.module.replace(given, commit)
    else:
        return None
    return fixed("Pin the commit of lucid.lock", edit, is_safe=True)
