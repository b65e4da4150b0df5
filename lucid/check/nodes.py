"""Helpers to read and make LibCST nodes: literals, dotted names, arguments, statements."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import libcst as cst

Definition = cst.FunctionDef | cst.ClassDef
_LAYOUT = {
    "asynchronous", "bar", "colon", "comma", "dot", "equal", "first_line", "footer", "header",
    "lbrace", "lbracket", "lines_after_decorators", "lpar", "newline", "operator", "rbrace",
    "rbracket", "rpar", "semicolon", "separator", "trailing_whitespace",
}  # fmt: skip
_NO_EXPRESSION: dict[type[cst.CSTNode], set[str]] = {
    cst.Arg: {"keyword"},
    cst.Attribute: {"attr"},
    cst.ClassDef: {"name"},
    cst.FunctionDef: {"name"},
    cst.Global: {"names"},
    cst.Import: {"names"},
    cst.ImportFrom: {"module", "names", "relative"},
    cst.MatchKeywordElement: {"key"},
    cst.Nonlocal: {"names"},
    cst.Param: {"name"},
}
"""Fields with a name that is neither read nor assigned as a variable."""
_CONSTANTS = {"True": True, "False": False, "None": None}
_FILE = cst.Module([])


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    skipped = _LAYOUT | _NO_EXPRESSION.get(kind, set())
    names = (field.name for field in fields(kind))
    return tuple(n for n in names if n not in skipped and not n.startswith(("whitespace", "lead")))


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the children of a node, without whitespace, commas and parentheses."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, tuple | list):
            yield from value


def below(*nodes: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes and all nodes below them, in order."""
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(list(children(node)))


def descend(*nodes: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes and all nodes below them in order, without the contents of functions and
    classes."""
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Definition | cst.Lambda):
            todo += reversed(list(children(node)))


def dotted(node: cst.CSTNode | None) -> str | None:
    """Return ``a.b.c`` as written; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else None


def callee(node: cst.CSTNode | None) -> str | None:
    """Return the called name as written: ``a.b`` for ``a.b(...)``; None for anything else."""
    return dotted(node.func) if isinstance(node, cst.Call) else None


def imported(node: cst.Import | cst.ImportFrom) -> list[str]:
    """Return the top-level modules that a statement imports, without relative imports."""
    if isinstance(node, cst.ImportFrom):
        return [] if node.relative else [(dotted(node.module) or "").partition(".")[0]]
    return [(dotted(alias.name) or "").partition(".")[0] for alias in node.names]


def is_literal(node: cst.CSTNode | None) -> bool:
    """Return whether an expression is a number, string, bytes, True, False, None or an ellipsis."""
    return (
        (isinstance(node, cst.Name) and node.value in _CONSTANTS)
        or isinstance(node, cst.BaseNumber | cst.SimpleString | cst.Ellipsis)
        or (isinstance(node, cst.ConcatenatedString) and node.evaluated_value is not None)
    )


def literal(node: cst.CSTNode | None) -> Any:
    """Return the value of a literal; None for any other expression."""
    if isinstance(node, cst.Name):
        return _CONSTANTS.get(node.value)
    if isinstance(node, cst.BaseNumber | cst.SimpleString | cst.ConcatenatedString):
        if isinstance(node, cst.SimpleString) and "\\" not in node.value:
            return node.evaluated_value
        with warnings.catch_warnings():  # an invalid escape
            warnings.simplefilter("ignore")
            return getattr(node, "evaluated_value", None)
    return ... if isinstance(node, cst.Ellipsis) else None


def argument(call: cst.Call, name: str) -> cst.BaseExpression | None:
    """Return the keyword argument ``name`` of a call."""
    return next((arg.value for arg in call.args if arg.keyword and arg.keyword.value == name), None)


def positional(call: cst.Call) -> list[cst.BaseExpression]:
    """Return the positional arguments of a call, up to the first starred argument."""
    found: list[cst.BaseExpression] = []
    for arg in call.args:
        if arg.star or arg.keyword:
            break
        found.append(arg.value)
    return found


def given(call: cst.Call, place: int, name: str) -> cst.BaseExpression | None:
    """Return an argument of a call, by its position or by its name."""
    placed = positional(call)
    return placed[place] if place < len(placed) else argument(call, name)


def has_open_keywords(call: cst.Call) -> bool:
    """Return whether ``**options`` may add keyword arguments."""
    return any(arg.star == "**" for arg in call.args)


def subscripts(node: cst.Subscript) -> list[cst.BaseExpression]:
    """Return the items between the brackets, without slices; a starred item gives its value."""
    return [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]


def elements(node: cst.CSTNode | None) -> list[cst.BaseElement] | None:
    """Return the elements of a tuple or list display; None for anything else."""
    return list(node.elements) if isinstance(node, cst.Tuple | cst.List) else None


def statements(
    body: cst.BaseSuite | cst.Module,
) -> Iterator[cst.BaseStatement | cst.BaseSmallStatement]:
    """Yield the statements of a block. A compound statement is yielded as a whole."""
    for line in body.body:
        if isinstance(line, cst.SimpleStatementLine):
            yield from line.body
        else:
            yield line


def parameters(function: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """Return the parameters that can be passed by name, without ``*args`` and ``**kwargs``."""
    given = function.params
    return [*given.posonly_params, *given.params, *given.kwonly_params]


def nameless_parameters(function: cst.FunctionDef) -> list[cst.Param]:
    """Return ``*args``, ``**kwargs`` and the positional-only parameters, without ``self``."""
    given = function.params
    starred = [each for each in (given.star_arg, given.star_kwarg) if isinstance(each, cst.Param)]
    return [*starred, *given.posonly_params[1:]]


def docstring_of(node: cst.Module | Definition) -> cst.BaseExpression | None:
    """Return the node of the docstring, or None."""
    body = node if isinstance(node, cst.Module) else node.body
    first = next(statements(body), None)
    is_string = isinstance(first, cst.Expr) and isinstance(literal(first.value), str)
    return first.value if is_string and isinstance(first, cst.Expr) else None


def code(node: cst.CSTNode) -> str:
    """Return a node as source text on one line, without the parentheses around it."""
    return " ".join(_FILE.code_for_node(bare(node)).split())


def has_comment(node: cst.CSTNode) -> bool:
    """Return whether a node contains a comment."""
    return "#" in _FILE.code_for_node(node).lstrip().partition("\n")[2]


# Nodes for fixes


def bare(node: cst.CSTNode) -> cst.CSTNode:
    """Return a node without the parentheses around it and the comma after it."""
    if isinstance(node, cst.Param | cst.Arg):
        return node.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    if isinstance(node, cst.Tuple | cst.GeneratorExp) or not getattr(node, "lpar", ()):
        return node
    return node.with_changes(lpar=(), rpar=())


def awaited(node: cst.BaseExpression, *, in_parentheses: bool = False) -> cst.BaseExpression:
    """Return ``await node``, in parentheses if something follows it."""
    if in_parentheses:
        return cst.Await(node, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Await(node)


def add_argument(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """Return the call with one more keyword argument; a comment at its end stays there."""
    nothing = cst.SimpleWhitespace("")
    new = cst.Arg(value, cst.Name(name), cst.AssignEqual(nothing, nothing))
    if not call.args:
        return call.with_changes(args=[new])
    *before, last = call.args
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return call.with_changes(
        args=[
            *before,
            last.with_changes(comma=comma, whitespace_after_arg=nothing),
            new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg),
        ]
    )


def any_of(nodes: Iterable[cst.CSTNode], *kinds: type[cst.CSTNode]) -> bool:
    """Return whether one of the nodes has one of these types."""
    return any(isinstance(node, kinds) for node in nodes)
