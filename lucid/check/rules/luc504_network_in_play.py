"""LUC504: a session fetches something while it is played."""

from lucid.check.downloads import HUB_CALLS
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_CLIENTS = ("requests.", "urllib.request.", "httpx.")
_VERBS = {"get", "post", "put", "request", "stream", "urlopen", "urlretrieve"}


@rule(
    "LUC504",
    message="`{call}` waits for the network while a player plays: fetch it in `load` of the model",
    why="The picture stands still until the answer comes, or for ever where none does.",
)
def network_in_play(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        is_fetch = foreign.name in HUB_CALLS or (
            foreign.name.startswith(_CLIENTS) and foreign.name.rpartition(".")[2] in _VERBS
        )
        if is_fetch and call.inside in port.sessions:
            yield network_in_play.of(foreign.value, call=code(call.node.func))
