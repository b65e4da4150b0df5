"""The one walk over a module's tree."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from lucid.check.module import Bound, Call, Class, Loop, Method, Module, Names, dotted


def walk(module: Module) -> None:
    """Fill ``module`` from its tree.

    Raises:
        RecursionError: the tree is nested too deeply.
    """
    module.tree.visit(_Walk(module))


@dataclass
class _Frame:
    """A class, function or lambda around the node that is visited."""

    names: Names | None = None
    """Where its bindings are noted, if they are."""
    method: Method | None = None
    loops: list[Loop | None] = field(default_factory=list)
    """Loops around the node, None for a ``for``."""

    def gives_way(self) -> None:
        if self.method:
            self.method.awaits = True
        for loop in filter(None, self.loops):
            loop.awaits = True

    def leaves(self) -> None:
        for loop in filter(None, self.loops):
            loop.exits = True


class _Walk(cst.CSTVisitor):
    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module
        self.frames = [_Frame(module.names)]
        self.classes: list[Class | None] = []

    @property
    def frame(self) -> _Frame:
        return self.frames[-1]

    @property
    def in_module_body(self) -> bool:
        return len(self.frames) == 1

    @property
    def in_class_body(self) -> bool:
        return len(self.frames) == 2 and bool(self.classes)

    def bind(self, target: cst.CSTNode, value: Bound) -> None:
        if isinstance(target, cst.Attribute):
            self.module.patched.add(dotted(target.value) or "")
        elif isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self.bind(element.value, None)
        elif isinstance(target, cst.Name) and self.frame.names is not None:
            self.frame.names.bind(target.value, value)

    # Names

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self.bind(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.bind(node.target, None)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.bind(node.target, None)

    def visit_AsName(self, node: cst.AsName) -> None:
        self.bind(node.name, None)

    def visit_Del(self, node: cst.Del) -> None:
        self.bind(node.target, None)

    def visit_Import(self, node: cst.Import) -> bool:
        for alias in node.names:
            name = dotted(alias.name) or ""
            if alias.asname:
                self.bind(alias.asname.name, name)
            else:
                self.bind(cst.Name(name.partition(".")[0]), name.partition(".")[0])
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        if isinstance(node.names, cst.ImportStar):
            self.module.has_star_import = True
            return False
        source = self.imported_module(node)
        for alias in node.names:
            target = alias.asname.name if alias.asname else alias.name
            self.bind(target, source and f"{source}.{dotted(alias.name)}")
        return False

    def imported_module(self, node: cst.ImportFrom) -> str | None:
        name = dotted(node.module) if node.module else None
        if not node.relative:
            return name
        parts = self.module.name.split(".")
        up = len(node.relative) - self.module.is_package
        base = parts[: max(len(parts) - up, 0)]
        return ".".join([*base, name] if name else base) or None

    # Classes and functions

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        cls = None
        if self.in_module_body:
            cls = Class(self.module, node)
            self.module.classes.append(cls)
        self.bind(node.name, cls)
        self.classes.append(cls)
        self.frames.append(_Frame(cls.names if cls else None))

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self.frames.pop()
        self.classes.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        method = None
        if self.in_class_body and (cls := self.classes[-1]):
            method = Method(node)
            cls.methods.append(method)
        self.bind(node.name, None)
        self.frames.append(_Frame(method=method))

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self.frames.pop()

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.frames.append(_Frame())

    def leave_Lambda(self, original_node: cst.Lambda) -> None:
        self.frames.pop()

    # What a method does

    def visit_While(self, node: cst.While) -> None:
        loop = Loop(node)
        outer = next((outer for outer in reversed(self.frame.loops) if outer), None)
        if outer:
            outer.inner.append(loop)
        elif self.frame.method:
            self.frame.method.loops.append(loop)
        self.frame.loops.append(loop)

    def leave_While(self, original_node: cst.While) -> None:
        self.frame.loops.pop()

    def visit_For(self, node: cst.For) -> None:
        self.bind(node.target, None)
        if node.asynchronous:
            self.frame.gives_way()
        self.frame.loops.append(None)

    def leave_For(self, original_node: cst.For) -> None:
        self.frame.loops.pop()

    def visit_Await(self, node: cst.Await) -> None:
        self.frame.gives_way()

    def visit_With(self, node: cst.With) -> None:
        if node.asynchronous:
            self.frame.gives_way()

    def visit_CompFor(self, node: cst.CompFor) -> None:
        if node.asynchronous:
            self.frame.gives_way()

    def visit_Break(self, node: cst.Break) -> None:
        if self.frame.loops and (loop := self.frame.loops[-1]):
            loop.exits = True

    def visit_Raise(self, node: cst.Raise) -> None:
        self.frame.leaves()

    def visit_Return(self, node: cst.Return) -> None:
        self.frame.leaves()
        if self.frame.method and node.value is not None:
            self.frame.method.returns_value = True

    def visit_Yield(self, node: cst.Yield) -> None:
        if self.frame.method:
            self.frame.method.yields = True

    # Calls and comments

    def visit_Call(self, node: cst.Call) -> None:
        callee = dotted(node.func)
        if callee is None:
            return
        inside = self.classes[-1] if self.classes else None
        self.module.calls.append(Call(node, callee, inside))
        if callee == "setattr" and node.args:
            self.module.patched.add(dotted(node.args[0].value) or "")

    def visit_Comment(self, node: cst.Comment) -> None:
        self.module.comments.append(node)
