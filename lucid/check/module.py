"""What one walk reads from a module: names, classes, methods, calls, comments."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst


@dataclass(eq=False)
class Names:
    """What a module's or a class's body binds its names to."""

    bound: dict[str, list[Bound]] = field(default_factory=dict)

    def bind(self, name: str, value: Bound) -> None:
        """Note one more binding of ``name``."""
        values = self.bound.setdefault(name, [])
        if not (isinstance(value, str) and value in values):
            values.append(value)

    def get(self, name: str) -> Bound:
        """What ``name`` is bound to, if there is just one such thing."""
        values = self.bound.get(name, ())
        return values[0] if len(values) == 1 else None


@dataclass(eq=False)
class Loop:
    """A ``while`` of a method."""

    node: cst.While
    awaits: bool = False
    """Whether anything in it gives way to the event loop."""
    exits: bool = False
    """Whether it holds a break, a return or a raise."""
    inner: list[Loop] = field(default_factory=list)


@dataclass(eq=False)
class Method:
    """A function in a class body, and what it does itself: functions inside it are not counted."""

    node: cst.FunctionDef
    awaits: bool = False
    yields: bool = False
    returns_value: bool = False
    loops: list[Loop] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name after ``def``."""
        return self.node.name.value


@dataclass(eq=False)
class Class:
    """A class at the top level of a module."""

    module: Module
    node: cst.ClassDef
    names: Names = field(default_factory=Names)
    methods: list[Method] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name after ``class``."""
        return self.node.name.value


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a plain or dotted name, anywhere in a module."""

    node: cst.Call
    callee: str
    """As written, such as ``self.ctx.publish``."""
    inside: Class | None


@dataclass(eq=False)
class Module:
    """A parsed file."""

    name: str
    path: str
    is_package: bool
    tree: cst.Module
    names: Names = field(default_factory=Names)
    classes: list[Class] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    comments: list[cst.Comment] = field(default_factory=list)
    patched: set[str] = field(default_factory=set)
    """Names that get attributes from outside, as in ``Model.outputs = ...``."""
    has_star_import: bool = False


Bound = cst.BaseExpression | Class | str | None
"""An assigned expression, a class, the dotted name of an import, or None: something else."""


def dotted(node: cst.CSTNode) -> str | None:
    """``a.b.c`` as written; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else None
