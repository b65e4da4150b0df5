"""Find what a session's methods read, write and call."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst

from lucid.check.module import Class, Function, Module
from lucid.check.nodes import callee, children, dotted
from lucid.check.port import Port

COROUTINES = ("self.ctx.publish", "self.ctx.wait_if_paused")
"""Calls that a session must await."""
MUTATORS = {
    "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "put",
    "put_nowait", "remove", "update",
}  # fmt: skip
"""Methods of collections that change them and return nothing."""


@dataclass
class Use:
    """What one method does with ``self``."""

    reads: set[str] = field(default_factory=set)
    """The attributes that it reads."""
    writes: dict[str, cst.CSTNode] = field(default_factory=dict)
    """The attributes that it sets or changes, with the first place of each."""
    sets: set[str] = field(default_factory=set)
    """The attributes among these that get a new value."""
    calls: set[str] = field(default_factory=set)
    """The names of methods that it calls or passes on."""
    escapes: bool = False
    """Whether it passes ``self`` on, so that any attribute may be read."""


@lru_cache(maxsize=1024)
def use_of(function: Function) -> Use:
    """Return what a method does with ``self``, including its inner functions."""
    use = Use()
    given = function.node.params
    places = [*given.posonly_params, *given.params]
    if places and function.owner:
        _visit(function.node.body, places[0].name.value, function.module, use)
    return use


def _visit(node: cst.CSTNode, me: str, module: Module, use: Use) -> None:
    rest: Iterable[cst.CSTNode] = children(node)
    match node:
        case cst.Name(value=name) if name == me and not module.is_stored(node):
            use.escapes = True
        case cst.Call(func=func, args=args):
            for target in _callees(func):
                _visit_callee(target, me, module, use)
            rest = [*([func.test] if isinstance(func, cst.IfExp) else []), *args]
        case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=attr)) if name == me:
            rest = ()
            if not module.is_stored(node):
                use.reads.add(attr)
            else:
                use.writes.setdefault(attr, node)
                use.sets.add(attr)
        case cst.Subscript(value=cst.Attribute(value=cst.Name(value=name), attr=attr)) if (
            name == me and module.is_stored(node)
        ):
            use.writes.setdefault(attr.value, node)
            rest = node.slice
    for child in rest:
        _visit(child, me, module, use)


def _callees(func: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield what a call may call: each branch of ``(add if pressed else discard)(name)``."""
    if isinstance(func, cst.IfExp):
        yield from _callees(func.body)
        yield from _callees(func.orelse)
    else:
        yield func


def _visit_callee(func: cst.BaseExpression, me: str, module: Module, use: Use) -> None:
    parts = (dotted(func) or "").split(".")
    if len(parts) == 3 and parts[0] == me and parts[2] in MUTATORS:
        use.writes.setdefault(parts[1], func)
    elif len(parts) == 2 and parts[0] == me:
        use.calls.add(parts[1])
        use.reads.add(parts[1])
    else:
        _visit(func, me, module, use)


def reached(port: Port, session: Class, starts: Iterable[str]) -> dict[str, Function]:
    """Return the methods of a session that run when the methods ``starts`` do, including these."""
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
    """Return whether a method publishes."""
    return any(callee(node) == "self.ctx.publish" for node in function.all_nodes)


def has_effect(function: Function) -> bool:
    """Return whether a method may raise, or change more than the attributes of ``self``."""
    return any(_is_effect(function.module, node) for node in function.all_nodes)


def _is_effect(module: Module, node: cst.CSTNode) -> bool:
    match node:
        case cst.Raise() | cst.Global() | cst.Nonlocal() | cst.Await() | cst.Yield():
            return True
        case cst.Attribute(value=owner) if module.is_stored(node):
            return not isinstance(owner, cst.Name)
        case cst.Subscript(value=owner) if module.is_stored(node):
            return not (isinstance(owner, cst.Attribute) and isinstance(owner.value, cst.Name))
        case cst.Expr(value=cst.Call(func=func)):
            return not all(map(_is_own, _callees(func)))
        case cst.Call(func=func):
            path = dotted(func) or ""
            return path.startswith(("self.model.", "self.ctx.")) or path == "setattr"
    return False


def _is_own(func: cst.BaseExpression) -> bool:
    """Return whether it is a call of a method of ``self``, or changes one of its collections."""
    head, *rest = (dotted(func) or "").split(".")
    if head != "self":
        return head == "print" and not rest
    return len(rest) == 1 or (len(rest) == 2 and rest[1] in MUTATORS)
