"""The one walk over a module's tree."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass

from lucid.check.module import (
    Bound,
    Call,
    Class,
    Function,
    FunctionNode,
    Module,
    Names,
    children,
    dotted,
)

_FSTRING_POSITIONS_LIE = sys.version_info < (3, 12)


def walk(module: Module) -> None:
    """Fill ``module`` from its tree.

    Raises:
        RecursionError: the tree is nested too deeply.
    """
    _Walk(module).body(module.tree, _Scope(module.names))


@dataclass(frozen=True)
class _Scope:
    names: Names | None
    """Where bindings are noted, if they are."""
    function: Function | None = None
    cls: Class | None = None
    """The class of the port around the node."""
    is_class_body: bool = False


class _Walk:
    def __init__(self, module: Module) -> None:
        self.module = module

    def body(self, node: ast.Module | FunctionNode | ast.ClassDef, scope: _Scope) -> None:
        statements = node.body
        if statements and isinstance(statements[0], ast.Expr):
            first = statements[0].value
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                statements = statements[1:]  # a docstring
        for statement in statements:
            self.visit(statement, scope)

    def visit(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.ClassDef():
                self.class_def(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function_def(node, scope)
            case ast.Await(value=ast.Call() as call):
                self.call(call, scope, is_awaited=True)
                self.children(call, scope)
            case ast.Expr(value=ast.Call() as call):
                self.call(call, scope, is_statement=True)
                self.children(call, scope)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                self.children(node, _Scope(None, scope.function, scope.cls))  # names of its own
            case ast.GeneratorExp():
                self.children(node, _Scope(None, scope.function, scope.cls))
            case _:
                self.look(node, scope)
                self.children(node, scope)

    def look(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Name() | ast.arguments() | ast.arg():
                pass
            case ast.Attribute():
                self.module.attributes.append(node)
                if isinstance(node.ctx, ast.Load):
                    self.module.reads.setdefault(scope.cls, set()).add(node.attr)
            case ast.Call():
                self.call(node, scope)
            case ast.Constant(value=str()):
                self.module.strings.append(node)
            case ast.JoinedStr():
                self.fstring(node)
            case ast.Import() | ast.ImportFrom():
                self.imports(node, scope)
            case _:
                self.bindings(node, scope)

    def children(self, node: ast.AST, scope: _Scope) -> None:
        for child in children(node):
            self.visit(child, scope)

    # Names

    def bind(self, target: ast.AST, value: Bound, scope: _Scope) -> None:
        if isinstance(target, ast.Attribute):
            self.module.patched.add(dotted(target.value) or "")
        elif isinstance(target, ast.Tuple | ast.List):
            for element, part in zip(target.elts, _parts(target.elts, value), strict=True):
                self.bind(element, part, scope)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, None, scope)
        elif isinstance(target, ast.Name) and scope.names is not None:
            scope.names.bind(target.id, value)

    def bindings(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Assign(targets=targets):
                for target in targets:
                    self.bind(target, node.value, scope)
            case ast.AnnAssign():
                self.annotated(node, scope)
            case (
                ast.AugAssign(target=target)
                | ast.NamedExpr(target=target)
                | ast.For(target=target)
                | ast.AsyncFor(target=target)
                | ast.withitem(optional_vars=ast.expr() as target)
            ):
                self.bind(target, None, scope)
            case ast.Delete(targets=targets):
                for target in targets:
                    self.bind(target, None, scope)
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                self.bind(ast.Name(name), None, scope)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for name in names:  # whatever it is bound to elsewhere
                    self.bind(ast.Name(name), None, scope)
                    self.module.names.bind(name, None)

    def annotated(self, node: ast.AnnAssign, scope: _Scope) -> None:
        if scope.is_class_body and scope.cls and isinstance(node.target, ast.Name):
            scope.cls.annotations[node.target.id] = node.annotation
        if node.value is not None:
            self.bind(node.target, node.value, scope)

    def imports(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.module.imported.add(alias.name)
                head = alias.name.partition(".")[0]
                target, name = (alias.asname, alias.name) if alias.asname else (head, head)
                self.bind(ast.Name(target), name, scope)
            return
        self.module.import_froms.append(node)
        source = self.imported_module(node)
        self.module.imported |= {source} if source else set()
        for alias in node.names:
            if alias.name == "*":
                self.module.has_star_import = True
                continue
            bound = source and f"{source}.{alias.name}"
            self.module.imported |= {bound} if bound else set()
            self.bind(ast.Name(alias.asname or alias.name), bound, scope)

    def imported_module(self, node: ast.ImportFrom) -> str | None:
        if not node.level:
            return node.module
        parts = self.module.name.split(".")
        up = node.level - self.module.is_package
        base = parts[: max(len(parts) - up, 0)]
        return ".".join([*base, node.module] if node.module else base) or None

    # Classes and functions

    def class_def(self, node: ast.ClassDef, scope: _Scope) -> None:
        cls = None
        if scope.names is self.module.names:
            cls = Class(self.module, node)
            self.module.classes.append(cls)
        self.bind(ast.Name(node.name), cls, scope)
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part, scope)
        inner = _Scope(cls.names if cls else None, scope.function, cls, is_class_body=True)
        self.body(node, inner)

    def function_def(self, node: FunctionNode, scope: _Scope) -> None:
        owner = scope.cls if scope.is_class_body else None
        function = Function(self.module, node, owner, scope.function)
        if owner:
            owner.methods.append(function)
        self.module.functions.append(function)
        is_plain = not scope.is_class_body and scope.function is None and not node.decorator_list
        self.bind(ast.Name(node.name), function if is_plain else None, scope)
        for part in node.decorator_list:
            self.visit(part, scope)
        for argument in all_arguments(node.args):
            function.names.bind(argument.arg, None)
            if argument.annotation:
                self.visit(argument.annotation, scope)
        for default in filter(None, [*node.args.defaults, *node.args.kw_defaults]):
            self.visit(default, scope)
        if node.returns:
            self.visit(node.returns, scope)
        self.body(node, _Scope(function.names, function, scope.cls))

    # Calls and strings

    def call(
        self,
        node: ast.Call,
        scope: _Scope,
        *,
        is_awaited: bool = False,
        is_statement: bool = False,
    ) -> None:
        callee = dotted(node.func) or ""
        self.module.calls.append(
            Call(node, callee, scope.function, scope.cls, is_awaited, is_statement)
        )
        if callee == "setattr" and node.args:
            self.module.patched.add(dotted(node.args[0]) or "")

    def fstring(self, node: ast.JoinedStr) -> None:
        for inner in ast.walk(node):
            self.module.in_fstrings.add(id(inner))
            if inner is not node and _FSTRING_POSITIONS_LIE:
                ast.copy_location(inner, node)


def _parts(targets: list[ast.expr], value: Bound) -> list[ast.expr] | list[None]:
    """What ``WIDTH, HEIGHT = 640, 360`` gives each name, where it is written out like that."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != len(targets):
        return [None] * len(targets)
    has_star = any(isinstance(part, ast.Starred) for part in (*targets, *value.elts))
    return [None] * len(targets) if has_star else value.elts


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, starred ones included."""
    starred = [starred for starred in (arguments.vararg, arguments.kwarg) if starred]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]
