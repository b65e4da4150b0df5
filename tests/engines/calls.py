"""What an engine imports, calls and reads of upstream's code, compared with its source as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.engines.sources import Found, Function, attributes, find, members, modules

MODULE = {"to", "cpu", "cuda", "eval", "requires_grad_", "load_state_dict", "state_dict"}
"""What the engines call of torch.nn.Module."""


def misfits(engine: Path, checkout: Path) -> list[str]:
    """Return what an engine uses of upstream's code that the checkout has otherwise, or not."""
    tree = ast.parse(engine.read_text("utf-8"))
    return sorted(set(_Engine(tree, engine, checkout / _folder(tree)).misfits()))


def _folder(tree: ast.Module) -> str:
    """The folder of upstream's modules, as the engine tells ``use_upstream``."""
    named = {ast.unparse(n.targets[0]): n.value for n in tree.body if isinstance(n, ast.Assign)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("use_upstream"), args=[_, ast.Constant(str(folder))]):
                return folder
            case ast.Call(func=ast.Name("use_upstream"), args=[_, ast.Name(name)]):
                return str(ast.literal_eval(named[name]))
    return ""


@dataclass(frozen=True)
class _Kind:
    """What an expression is: an object of a class, or (without ``is_object``) what is found."""

    found: Found
    is_object: bool = False


class _Engine:
    """The names and the attributes of an engine whose class or function is known."""

    def __init__(self, tree: ast.Module, file: Path, root: Path) -> None:
        self.tree, self.file, self.root = tree, file, root
        self.kinds: dict[str, _Kind | None] = {}  # None: of several kinds
        self.set: set[str] = set()
        """The attributes that the engine sets itself, of any object."""

    def misfits(self) -> Iterator[str]:
        yield from self._imports()
        nodes = list(ast.walk(self.tree))
        self.set = {
            n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
        }
        for _ in range(3):  # an alias may come before what it stands for
            for node in nodes:
                if isinstance(node, ast.Assign):
                    for target in node.targets:
                        self._assign(target, node.value)
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield from self._attribute(node)
            elif isinstance(node, ast.Call):
                yield from self._call(node)

    def _imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
                continue
            files = modules(self.root, self.file, node)
            folder = self.root.joinpath(*node.module.split("."))
            if not files and self.root.joinpath(node.module.partition(".")[0]).exists():
                yield f"upstream has no module {node.module}"
            for alias in node.names if files else ():
                found = next(filter(None, (find(self.root, f, alias.name) for f in files)), None)
                if found:
                    self.kinds[alias.asname or alias.name] = _Kind(found)
                elif not folder.joinpath(f"{alias.name}.py").is_file():
                    yield f"{node.module} has no {alias.name}"

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for pair in zip(target.elts, value.elts, strict=True):
                self._assign(*pair)
        elif isinstance(target, ast.Name | ast.Attribute):
            name, kind = ast.unparse(target), self._kind(value)
            if kind is not None:
                known = self.kinds.setdefault(name, kind)
                self.kinds[name] = kind if known == kind else None

    def _kind(self, node: ast.expr) -> _Kind | None:
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in self.kinds:
            return self.kinds[ast.unparse(node)]
        if isinstance(node, ast.Attribute):
            owner = self._kind(node.value)
            return _part(self.root, owner.found, node.attr) if owner and owner.is_object else None
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in MODULE | {"__new__"}:
                kind = self._kind(node.func.value)  # which returns the object itself
                return _Kind(kind.found, is_object=True) if kind else None
            if isinstance(node.func, ast.Attribute):
                return self._made_by_class(node.func)
            kind = self._kind(node.func)
            if kind and not kind.is_object and isinstance(kind.found.node, ast.ClassDef):
                return _Kind(kind.found, is_object=True)
        return None

    def _made_by_class(self, method: ast.Attribute) -> _Kind | None:
        """An object of a class whose class method is called: it makes one."""
        kind = self._kind(method.value)
        if kind is None or kind.is_object or not isinstance(kind.found.node, ast.ClassDef):
            return None
        made = members(self.root, kind.found).get(method.attr)
        names = map(ast.unparse, made.decorator_list) if isinstance(made, Function) else ()
        return _Kind(kind.found, is_object=True) if "classmethod" in names else None

    def _attribute(self, node: ast.Attribute) -> Iterator[str]:
        kind = self._kind(node.value)
        if kind is None or not isinstance(kind.found.node, ast.ClassDef):
            return
        made = members(self.root, kind.found)
        known = set(made) | attributes(made) | self.set | MODULE
        if node.attr not in known and not node.attr.startswith("__") and self._is_whole(kind.found):
            yield f"{kind.found.node.name} has no {node.attr}"

    def _is_whole(self, found: Found) -> bool:
        """Whether all bases of a class are upstream's, or torch.nn.Module."""
        assert isinstance(found.node, ast.ClassDef)
        for base in found.node.bases:
            name = ast.unparse(base)
            parent = find(self.root, found.file, name)
            if name.rpartition(".")[2] not in ("Module", "object") and (
                parent is None or not self._is_whole(parent)
            ):
                return False
        return True

    def _call(self, node: ast.Call) -> Iterator[str]:
        kind = self._kind(node.func)
        if kind is not None and isinstance(kind.found.node, Function):
            yield from _unbound(kind.found.node.name, node, kind.found.node, 0)
        elif kind is not None and isinstance(kind.found.node, ast.ClassDef):
            names = ("forward", "__call__") if kind.is_object else ("__init__",)
            yield from self._method(node, kind.found, names)
        elif isinstance(node.func, ast.Attribute):
            owner = self._kind(node.func.value)
            if owner is not None and isinstance(owner.found.node, ast.ClassDef):
                yield from self._method(node, owner.found, (node.func.attr,))

    def _method(self, call: ast.Call, found: Found, names: tuple[str, ...]) -> Iterator[str]:
        assert isinstance(found.node, ast.ClassDef)
        made = members(self.root, found)
        for name in names:
            method = made.get(name)
            if isinstance(method, Function):
                decorators = {ast.unparse(d) for d in method.decorator_list}
                taken = 0 if "staticmethod" in decorators else 1
                yield from _unbound(f"{found.node.name}.{name}", call, method, taken)


def _part(root: Path, owner: Found, name: str) -> _Kind | None:
    """What an attribute of an object is, if the constructor makes it of a class."""
    for method in members(root, owner).values():
        for node in ast.walk(method):
            if isinstance(node, ast.Assign) and f"self.{name}" in map(ast.unparse, node.targets):
                value = node.value.body if isinstance(node.value, ast.IfExp) else node.value
                while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                    value = value.func.value
                if isinstance(value, ast.Call):
                    made = find(root, owner.file, ast.unparse(value.func))
                    if made and isinstance(made.node, ast.ClassDef):
                        return _Kind(made, is_object=True)
    return None


def _unbound(name: str, call: ast.Call, function: Function, taken: int) -> Iterator[str]:
    """Why a function, without its first ``taken`` parameters, cannot be called so."""
    args = function.args
    placed = [arg.arg for arg in (*args.posonlyargs, *args.args)][taken:]
    named = {arg.arg for arg in (*args.args, *args.kwonlyargs)}
    given = [keyword.arg for keyword in call.keywords]
    is_open = None in given or any(isinstance(arg, ast.Starred) for arg in call.args)
    if len(call.args) > len(placed) and not args.vararg and not is_open:
        yield f"{name} takes {len(placed)} arguments, not {len(call.args)}"
    for keyword in given:
        if keyword and keyword not in named and not args.kwarg:
            yield f"{name} takes no {keyword}"
    needed = placed[: len(placed) - len(args.defaults)][len(call.args) :]
    needed += [a.arg for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is None]
    for parameter in () if is_open else needed:
        if parameter not in given:
            yield f"{name} needs {parameter}"
