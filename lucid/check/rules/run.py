"""Rules about the loop of a session."""

from collections.abc import Iterable, Iterator

import libcst as cst

from lucid.check.diagnostics import Edit
from lucid.check.module import Function, Module
from lucid.check.nodes import (
    Definition,
    any_of,
    awaited,
    below,
    callee,
    children,
    code,
    descend,
    has_comment,
    literal,
    statements,
)
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule
from lucid.check.session import COROUTINES


@rule(
    "LUC301",
    message="`{call}` stops the model's thread: remove it, because `await self.ctx.publish(...)` "
    "paces the loop",
    why="While the thread sleeps, no input is applied and no other player gets a frame. The "
    "controls lag by that long.",
)
def sleeps(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "time.sleep" or call.inside not in port.sessions:
            continue
        fix = None
        if call.in_async and call.module.top("asyncio") == ["asyncio"]:
            slept = call.node.with_changes(func=cst.parse_expression("asyncio.sleep"))
            edit = call.module.replace(call.node, awaited(slept))
            fix = fixed("Let others run meanwhile", edit, is_safe=False)
        yield sleeps.of(call, fix, call=code(call.node))


@rule(
    "LUC302",
    message="`{call}(...)` does nothing until it is awaited: write `await {call}(...)`{also}",
    why="A frame that is not awaited is never shown, and inputs are applied only while `run` "
    "awaits.",
)
def not_awaited(port: Port) -> Findings:
    for call in (call for module in port.modules.values() for call in module.calls):
        if not (call.is_statement and call.callee in COROUTINES and call.inside in port.sessions):
            continue
        fix = None
        if call.in_async:
            edit = call.module.replace(call.node, awaited(call.node))
            fix = fixed("Await it", edit, is_safe=True)
        also = "" if fix else " in an `async def`"
        yield not_awaited.of(call, fix, call=call.callee, also=also)


@rule(
    "LUC303",
    message="{subject} never awaits: write {also}`await self.ctx.publish(...)` in it",
    why="Inputs are applied only while `run` awaits. Without it keys do nothing, no frame leaves, "
    "and the session cannot end.",
)
def run_never_awaits(port: Port) -> Findings:
    for method in port.session_methods:
        if method.name != "run" or method.node.decorators or _may_delegate(method):
            continue
        also = "" if method.is_async else "`async def run` and "
        awaits = any(map(_gives_way, method.own_nodes))
        loops = list(_stuck_loops(method.node.body, run_awaits=awaits))
        for loop in loops:
            yield run_never_awaits.at(method.module, loop, subject="this loop", also=also)
        if not loops and not awaits and not _forgets_await(method.own_nodes):
            yield run_never_awaits.of(method, subject="`run`", also=also)


def _stuck_loops(block: cst.BaseSuite, run_awaits: bool) -> Iterator[cst.While]:
    """Yield the outermost loops that may run forever, but not loops that count or drain."""
    for node in _outermost_loops(block):
        nodes = [*below(node.test), *descend(node.body)]
        is_stuck = not any(map(_gives_way, nodes))
        if not is_stuck or (run_awaits and not _is_endless(node, nodes)):
            yield from _stuck_loops(node.body, run_awaits)
        elif not _forgets_await(nodes):
            yield node


def _outermost_loops(block: cst.CSTNode) -> Iterator[cst.While]:
    """Yield the loops of a block that are in no other loop of it."""
    for node in children(block):
        if isinstance(node, cst.While):
            yield node
        elif not isinstance(node, Definition | cst.Lambda):
            yield from _outermost_loops(node)


def _gives_way(node: cst.CSTNode) -> bool:
    is_async = isinstance(node, cst.For | cst.With | cst.CompFor) and node.asynchronous
    return isinstance(node, cst.Await) or bool(is_async)


def _forgets_await(nodes: Iterable[cst.CSTNode]) -> bool:
    """Return whether LUC302 already explains why nothing is awaited."""
    return any(isinstance(node, cst.Expr) and callee(node.value) in COROUTINES for node in nodes)


def _is_endless(loop: cst.While, nodes: list[cst.CSTNode]) -> bool:
    is_open = bool(literal(loop.test)) or "ctx.running" in code(loop.test)
    return is_open and not any_of(nodes, cst.Break, cst.Return, cst.Raise)


def _may_delegate(method: Function) -> bool:
    """Return whether it returns or yields something else, or is a stub for subclasses."""
    is_stub = all(
        isinstance(line, cst.Pass | cst.Raise)
        or (isinstance(line, cst.Expr) and not isinstance(line.value, cst.Call))
        for line in statements(method.node.body)
    )
    yields = any_of(method.own_nodes, cst.Yield)
    return yields or bool(method.returned and not method.is_async) or is_stub


_CANCEL = {"asyncio.CancelledError", "builtins.BaseException"}


@rule(
    "LUC304",
    message="this except catches {caught} and continues: write `except Exception`, or `raise` in "
    "it",
    why="Lucid cancels a session to end it. A session that catches this keeps the model busy, and "
    "the next player waits.",
)
def swallows_cancel(port: Port) -> Findings:
    for method in port.session_methods:
        for node in method.own_nodes if method.is_async else ():
            if isinstance(node, cst.Try) and any_of(descend(node.body), cst.Await):
                yield from _check_handlers(port, method, node)


def _check_handlers(port: Port, method: Function, block: cst.Try) -> Findings:
    module = method.module
    for handler in block.handlers:
        caught = handler.type
        name = port.named(module.at(caught)) if caught else "builtins.BaseException"
        if name not in _CANCEL:
            continue
        if not any_of(descend(handler.body), cst.Raise, cst.Return, cst.Break):
            fix = None
            if caught is None:
                edit = Edit(module.range(handler), "except Exception")
                fix = fixed("Catch Exception", edit, is_safe=False)
            shown = str(name).rpartition(".")[2]
            yield swallows_cancel.at(module, module.range(handler), fix, caught=shown)
        return


_TASK_MAKERS = ("asyncio.create_task", "asyncio.ensure_future")


@rule(
    "LUC305",
    message="nothing keeps the task of `{call}(...)`: store it on self, and cancel it in `close`",
    why="Python may collect such a task in the middle of its work. If it does not, the task works "
    "for a player who has left.",
)
def dropped_task(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if call.is_statement and foreign.name in _TASK_MAKERS:
            yield dropped_task.of(foreign.value, call=code(call.node.func))


_THREAD_STARTERS = {
    "asyncio.to_thread",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.ThreadPoolExecutor",
    "multiprocessing.Process",
    "threading.Thread",
    "threading.Timer",
}


@rule(
    "LUC306",
    message="`{call}` starts a thread: call the model directly, because Lucid already runs the "
    "whole port on one thread of its own",
    why="Compiled graphs belong to the thread that made them, and two steps at the same time mix "
    "the worlds of two players.",
)
def own_thread(port: Port) -> Findings:
    for call in filter(port.is_ours, port.played_calls):
        foreign = port.foreign_calls.get(call)
        starts = foreign is not None and foreign.name in _THREAD_STARTERS
        if starts or call.callee.endswith(".run_in_executor"):
            yield own_thread.of(call, call=code(call.node.func))


@rule(
    "LUC307",
    message="an event loop runs here already, so `asyncio.run` raises an error: await the "
    "coroutine in an `async def`",
    why="The session, or the port itself, ends with an error as soon as this line runs.",
)
def nested_loop(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "asyncio.run" or not port.is_ours(call):
            continue
        fix, given = None, call.node.args
        if call.in_async and len(given) == 1 and not given[0].keyword and not given[0].star:
            waits = awaited(given[0].value, in_parentheses=True)
            edit = call.module.replace(call.node, waits)
            fix = fixed("Await it", edit, is_safe=True)
        yield nested_loop.of(call, fix)


_WAIT = "await self.ctx.wait_if_paused()"


@rule(
    "LUC308",
    message="inputs are not applied while this loop waits: write "
    "`await self.ctx.wait_if_paused()` instead",
    why="What a player sends during the pause shows only after it, and the world resumes late.",
)
def waits_by_hand(port: Port) -> Findings:
    for method in port.session_methods:
        for node in method.own_nodes if method.is_async else ():
            if isinstance(node, cst.While) and _waits_for_pause(port, method.module, node):
                edit = Edit(method.module.span(node, list(statements(node.body))[-1]), _WAIT)
                fix = fixed("Let the context wait", edit, is_safe=True)
                yield waits_by_hand.at(method.module, node, None if has_comment(node) else fix)


def _waits_for_pause(port: Port, module: Module, loop: cst.While) -> bool:
    """Return whether it is ``while self.ctx.is_paused(): await asyncio.sleep(...)``."""
    match list(statements(loop.body)):
        case [cst.Expr(value=cst.Await(expression=cst.Call(func=slept)))] if loop.orelse is None:
            is_sleep = port.named(module.at(slept)) == "asyncio.sleep"
            return is_sleep and callee(loop.test) == "self.ctx.is_paused"
    return False


@rule(
    "LUC309",
    message="this loop does not see the end of the session: write `while self.ctx.running:`",
    why="When a player leaves, the session must be cancelled in the middle of a step, and the next "
    "player waits for that.",
)
def never_ends(port: Port) -> Findings:
    for method in port.session_methods:
        for node in method.own_nodes if method.name == "run" and method.is_async else ():
            if isinstance(node, cst.While) and _ignores_end(node):
                edit = method.module.replace(node.test, cst.parse_expression("self.ctx.running"))
                fix = fixed("Loop while it is running", edit, is_safe=True)
                yield never_ends.at(method.module, node, fix)


def _ignores_end(loop: cst.While) -> bool:
    nodes = list(descend(loop.body))
    publishes = any(
        isinstance(node, cst.Await) and callee(node.expression) == "self.ctx.publish"
        for node in nodes
    )
    looks = any(isinstance(node, cst.Attribute) and node.attr.value == "running" for node in nodes)
    leaves = looks or any_of(nodes, cst.Break, cst.Return, cst.Raise)
    return bool(literal(loop.test)) and publishes and not leaves


@rule(
    "LUC310",
    message="run must be `async def` without yield: publish each frame with "
    "`await self.ctx.publish(...)`",
    why="Lucid awaits `run`, which is not possible with a generator or a plain function: the "
    "session ends with an error, or no frame ever arrives.",
)
def run_form(port: Port) -> Findings:
    for method in port.session_methods:
        if method.name == "run" and not method.node.decorators and not _can_play(method):
            yield run_form.of(method)


def _can_play(method: Function) -> bool:
    """Return whether a call of it returns an awaitable, or it is a stub for subclasses."""
    if any_of(method.own_nodes, cst.Yield):
        return False
    return method.is_async or method.is_stub or bool(method.returned)
