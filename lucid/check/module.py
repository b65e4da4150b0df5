"""A parsed file: its tree, its scopes, and what one walk collects for the rules."""

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
    """An expression, the module that it stands in, and what the parameters in it stand for."""

    module: Module
    node: cst.BaseExpression
    arguments: Mapping[cst.Param, Value] = field(default_factory=dict, hash=False)

    def part(self, node: cst.BaseExpression) -> Value:
        """An expression inside this one."""
        return Value(self.module, node, self.arguments)


@dataclass(eq=False, repr=False)
class Function:
    """A function or a method; functions inside it are functions of their own."""

    module: Module
    node: cst.FunctionDef
    owner: Class | None
    """The class whose body it stands in."""
    outer: Function | None

    @property
    def name(self) -> str:
        """The name after ``def``."""
        return self.node.name.value

    @property
    def is_async(self) -> bool:
        """Whether it is ``async def``."""
        return self.node.asynchronous is not None

    @cached_property
    def own_nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes of the body in order, without those of functions inside it."""
        return tuple(descend(*self.node.body.body))

    @cached_property
    def all_nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes of the body, functions inside it included."""
        return tuple(below(*self.node.body.body))

    @cached_property
    def names(self) -> set[str]:
        """All names in the body, functions inside it included."""
        return {node.value for node in self.all_nodes if isinstance(node, cst.Name)}

    @property
    def returned(self) -> list[cst.BaseExpression]:
        """What it returns, statement by statement."""
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
        """What the function assigns to a name, if that is one expression."""
        found = self.module.bounds(self.module.scope_in(self.node), name)
        return found[0] if len(found) == 1 else None

    def binds(self, name: str) -> bool:
        """Whether a name is the function's own: a parameter or assigned in it."""
        return bool(self.module.bounds(self.module.scope_in(self.node), name))


@dataclass(eq=False, repr=False)
class Class:
    """A class at the top level of a module."""

    module: Module
    node: cst.ClassDef
    members: dict[str, list[Bound]] = field(default_factory=dict)
    """What the body assigns to each name, in order."""
    methods: list[Function] = field(default_factory=list)
    annotations: dict[str, cst.BaseExpression] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name after ``class``."""
        return self.node.name.value

    def value(self, name: str) -> Value | None:
        """The expression that the body assigns to a name, if that is one and the only one."""
        return self.module.only_value(self.members.get(name, []))


@dataclass(frozen=True, eq=False)
class Call:
    """A call, anywhere in a module."""

    module: Module
    node: cst.Call
    callee: str
    """As written, such as ``self.ctx.publish``; empty if it is not a dotted name."""
    function: Function | None
    """The innermost function around it."""
    inside: Class | None
    """The class of the port around it."""
    is_statement: bool
    """Whether the line holds nothing else."""

    @property
    def in_async(self) -> bool:
        """Whether an ``await`` can stand here."""
        return self.function is not None and self.function.is_async


@dataclass(frozen=True)
class Comment:
    """A comment and where it begins."""

    text: str
    line: int
    column: int

    def range(self, start: int = 0, length: int | None = None) -> Range:
        """The comment, or the part of it that begins at ``start``."""
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
    """Where the file is, if it is on a disk."""
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    imports: list[cst.Import | cst.ImportFrom] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    """Dotted names of modules, and of names in them, that it imports."""
    stars: dict[cst.ImportFrom, str | None] = field(default_factory=dict)
    """Each ``from x import *``, and the module x."""
    attributes: list[tuple[cst.Attribute, Class | None]] = field(default_factory=list)
    """Every ``a.b``, and the class around it."""
    strings: list[cst.CSTNode] = field(default_factory=list)
    """String constants and the fixed parts of f-strings, but no docstrings."""
    patched: set[str] = field(default_factory=set)
    """Names that get attributes from outside, as in ``Model.outputs = ...``."""
    assigned: dict[cst.CSTNode, Bound] = field(default_factory=dict)
    """What a definition, an alias of an import or a name on the left of ``=`` stands for."""
    unset: list[cst.Name] = field(default_factory=list)
    """Names that LibCST's scopes do not count as assigned: deleted ones, and captured ones."""
    declared: set[cst.CSTNode] = field(default_factory=set)
    """Names that are annotated and get no value."""

    @property
    def tree(self) -> cst.Module:
        """The file as LibCST reads it."""
        return self.wrapper.module

    def at(self, node: cst.BaseExpression) -> Value:
        """An expression of this module."""
        return Value(self, node)

    def only_value(self, bounds: list[Bound]) -> Value | None:
        """The expression that a name is bound to, if it is bound to nothing else."""
        match bounds:
            case [cst.BaseExpression() as bound]:
                return self.at(bound)
        return None

    # Names

    def bounds(self, scope: Scope, name: str) -> list[Bound]:
        """What a scope itself binds a name to."""
        found = [bound for each in scope.assignments[name] for bound in self._bound(each)]
        return list(dict.fromkeys([*found, *([None] if (scope, name) in self._unset else ())]))

    def names(self, name: cst.Name) -> list[Bound]:
        """What the name stands for where it is used: the bindings of the innermost scope."""
        assignments = (self._scopes.get(name) or self.scope)[name.value]
        scopes = {a.scope for a in assignments if isinstance(a, Assignment | ImportAssignment)}
        return self.bounds(scopes.pop(), name.value) if scopes else []

    def top(self, name: str) -> list[Bound]:
        """What the module itself binds a name to."""
        return self.bounds(self.scope, name)

    def scope_in(self, node: cst.FunctionDef) -> Scope:
        """The scope of a function's body."""
        return self._scopes.get(node.body.body[0]) or self.scope

    def is_stored(self, node: cst.CSTNode) -> bool:
        """Whether an attribute, a subscript or a name is assigned or deleted here."""
        context = self._contexts.get(node)
        return context in (ExpressionContext.STORE, ExpressionContext.DEL)

    def source_of(self, node: cst.ImportFrom) -> str | None:
        """The module that a ``from`` names, relative ones spelled out."""
        named = dotted(node.module) if node.module else None
        if not node.relative:
            return named
        parts = self.name.split(".")
        up = len(node.relative) - self.is_package
        base = parts[: max(len(parts) - up, 0)]
        return ".".join([*base, named] if named else base) or None

    def reads_outside(self, classes: Iterable[Class]) -> set[str]:
        """Names of the attributes that code outside the classes reads, of whatever."""
        own = set(classes)
        return {node.attr.value for node, owner in self.attributes
                if owner not in own and not self.is_stored(node)}  # fmt: skip

    @cached_property
    def scope(self) -> Scope:
        """The module's own scope."""
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
        """The text's lines without what ends them."""
        return re.split(r"\r\n|\r|\n", self.text)

    def range(self, node: cst.CSTNode) -> Range:
        """Where a node is; of a definition or a parameter its name, of a loop its keyword."""
        if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Param):
            node = node.name
        place = self._whole(node)
        if isinstance(node, cst.While | cst.ExceptHandler):
            keyword = "while" if isinstance(node, cst.While) else "except"
            return Range(place.line, place.column, place.line, place.column + len(keyword))
        return place

    def replace(self, old: cst.CSTNode, new: cst.CSTNode) -> Edit:
        """An edit that puts a node in the place of another; the parentheses around it stay."""
        place = self._whole(old)
        if getattr(old, "lpar", ()) or isinstance(new, cst.Param):
            new = bare(new)
        text = self.tree.code_for_node(new)
        if "\n" in text or "\r" in text:  # only the whole tree knows how far its lines are indented
            around = {name: getattr(old, name) for name in ("lpar", "rpar") if hasattr(old, name)}
            changed = self.tree.deep_replace(old, new.with_changes(**around))
            start, end = Text(self.text).span(place)
            after = len(self.text) - end
            code = changed.code if isinstance(changed, cst.Module) else text
            text = code[start : len(code) - after]
        return Edit(place, text)

    def span(self, first: cst.CSTNode, last: cst.CSTNode) -> Range:
        """From the beginning of a node to the end of another."""
        start, end = self._whole(first), self._whole(last)
        return Range(start.line, start.column, end.end_line, end.end_column)

    def insert_line(self, before: cst.CSTNode, text: str) -> Edit:
        """An edit that puts a line before a statement that has a line of its own."""
        start = self._whole(before)
        indent = self.lines[start.line - 1][: start.column - 1]
        place = Range(start.line, 1, start.line, 1)
        return Edit(place, f"{indent}{text}{self.tree.default_newline}")

    def _whole(self, node: cst.CSTNode) -> Range:
        first = last = node
        if isinstance(node, cst.Tuple | cst.GeneratorExp) and node.lpar:
            first, last = node.lpar[-1], node.rpar[0]
        elif isinstance(node, cst.Param):  # whose own range ends with its name
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
        """The comments, if any of them can matter: looking for them takes long in LibCST's tree."""
        if not _TELLING.search(self.text):
            return []
        lines = io.StringIO("\n".join(self.lines))
        try:
            return [
                Comment(token.string, token.start[0], token.start[1] + 1)
                for token in tokenize.generate_tokens(lines.readline)
                if token.type == tokenize.COMMENT
            ]
        except (tokenize.TokenError, SyntaxError):  # LibCST reads a little more than tokenize
            return []


Bound = cst.BaseExpression | cst.Param | Class | Function | str | None
"""An assigned expression, a parameter, a class, a function, the dotted name of an import, or None:
something else."""
