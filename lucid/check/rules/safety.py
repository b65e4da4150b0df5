"""Rules about downloads, code in weights, and values of one machine."""

import re
from collections.abc import Iterator

import libcst as cst

from lucid.check.constants import worth, written
from lucid.check.diagnostics import Fix
from lucid.check.downloads import COMMIT, HUB_CALLS, downloads, is_hub_call, names_repo
from lucid.check.module import Call, Value
from lucid.check.nodes import (
    add_argument,
    argument,
    code,
    given,
    has_open_keywords,
    is_literal,
    literal,
)
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC501",
    message="this download has {what}: write `revision=` with the commit of 40 hex digits",
    why="The repo may change after you tested the port: other weights, other code, another world.",
)
def unpinned_download(port: Port) -> Findings:
    for call, repo in downloads(port):
        name = names_repo(port, repo)
        if not (name or is_hub_call(port, call)) or _may_have_revision(call.node):
            continue
        given = argument(call.node, "revision")
        revision = worth(port, call.module.at(given)) if given else None
        if given is None or (isinstance(revision, str) and not COMMIT.fullmatch(revision)):
            what = f"revision {revision!r}" if revision else "no revision"
            fix = _pin(port, call, name, given)
            yield unpinned_download.at(call.module, given or call.node.func, fix, what=what)


def _may_have_revision(call: cst.Call) -> bool:
    """Return whether ``**options`` may have a revision, or nothing is downloaded."""
    names = (arg.keyword.value for arg in call.args if arg.keyword)
    return "local_files_only" in names or any(arg.star == "**" for arg in call.args)


def _pin(port: Port, call: Call, name: str | None, given: cst.BaseExpression | None) -> Fix | None:
    lock = port.lock
    if lock is None or name is None or lock.repo != name:
        return None
    if not lock.commit or not COMMIT.fullmatch(lock.commit):
        return None
    commit = cst.parse_expression(f'"{lock.commit}"')
    if given is None:
        edit = call.module.replace(call.node, add_argument(call.node, "revision", commit))
    elif is_literal(given):
        edit = call.module.replace(given, commit)
    else:
        return None
    return fixed("Pin the commit of lucid.lock", edit, is_safe=True)


@rule(
    "LUC502",
    message="a pickle may run any code when it is loaded: write `weights_only=True`, or take the "
    "repo's .safetensors",
    why="Weights come from strangers. A file that runs code runs it with the rights of the user "
    "who serves the port.",
)
def pickled_weights(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        given = argument(call.node, "weights_only")
        if foreign.name != "torch.load" or has_open_keywords(call.node):
            continue
        module, yes = call.module, cst.parse_expression("True")
        if given is None:
            edit = module.replace(call.node, add_argument(call.node, "weights_only", yes))
            fix = fixed("Load weights only", edit, is_safe=True)
            yield pickled_weights.at(module, call.node.func, fix)
        elif literal(given) is False:
            fix = fixed("Load weights only", module.replace(given, yes), is_safe=False)
            yield pickled_weights.at(module, given, fix)


@rule(
    "LUC503",
    message="this runs code from the model's repo: read that code, put it into the port, and load "
    "the weights into it",
    why="The downloaded code runs with the rights of the user who serves the port, and it changes "
    "with the repo.",
)
def remote_code(port: Port) -> Findings:
    for call in port.played_calls:
        for arg in call.node.args:
            name = arg.keyword.value if arg.keyword else None
            if name == "trust_remote_code" and literal(arg.value) is True:
                yield remote_code.at(call.module, arg)


_HTTP_CLIENTS = ("requests.", "urllib.request.", "httpx.")
_HTTP_CALLS = {"get", "post", "put", "request", "stream", "urlopen", "urlretrieve"}


@rule(
    "LUC504",
    message="`{call}` waits for the network while a player plays: fetch it in `load` of the model",
    why="The picture stands still until the answer arrives, or forever if none arrives.",
)
def network_in_play(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        is_fetch = foreign.name in HUB_CALLS or (
            foreign.name.startswith(_HTTP_CLIENTS)
            and foreign.name.rpartition(".")[2] in _HTTP_CALLS
        )
        if is_fetch and call.inside in port.sessions:
            yield network_in_play.of(foreign.value, call=code(call.node.func))


_OF_ONE_MACHINE = re.compile(r"(/home/|/Users/|/root/|/mnt/|[A-Za-z]:\\Users\\)\S")


@rule(
    "LUC505",
    message="this path exists on one machine only: write it from `Path(__file__).parent`, or make "
    "it a field of the model's config",
    why="The port plays for its author and starts nowhere else.",
)
def absolute_path(port: Port) -> Findings:
    for module in port.played:
        for text in module.strings:
            if isinstance(value := literal(text), str) and _OF_ONE_MACHINE.match(value):
                yield absolute_path.at(module, text)


_TOKEN = re.compile(
    r"hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{32,}|AKIA[A-Z0-9]{16}"
)


@rule(
    "LUC506",
    message="this looks like an access token: revoke it, and read it from the environment",
    why="Anybody who gets the port gets the account.",
)
def secret(port: Port) -> Findings:
    for module in port.modules.values():
        for text in module.strings:
            if isinstance(value := literal(text), str) and _TOKEN.search(value):
                yield secret.at(module, text)


_UNPICKLERS = {"cloudpickle.load", "dill.load", "dill.loads", "joblib.load", "pickle.load",
               "pickle.loads", "torch.hub.load"}  # fmt: skip


@rule(
    "LUC507",
    message="`{call}` runs any code that the file contains: keep the data as .safetensors, .npz or "
    "JSON",
    why="A pickle from a stranger runs code with the rights of the user who serves the port.",
)
def unpickles(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        allows = literal(argument(call.node, "allow_pickle")) is True
        if foreign.name in _UNPICKLERS or (foreign.name == "numpy.load" and allows):
            yield unpickles.at(call.module, call.node.func, call=code(call.node.func))


@rule(
    "LUC508",
    message="this is commit {found}, but lucid.lock records {locked}: pin the recorded commit, or "
    "inspect this one with `lucid new`",
    why="The sizes, inputs and quirks in lucid.lock are those of another commit than the one that "
    "plays.",
)
def pin_drift(port: Port) -> Findings:
    commits = port.lock.commits if port.lock else {}
    for repo, revision in _pins(port):
        locked = commits.get(names_repo(port, repo) or "", "")
        found = worth(port, revision)
        are_commits = COMMIT.fullmatch(locked) and COMMIT.fullmatch(str(found))
        if are_commits and found != locked:
            where = written(port, revision)
            yield pin_drift.of(where, found=str(found)[:8], locked=locked[:8])


def _pins(port: Port) -> Iterator[tuple[Value | None, Value]]:
    """Yield the repo and the revision of each download that names a revision."""
    for call, repo in downloads(port):
        if written := argument(call.node, "revision"):
            yield repo, call.module.at(written)
    for call, foreign in port.foreign_calls.items():
        if foreign.name == "lucid.download_weights":
            named, written = given(call.node, 0, "repo"), given(call.node, 1, "commit")
            if named and written:
                yield call.module.at(named), call.module.at(written)
