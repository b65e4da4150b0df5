"""Walk over a module's tree once, and fill the module."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lucid.check.module import Bound, Call, Class, Function, Module
from lucid.check.nodes import Definition, callee, children, docstring_of, dotted, literal


@dataclass(frozen=True)
class _Place:
    """The place of a node."""

    function: Function | None = None
    cls: Class | None = None
    """The class of the port that contains the node."""
    is_class_body: bool = False


def walk(module: Module) -> int:
    """Fill ``module`` from its tree; return how deeply the tree is nested."""
    walker = _Walk(module)
    todo: list[tuple[cst.CSTNode, _Place, int]] = [(module.tree, _Place(), 0)]
    deepest = 0
    while todo:
        node, place, depth = todo.pop()
        deepest = max(deepest, depth)
        if type(node) in _NOTED:
            inside = [(child, where, depth + 1) for child, where in walker.visit(node, place)]
        else:
            inside = [(child, place, depth + 1) for child in children(node)]
        todo += reversed(inside)
    return deepest


_NOTED = frozenset({
    cst.AnnAssign, cst.AsName, cst.Assign, cst.Attribute, cst.AugAssign, cst.Call, cst.ClassDef,
    cst.ConcatenatedString, cst.Del, cst.Expr, cst.For, cst.FormattedStringText, cst.FunctionDef,
    cst.Import, cst.ImportFrom, cst.MatchAs, cst.MatchMapping, cst.MatchStar, cst.NamedExpr,
    cst.SimpleString, cst.TypeAlias,
})  # fmt: skip
"""The nodes that the walk takes note of. A ``match`` passes the others too slowly."""


class _Walk:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.docstrings: set[cst.CSTNode | None] = {docstring_of(module.tree)}
        self.alone: set[cst.CSTNode] = set()
        """Calls that are a statement of their own."""

    def visit(self, node: cst.CSTNode, place: _Place) -> Iterator[tuple[cst.CSTNode, _Place]]:
        """Record what a node says; yield the nodes below it, with their places."""
        match node:
            case cst.ClassDef() | cst.FunctionDef():
                self.docstrings.add(docstring_of(node))
                body = self.definition(node, place)
                for child in children(node):
                    yield child, body if child is node.body else place
                return
            case cst.SimpleString() | cst.ConcatenatedString() | cst.FormattedStringText():
                if self.is_text(node):
                    return
            case cst.Expr(value=cst.Call() as call):
                self.alone.add(call)
            case cst.Call():
                self.call(node, place)
            case cst.Attribute():
                self.module.attributes.append((node, place.cls))
            case cst.Import() | cst.ImportFrom():
                self.imports(node, place)
            case _:
                self.bindings(node, place)
        for child in children(node):
            yield child, place

    def is_text(self, node: cst.CSTNode) -> bool:
        """Record a string. If one of its pieces is an f-string, the pieces are visited instead."""
        if isinstance(node, cst.ConcatenatedString) and literal(node) is None:
            return False
        if node not in self.docstrings:
            self.module.strings.append(node)
        return True

    def call(self, node: cst.Call, place: _Place) -> None:
        name = callee(node) or ""
        is_alone = node in self.alone
        self.module.calls.append(Call(self.module, node, name, place.function, place.cls, is_alone))
        if name == "setattr" and node.args:
            self.module.patched.add(dotted(node.args[0].value) or "")

    # Names

    def bindings(self, node: cst.CSTNode, place: _Place) -> None:
        match node:
            case cst.Assign():
                for target in node.targets:
                    self.bind(target.target, node.value, place)
            case cst.AnnAssign():
                self.annotate(node, place)
            case cst.AugAssign() | cst.NamedExpr() | cst.For():
                self.bind(node.target, None, place)
            case cst.AsName():
                self.bind(node.name, None, place)
            case cst.TypeAlias():
                self.module.assigned[node] = node.value
                self.member(node.name.value, node.value, place)
            case cst.Del(target=target) | cst.MatchMapping(rest=cst.Name() as target):
                self.unset(target, place)
            case cst.MatchAs(name=cst.Name() as name) | cst.MatchStar(name=cst.Name() as name):
                self.unset(name, place)

    def bind(self, target: cst.CSTNode, value: cst.BaseExpression | None, place: _Place) -> None:
        if isinstance(target, cst.Attribute):
            self.module.patched.add(dotted(target.value) or "")
        elif isinstance(target, cst.Tuple | cst.List):
            parts = _parts(target, value)
            for element, part in zip(target.elements, parts, strict=True):
                self.bind(element.value, part, place)
        elif isinstance(target, cst.Name):
            self.module.assigned[target] = value
            self.member(target.value, value, place)

    def unset(self, target: cst.CSTNode, place: _Place) -> None:
        names = [target] if isinstance(target, cst.Name) else [
            element.value for element in getattr(target, "elements", ())]  # fmt: skip
        for name in names:
            if isinstance(name, cst.Name):
                self.module.unset.append(name)
                self.member(name.value, None, place)

    def member(self, name: str, value: Bound, place: _Place) -> None:
        """Record what a class body assigns."""
        if place.is_class_body and place.cls:
            members = place.cls.members.setdefault(name, [])
            if value is None or value not in members:
                members.append(value)

    def annotate(self, node: cst.AnnAssign, place: _Place) -> None:
        if place.is_class_body and place.cls and isinstance(node.target, cst.Name):
            place.cls.annotations[node.target.value] = node.annotation.annotation
        if node.value is None:
            self.module.declared.add(node.target)
        else:
            self.bind(node.target, node.value, place)

    def imports(self, node: cst.Import | cst.ImportFrom, place: _Place) -> None:
        module = self.module
        module.imports.append(node)
        source = module.source_of(node) if isinstance(node, cst.ImportFrom) else None
        module.imported |= {source} if source else set()
        if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
            module.stars[node] = source
            return
        for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
            name = dotted(alias.name) or ""
            if isinstance(node, cst.ImportFrom):
                found = source and f"{source}.{name}"
                module.imported |= {found} if found else set()
            else:
                module.imported.add(name)
                found = name if alias.asname else name.partition(".")[0]
            local = alias.asname.name if alias.asname else alias.name
            module.assigned[local] = found
            self.member((dotted(local) or "").partition(".")[0], found, place)

    # Classes and functions

    def definition(self, node: Definition, place: _Place) -> _Place:
        if isinstance(node, cst.ClassDef):
            return self.class_def(node, place)
        return self.function_def(node, place)

    def class_def(self, node: cst.ClassDef, place: _Place) -> _Place:
        cls = None
        if place.function is None and place.cls is None and not place.is_class_body:
            cls = Class(self.module, node)
            self.module.classes.append(cls)
        self.module.assigned[node] = cls
        self.member(node.name.value, None, place)
        return _Place(function=place.function, cls=cls, is_class_body=True)

    def function_def(self, node: cst.FunctionDef, place: _Place) -> _Place:
        owner = place.cls if place.is_class_body else None
        function = Function(self.module, node, owner, place.function)
        if owner:
            owner.methods.append(function)
        self.module.functions.append(function)
        is_plain = not place.is_class_body and place.function is None and not node.decorators
        self.module.assigned[node] = function if is_plain else None
        self.member(node.name.value, None, place)
        return _Place(function=function, cls=place.cls)


def _parts(
    target: cst.Tuple | cst.List, value: cst.BaseExpression | None
) -> list[cst.BaseExpression] | list[None]:
    """Return the value of each name in ``WIDTH, HEIGHT = 640, 360``."""
    parts = value.elements if isinstance(value, cst.Tuple | cst.List) else ()
    is_plain = all(isinstance(part, cst.Element) for part in (*target.elements, *parts))
    if not is_plain or len(parts) != len(target.elements):
        return [None] * len(target.elements)
    return [part.value for part in parts]
