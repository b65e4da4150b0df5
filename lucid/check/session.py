"""What a session's methods read, write and call: whose state, and on whose way."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lucid.check.module import Class, Function, dotted
from lucid.check.port import Port

COROUTINES = ("self.ctx.publish", "self.ctx.wait_if_paused")
"""What a session must await."""
MUTATORS = {
    "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "put",
    "put_nowait", "remove", "update",
}  # fmt: skip
"""Methods of collections that change them and give nothing back."""


@dataclass
class Use:
    """What one method does with ``self``."""

    reads: set[str] = field(default_factory=set)
    """Attributes whose value it uses."""
    writes: dict[str, ast.AST] = field(default_factory=dict)
    """Attributes that it sets or changes, and where first."""
    sets: set[str] = field(default_factory=set)
    """Of these, the ones that it gives a new value."""
    calls: set[str] = field(default_factory=set)
    """Names of methods that it calls or passes on."""
    escapes: bool = False
    """Whether it gives ``self`` itself away, so that anything may be read."""


@lru_cache(maxsize=1024)
def use_of(function: Function) -> Use:
    """What a method does with ``self``, functions inside it included."""
    use = Use()
    places = [*function.node.args.posonlyargs, *function.node.args.args]
    if places and function.owner:
        me = places[0].arg
        for statement in function.node.body:
            _visit(statement, me, use)
    return use


def _visit(node: ast.AST, me: str, use: Use) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name == me:
            use.escapes = True
        case ast.Call(func=func, args=args, keywords=keywords):
            for target in _callees(func):
                _visit_callee(target, me, use)
            if isinstance(func, ast.IfExp):
                _visit(func.test, me, use)
            for part in (*args, *keywords):
                _visit(part, me, use)
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == me:
            if isinstance(node.ctx, ast.Load):
                use.reads.add(attr)
            else:
                use.writes.setdefault(attr, node)
                use.sets.add(attr)
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr=attr)) if (
            name == me and not isinstance(node.ctx, ast.Load)
        ):
            use.writes.setdefault(attr, node)
            _visit(node.slice, me, use)
        case _:
            for child in ast.iter_child_nodes(node):
                _visit(child, me, use)


def _callees(func: ast.expr) -> Iterator[ast.expr]:
    """What a call may call: each branch of ``(add if pressed else discard)(name)``."""
    if isinstance(func, ast.IfExp):
        yield from _callees(func.body)
        yield from _callees(func.orelse)
    else:
        yield func


def _visit_callee(func: ast.expr, me: str, use: Use) -> None:
    match func:
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id=name), attr=attr), attr=method
        ) if name == me and method in MUTATORS:
            use.writes.setdefault(attr, func)
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == me:
            use.calls.add(attr)
            use.reads.add(attr)
        case _:
            _visit(func, me, use)


def reached(port: Port, session: Class, starts: Iterable[str]) -> dict[str, Function]:
    """The session's methods that run when those named ``starts`` do, these included."""
    found: dict[str, Function] = {}
    todo = list(starts)
    while todo:
        name = todo.pop()
        method = port.method(session, name)
        if name not in found and method:
            found[name] = method
            todo += use_of(method).calls | use_of(method).reads
    return found


def publishes(function: Function) -> bool:
    """Whether a method publishes."""
    return any(
        isinstance(node, ast.Call) and dotted(node.func) == "self.ctx.publish"
        for node in function.all_nodes
    )


def has_effect(function: Function) -> bool:
    """Whether a method may change anything but the attributes of ``self``, or raise."""
    return any(map(_is_effect, function.all_nodes))


def _is_effect(node: ast.AST) -> bool:
    match node:
        case ast.Raise() | ast.Global() | ast.Nonlocal() | ast.Await() | ast.Yield():
            return True
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=owner):
            return not isinstance(owner, ast.Name)
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=owner):
            return not (isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name))
        case ast.Expr(value=ast.Call(func=func)):
            return not all(map(_is_own, _callees(func)))
        case ast.Call(func=func):
            path = dotted(func) or ""
            return path.startswith(("self.model.", "self.ctx.")) or path == "setattr"
    return False


def _is_own(func: ast.expr) -> bool:
    """Whether a call is of a method of ``self``, or changes a collection that it has."""
    match func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr=method):
            return method in MUTATORS
        case ast.Attribute(value=ast.Name(id="self")) | ast.Name(id="print"):
            return True
    return False
