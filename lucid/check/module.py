"""A parsed file: its tree, its scopes, and what one walk over the tree collects for the rules."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import (
    Assignment,
    BaseAssignment,
    CodeRange,
    ExpressionContext,
    ImportAssignment,
    MetadataWrapper,
    PositionProvider,
    Scope,
)

from lucid.check.diagnostics import Edit, Range
from lucid.check.nodes import bare, below, descend, dotted, is_literal, statements
from lucid.check.scopes import Contexts, Scopes
from lucid.check.text import Text

_TELLING = re.compile(r"noqa|TODO\(lucid\)")


@dataclass(frozen=True)
class Value:
    """An expression, its module, and the values of the parameters in it."""

    module: Module
    node: cst.BaseExpression
    arguments: Mapping[cst.Param, Value] = field(default_factory=dict, hash=False)

    def part(self, node: cst.BaseExpression) -> Value:
        """Return an expression inside this one."""
        return Value(self.module, node, self.arguments)


@dataclass(eq=False, repr=False)
class Function:
    """A function or a method. A function inside it is a function of its own."""

    module: Module
    node: cst.FunctionDef
    owner: Class | None
    """The class, if this is a method."""
    outer: Function | None

    @property
    def name(self) -> str:
        """The name after ``def``."""
        return self.node.name.value

    @property
    def is_async(self) -> bool:
        """Whether this is ``async def``."""
        return self.node.asynchronous is not None

    @cached_property
    def own_nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes of the body in order, without those of inner functions."""
        return tuple(descend(*self.node.body.body))

    @cached_property
    def all_nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes of the body, including those of inner functions."""
        return tuple(below(*self.node.body.body))

    @cached_property
    def names(self) -> set[str]:
        """All names in the body, including those of inner functions."""
        return {node.value for node in self.all_nodes if isinstance(node, cst.Name)}

    @property
    def returned(self) -> list[cst.BaseExpression]:
        """The expressions of its return statements."""
        return [node.value for node in self.own_nodes
                if isinstance(node, cst.Return) and node.value]  # fmt: skip

    @property
    def is_stub(self) -> bool:
        """Whether it does nothing, or only raises."""
        return all(
            isinstance(line, cst.Pass | cst.Raise)
            or (isinstance(line, cst.Expr) and is_literal(line.value))
            for line in statements(self.node.body)
        )

    def local(self, name: str) -> Bound:
        """Return the expression that the function assigns to a name, if there is exactly one."""
        found = self.module.bounds(self.module.scope_in(self.node), name)
        return found[0] if len(found) == 1 else None

    def binds(self, name: str) -> bool:
        """Return whether a name is local: a parameter, or assigned in the function."""
        return bool(self.module.bounds(self.module.scope_in(self.node), name))


@dataclass(eq=False, repr=False)
class Class:
    """A class at the top level of a module."""

    module: Module
    node: cst.ClassDef
    members: dict[str, list[Bound]] = field(default_factory=dict)
    """The expressions that the body assigns to each name, in order."""
    methods: list[Function] = field(default_factory=list)
    annotations: dict[str, cst.BaseExpression] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name after ``class``."""
        return self.node.name.value

    def value(self, name: str) -> Value | None:
        """Return the expression that the body assigns to a name, if there is exactly one."""
        return self.module.only_value(self.members.get(name, []))


@dataclass(frozen=True, eq=False)
class Call:
    """A call, anywhere in a module."""

    module: Module
    node: cst.Call
    callee: str
    """The called name as written, such as ``self.ctx.publish``; empty if it is not a dotted name.
    """
    function: Function | None
    """The innermost function that contains it."""
    inside: Class | None
    """The class of the port that contains it."""
    is_statement: bool
    """Whether the call is a statement of its own."""

    @property
    def in_async(self) -> bool:
        """Whether an ``await`` is allowed here."""
        return self.function is not None and self.function.is_async


@dataclass(frozen=True)
class Comment:
    """A comment and its position."""

    text: str
    line: int
    column: int

    def range(self, start: int = 0, length: int | None = None) -> Range:
        """Return the range of the comment, or of the part that begins at ``start``."""
        column = self.column + start
        end = self.column + len(self.text) if length is None else column + length
        return Range(self.line, column, self.line, end)


@dataclass(eq=False, repr=False)
class Module:
    """A parsed file."""

    name: str
    path: str
    is_package: bool
    text: str
    wrapper: MetadataWrapper
    location: Path | None = None
    """The file on disk, if there is one."""
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    imports: list[cst.Import | cst.ImportFrom] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    """The dotted names of the modules that it imports, and of the names that it imports from them.
    """
    stars: dict[cst.ImportFrom, str | None] = field(default_factory=dict)
    """Each ``from x import *``, with the module x."""
    attributes: list[tuple[cst.Attribute, Class | None]] = field(default_factory=list)
    """Every ``a.b``, with the class that contains it."""
    strings: list[cst.CSTNode] = field(default_factory=list)
    """String constants and the fixed parts of f-strings, without docstrings."""
    patched: set[str] = field(default_factory=set)
    """Names whose attributes are set from outside, as in ``Model.outputs = ...``."""
    assigned: dict[cst.CSTNode, Bound] = field(default_factory=dict)
    """What each definition, import alias and assigned name is bound to."""
    unset: list[cst.Name] = field(default_factory=list)
    """Names that LibCST's scopes do not count as assigned: deleted names and captured names."""
    declared: set[cst.CSTNode] = field(default_factory=set)
    """Names that have an annotation and no value."""

    @property
    def tree(self) -> cst.Module:
        """The tree of LibCST."""
        return self.wrapper.module

    def at(self, node: cst.BaseExpression) -> Value:
        """Return a node of this module as an expression with its module."""
        return Value(self, node)

    def only_value(self, bounds: list[Bound]) -> Value | None:
        """Return the expression that a name is bound to, if there is only this binding."""
        match bounds:
            case [cst.BaseExpression() as bound]:
                return self.at(bound)
        return None

    # Names

    def bounds(self, scope: Scope, name: str) -> list[Bound]:
        """Return what a scope itself binds a name to."""
        found = [bound for each in scope.assignments[name] for bound in self._bound(each)]
        return list(dict.fromkeys([*found, *([None] if (scope, name) in self._unset else ())]))

    def names(self, name: cst.Name) -> list[Bound]:
        """Return the bindings of a name where it is used: those of the innermost scope."""
        assignments = (self._scopes.get(name) or self.scope)[name.value]
        scopes = {a.scope for a in assignments if isinstance(a, Assignment | ImportAssignment)}
        return self.bounds(scopes.pop(), name.value) if scopes else []

    def top(self, name: str) -> list[Bound]:
        """Return what the module itself binds a name to."""
        return self.bounds(self.scope, name)

    def scope_in(self, node: cst.FunctionDef) -> Scope:
        """Return the scope of a function's body."""
        return self._scopes.get(node.body.body[0]) or self.scope

    def is_stored(self, node: cst.CSTNode) -> bool:
        """Return whether an attribute, a subscript or a name is assigned or deleted here."""
        context = self._contexts.get(node)
        return context in (ExpressionContext.STORE, ExpressionContext.DEL)

    def source_of(self, node: cst.ImportFrom) -> str | None:
        """Return the absolute name of the module of a ``from`` import."""
        named = dotted(node.module) if node.module else None
        if not node.relative:
            return named
        parts = self.name.split(".")
        up = len(node.relative) - self.is_package
        base = parts[: max(len(parts) - up, 0)]
        return ".".join([*base, named] if named else base) or None

    def reads_outside(self, classes: Iterable[Class]) -> set[str]:
        """Return the names of all attributes that code outside of these classes reads, of any
        object."""
        own = set(classes)
        return {node.attr.value for node, owner in self.attributes
                if owner not in own and not self.is_stored(node)}  # fmt: skip

    @cached_property
    def scope(self) -> Scope:
        """The scope of the module itself."""
        found = self._scopes[self.tree]
        assert found is not None
        return found

    @cached_property
    def _scopes(self) -> Mapping[cst.CSTNode, Scope | None]:
        return self.wrapper.resolve(Scopes)

    @cached_property
    def _contexts(self) -> Mapping[cst.CSTNode, ExpressionContext | None]:
        return self.wrapper.resolve(Contexts)

    @cached_property
    def _unset(self) -> set[tuple[Scope | None, str]]:
        return {(self._scopes.get(name, self.scope), name.value) for name in self.unset}

    def _bound(self, assignment: BaseAssignment) -> Iterator[Bound]:
        node = getattr(assignment, "node", None)
        if isinstance(assignment, ImportAssignment):
            yield self.assigned.get(assignment.as_name)
        elif isinstance(node, cst.Param):
            yield node
        elif node not in self.declared:
            yield self.assigned.get(node) if node else None

    # Places

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their line ends."""
        return re.split(r"\r\n|\r|\n", self.text)

    def range(self, node: cst.CSTNode) -> Range:
        """Return the range of a node: for a definition or a parameter its name, for a loop its
        keyword."""
        if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Param):
            node = node.name
        place = self._whole(node)
        if isinstance(node, cst.While | cst.ExceptHandler):
            keyword = "while" if isinstance(node, cst.While) else "except"
            return Range(place.line, place.column, place.line, place.column + len(keyword))
        return place

    def replace(self, old: cst.CSTNode, new: cst.CSTNode) -> Edit:
        """Return an edit that replaces a node with another; the parentheses around it stay."""
        place = self._whole(old)
        if getattr(old, "lpar", ()) or isinstance(new, cst.Param):
            new = bare(new)
        text = self.tree.code_for_node(new)
        if "\n" in text or "\r" in text:  # only the whole tree knows the indentation of its lines
            around = {name: getattr(old, name) for name in ("lpar", "rpar") if hasattr(old, name)}
            changed = self.tree.deep_replace(old, new.with_changes(**around))
            start, end = Text(self.text).span(place)
            after = len(self.text) - end
            code = changed.code if isinstance(changed, cst.Module) else text
            text = code[start : len(code) - after]
        return Edit(place, text)

    def span(self, first: cst.CSTNode, last: cst.CSTNode) -> Range:
        """Return the range from the start of a node to the end of another."""
        start, end = self._whole(first), self._whole(last)
        return Range(start.line, start.column, end.end_line, end.end_column)

    def insert_line(self, before: cst.CSTNode, text: str) -> Edit:
        """Return an edit that inserts a line before a statement with a line of its own."""
        start = self._whole(before)
        indent = self.lines[start.line - 1][: start.column - 1]
        place = Range(start.line, 1, start.line, 1)
        return Edit(place, f"{indent}{text}{self.tree.default_newline}")

    def _whole(self, node: cst.CSTNode) -> Range:
        first = last = node
        if isinstance(node, cst.Tuple | cst.GeneratorExp) and node.lpar:
            first, last = node.lpar[-1], node.rpar[0]
        elif isinstance(node, cst.Param):  # the range of a definition ends with its name
            kind = node.annotation.annotation if node.annotation else node.name
            last = node.default or kind
            last = last.rpar[-1] if last.rpar else last
        start, end = self._positions[first].start, self._positions[last].end
        return Range(start.line, start.column + 1, end.line, end.column + 1)

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, CodeRange]:
        return self.wrapper.resolve(PositionProvider)

    @cached_property
    def comments(self) -> list[Comment]:
        """Return the comments. Search the tree, which is slow, only if the text may have some."""
        if not _TELLING.search(self.text):
            return []
        lines = io.StringIO("\n".join(self.lines))
        try:
            return [
                Comment(token.string, token.start[0], token.start[1] + 1)
                for token in tokenize.generate_tokens(lines.readline)
                if token.type == tokenize.COMMENT
            ]
        except (tokenize.TokenError, SyntaxError):  # LibCST accepts slightly more than tokenize
            return []


Bound = cst.BaseExpression | cst.Param | Class | Function | str | None
"""Return what an assignment binds: an expression, a parameter, a class, a function, the dotted name
of an import, or None for anything else."""
