"""LUC504: a session fetches something while it is played."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.downloads import HUB_CALLS
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Rule

_CLIENTS = ("requests.", "urllib.request.", "httpx.")
_VERBS = {"get", "post", "put", "request", "stream", "urlopen", "urlretrieve"}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls.items():
        is_fetch = foreign.name in HUB_CALLS or (
            foreign.name.startswith(_CLIENTS) and foreign.name.rpartition(".")[2] in _VERBS
        )
        if is_fetch and call.inside in port.sessions:
            yield RULE.of(foreign.value, call=code(call.node.func))


RULE = Rule(
    code="LUC504",
    name="network-in-play",
    message="`{call}` waits for the network while a player plays: fetch it in `load` of the model",
    why="The picture stands still until the answer comes, or for ever where none does.",
    check=_check,
)
