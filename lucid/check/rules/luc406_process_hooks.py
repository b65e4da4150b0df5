"""LUC406: a port takes over the process it runs in."""

from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_HOOKS = {
    "atexit.register": "free it in `unload` of the model",
    "os._exit": "raise an error",
    "signal.signal": "let Lucid end the session, and free what it took in `close`",
    "sys.exit": "raise an error",
}


@rule(
    "LUC406",
    message="`{name}` is not a port's to call, as it runs in a thread of Lucid's process: {write}",
    why="A signal handler cannot be set off the main thread, and a port that leaves takes every "
    "player with it.",
)
def process_hooks(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name in _HOOKS and (port.is_ours(call) or foreign.name == "signal.signal"):
            name = code(call.node.func)
            yield process_hooks.of(foreign.value, name=name, write=_HOOKS[foreign.name])
