"""LUC306: a port starts a thread."""

from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_STARTERS = {
    "asyncio.to_thread",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.ThreadPoolExecutor",
    "multiprocessing.Process",
    "threading.Thread",
    "threading.Timer",
}


@rule(
    "LUC306",
    message="`{call}` starts a thread: call the model where you are, as Lucid already runs all of "
    "a port on one thread of its own",
    why="Compiled graphs belong to the thread that made them, and two steps at once mix the "
    "worlds of two players.",
)
def own_thread(port: Port) -> Findings:
    for call in filter(port.is_ours, port.played_calls):
        foreign = port.foreign_calls.get(call)
        starts = foreign is not None and foreign.name in _STARTERS
        if starts or call.callee.endswith(".run_in_executor"):
            yield own_thread.at(call.module, call.node, call=code(call.node.func))
