"""LUC504: a session fetches something while it is played."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.downloads import HUB_CALLS
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_CLIENTS = ("requests.", "urllib.request.", "httpx.")
_VERBS = {"get", "post", "put", "request", "stream", "urlopen", "urlretrieve"}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        is_fetch = foreign.name in HUB_CALLS or (
            foreign.name.startswith(_CLIENTS) and foreign.name.rpartition(".")[2] in _VERBS
        )
        if is_fetch and call.inside in port.sessions:
            yield RULE.at(foreign.module, call.node, call=ast.unparse(call.node.func))


RULE = Rule(
    code="LUC504",
    name="network-in-play",
    message="`{call}` waits for the network while a player plays: fetch it in `load` of the model",
    why="The picture stands still until the answer comes, or for ever where none does.",
    valid=(
        """
        import requests
        from lucid import LucidModel

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                self.sky = requests.get(URL, timeout=10).content
        """,
    ),
    invalid=(
        Invalid(
            """
            import requests
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_sky(self, url: str) -> None:
                    self.sky = requests.get(url).content
            """,
            line=7,
            column=20,
        ),
    ),
    check=_check,
)
