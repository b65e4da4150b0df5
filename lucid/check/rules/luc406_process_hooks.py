"""LUC406: a port takes over the process it runs in."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_HOOKS = {
    "atexit.register": "free it in `unload` of the model",
    "os._exit": "raise an error",
    "signal.signal": "let Lucid end the session, and free what it took in `close`",
    "sys.exit": "raise an error",
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        ours = call.inside in port.sessions or call.inside in port.models
        if foreign.name in _HOOKS and (ours or foreign.name == "signal.signal"):
            name = ast.unparse(call.node.func)
            yield RULE.at(foreign.module, call.node, name=name, write=_HOOKS[foreign.name])


RULE = Rule(
    code="LUC406",
    name="process-hooks",
    message="`{name}` is not a port's to call, as it runs in a thread of Lucid's process: {write}",
    why="A signal handler cannot be set off the main thread, and a port that leaves takes every "
    "player with it.",
    valid=(
        """
        import sys
        from lucid import LucidModel

        class MyModel(LucidModel):
            def unload(self) -> None: ...

        def main() -> None:
            sys.exit(1)
        """,
    ),
    invalid=(
        Invalid(
            """
            import signal
            from lucid import LucidModel

            class MyModel(LucidModel):
                def load(self, ctx) -> None:
                    signal.signal(signal.SIGTERM, self.stop)
            """,
            line=6,
            column=9,
        ),
    ),
    check=_check,
)
