"""What one walk reads from a module: names, classes, functions, calls, comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lucid.check.diagnostics import Edit, Range
from lucid.check.text import Text

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_EMPTY_FIELDS = {"ctx", "op", "ops"}
_TELLING = re.compile(r"noqa|TODO\(lucid\)")


@dataclass(eq=False)
class Names:
    """What a scope binds its names to."""

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


@dataclass(eq=False, repr=False)
class Function:
    """A function or a method; functions inside it are functions of their own."""

    module: Module
    node: FunctionNode
    owner: Class | None
    """The class whose body it stands in."""
    outer: Function | None
    names: Names = field(default_factory=Names)

    @property
    def name(self) -> str:
        """The name after ``def``."""
        return self.node.name

    @property
    def is_async(self) -> bool:
        """Whether it is ``async def``."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @cached_property
    def own_nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the body in order, without those of functions inside it."""
        return tuple(descend(self.node.body))

    @cached_property
    def all_nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the body, functions inside it included."""
        found: list[ast.AST] = list(self.node.body)
        for node in found:  # which grows
            found += children(node)
        return tuple(found)


@dataclass(eq=False, repr=False)
class Class:
    """A class at the top level of a module."""

    module: Module
    node: ast.ClassDef
    names: Names = field(default_factory=Names)
    methods: list[Function] = field(default_factory=list)
    annotations: dict[str, ast.expr] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name after ``class``."""
        return self.node.name


@dataclass(frozen=True, eq=False)
class Call:
    """A call, anywhere in a module."""

    node: ast.Call
    callee: str
    """As written, such as ``self.ctx.publish``; empty where it is no dotted name."""
    function: Function | None
    """The innermost function around it."""
    inside: Class | None
    """The class of the port around it."""
    is_awaited: bool
    is_statement: bool
    """Whether the line holds nothing else."""


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
    source: Text
    tree: ast.Module
    location: Path | None = None
    """Where the file is, if it is on a disk."""
    names: Names = field(default_factory=Names)
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    """Dotted names of modules, and of names in them, that it imports."""
    import_froms: list[ast.ImportFrom] = field(default_factory=list)
    attributes: list[ast.Attribute] = field(default_factory=list)
    reads: dict[Class | None, set[str]] = field(default_factory=dict)
    """Names of the attributes that the code of each class, or none, reads, of whatever."""
    strings: list[ast.Constant] = field(default_factory=list)
    """String constants that are no docstrings."""
    patched: set[str] = field(default_factory=set)
    """Names that get attributes from outside, as in ``Model.outputs = ...``."""
    has_star_import: bool = False
    in_fstrings: set[int] = field(default_factory=set)
    """Ids of nodes whose text cannot be told from their position."""

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments, if any of them can matter: reading them takes longer than the rest."""
        if not _TELLING.search(self.source.text):
            return []
        lines = io.StringIO(re.sub(r"\r\n?", "\n", self.source.text))
        try:
            return [
                Comment(token.string, token.start[0], token.start[1] + 1)
                for token in tokenize.generate_tokens(lines.readline)
                if token.type == tokenize.COMMENT
            ]
        except (tokenize.TokenError, SyntaxError):  # ast reads a little more than tokenize
            return []

    def range(self, node: ast.AST) -> Range:
        """Where a node is; of a definition its name, of a parameter its name, of a loop its
        keyword."""
        line, column = self._start(node)
        if isinstance(node, FunctionNode | ast.ClassDef):
            start = self.source.offset(line, column)
            found = re.compile(r"(?:async\s+)?(?:def|class)[\s\\]+").match(self.source.text, start)
            line, column = self.source.place(found.end() if found else start)
            return Range(line, column, line, column + len(node.name))
        if isinstance(node, ast.arg):
            return Range(line, column, line, column + len(node.arg))
        if isinstance(node, ast.While):
            return Range(line, column, line, column + len("while"))
        end_line: int = getattr(node, "end_lineno", None) or line
        end = self.source.column(end_line, getattr(node, "end_col_offset", None) or 0)
        return Range(line, column, end_line, end)

    def code(self, node: ast.AST) -> str | None:
        """The text of an expression; None where its position does not tell."""
        if id(node) in self.in_fstrings:
            return None
        start, end = self.source.span(self.range(node))
        return self.source.text[start:end]

    def replace(self, node: ast.AST, text: str) -> Edit | None:
        """An edit that puts ``text`` in the place of an expression, if that can be told."""
        return None if id(node) in self.in_fstrings else Edit(self.range(node), text)

    def insert_before(self, node: ast.AST, text: str) -> Edit | None:
        """An edit that puts ``text`` before a node."""
        if id(node) in self.in_fstrings:
            return None
        line, column = self._start(node)
        return Edit(Range(line, column, line, column), text)

    def add_argument(self, call: ast.Call, text: str) -> Edit | None:
        """An edit that adds an argument at the end of a call."""
        if id(call) in self.in_fstrings:
            return None
        _, end = self.source.span(self.range(call))
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        last = max((self.source.span(self.range(node))[1] for node in given), default=None)
        if last is None:
            return Edit(self.source.between(end - 1, end - 1), text)
        rest = re.split("[#,]", self.source.text[last : end - 1], maxsplit=1)[0]
        at = last + rest.rfind(")") + 1  # past the parentheses around the last argument
        is_generator = len(given) == 1 and isinstance(given[0], ast.GeneratorExp)
        return None if is_generator else Edit(self.source.between(at, at), f", {text}")

    def _start(self, node: ast.AST) -> tuple[int, int]:
        line: int = getattr(node, "lineno", 1)
        return line, self.source.column(line, getattr(node, "col_offset", 0))


Bound = ast.expr | Class | Function | str | None
"""An assigned expression, a class, a function, the dotted name of an import, or None: something
else."""


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` as written; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes directly below, in order, without operators and contexts, which hold nothing."""
    for name in node._fields:
        if name in _EMPTY_FIELDS:
            continue
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item


def descend(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes and all below them in order, but not what functions and classes hold."""
    todo: list[ast.AST] = list(reversed(nodes))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef):
            todo += reversed(list(children(node)))
