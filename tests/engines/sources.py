"""A double compared with upstream's source, which is read as text and never imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Function = ast.FunctionDef | ast.AsyncFunctionDef
# A method of these names changes silently what a base class does with an object.
SPECIAL = {
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__delattr__",
    "__getitem__",
    "__iter__",
}
SPECIAL |= {"to", "cuda", "float", "half", "eval", "train", "requires_grad_", "parameters"}
SPECIAL |= {"state_dict", "load_state_dict"}
# Other decorators change how fast a function runs, not how it is called or what it gives.
DECORATORS = {"staticmethod", "classmethod", "property", "contextmanager", "dataclass"}
DECORATORS |= {"no_grad", "inference_mode", "register_to_config", "abstractmethod"}


@dataclass(frozen=True)
class Found:
    """A definition, and the file that it is in."""

    file: Path
    node: ast.stmt


def differences(double: Path, upstream: Path, file: str, made_up: set[str]) -> list[str]:
    """What ``file`` of a double has otherwise than upstream; both are folders of modules.

    ``made_up`` are the names that only the double has: those that record its calls.
    """
    if file.endswith((".yaml", ".yml")):
        return list(_other_values(_yaml(double / file), _yaml(upstream / file), file))
    theirs = upstream / file
    if not theirs.is_file():
        return [f"{file}: upstream has no such file"]
    found: list[str] = []
    for name, ours in _definitions(double / file).items():
        if name in made_up or name.startswith("__"):
            continue
        same = find(upstream, theirs, name)
        if same is None:
            found.append(f"{name}: upstream has no such name in {file}")
        elif isinstance(ours, ast.ClassDef):
            found.extend(_class(double, upstream, Found(double / file, ours), same, made_up))
        elif isinstance(ours, Function):
            found.extend(_function(name, ours, same.node))
        else:
            found.extend(_constant(name, ours, same.node))
    return found


@cache
def _tree(file: Path) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of upstream's escapes in strings
        warnings.simplefilter("ignore", DeprecationWarning)
        return ast.parse(file.read_text("utf-8"))


def _yaml(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}


def _other_values(ours: Any, theirs: Any, place: str) -> Iterator[str]:
    if isinstance(ours, dict):
        for key, value in ours.items():
            if not isinstance(theirs, dict) or key not in theirs:
                yield f"{place}: upstream has no {key}"
            else:
                yield from _other_values(value, theirs[key], f"{place}: {key}")
    elif ours != theirs and None not in (ours, theirs):
        yield f"{place} is {ours!r}, upstream's is {theirs!r}"


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run at import, also those in an ``if`` or a ``try``."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.ClassDef | Function):
                yield from _statements(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


@cache
def _definitions(file: Path) -> dict[str, ast.stmt]:
    """Functions, classes, constants, and attributes that are set at import, by name."""
    made: dict[str, ast.stmt] = {}
    for node in _statements(_tree(file).body):
        if isinstance(node, ast.ClassDef | Function):
            made[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            made |= {
                ast.unparse(t): node for t in targets if isinstance(t, ast.Name | ast.Attribute)
            }
    return made


def find(root: Path, file: Path, name: str) -> Found | None:
    """A name of a module: defined there, or imported from another module of the checkout."""
    if name in (made := _definitions(file)):
        return Found(file, made[name])
    for node in _statements(_tree(file).body):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            if alias.name != "*" and (alias.asname or alias.name) != name:
                continue
            wanted = name if alias.name == "*" else alias.name
            for module in modules(root, file, node):
                if module != file and (found := find(root, module, wanted)):
                    return found
    return None


def modules(root: Path, file: Path, node: ast.ImportFrom) -> list[Path]:
    """The file that an import names, where the checkout has it."""
    start = root
    if node.level:
        start = file.parents[node.level - 1]
    base = start.joinpath(*(node.module or "").split("."))
    return [path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()]


def _class(
    double: Path, upstream: Path, ours: Found, same: Found, made_up: set[str]
) -> Iterator[str]:
    assert isinstance(ours.node, ast.ClassDef)
    name = ours.node.name
    if not isinstance(same.node, ast.ClassDef):
        yield f"{name}: a class, which upstream's is not"
        return
    bases = [{_last(base) for base in node.bases} for node in (ours.node, same.node)]
    bases = [names - {"object", "Generic"} for names in bases]
    if bases[0] != bases[1]:
        yield f"{name}: its bases are {sorted(bases[0])}, upstream's {sorted(bases[1])}"
    yield from _decorators(name, ours.node, same.node)
    methods, upstreams = members(double, ours), members(upstream, same)
    yield from _other_attributes(name, methods, upstreams, made_up)
    for method, node in methods.items():
        if method in made_up:
            continue
        if method not in upstreams:
            if method not in attributes(upstreams):
                yield f"{name}.{method}: upstream has none"
        elif isinstance(node, Function):
            yield from _function(f"{name}.{method}", node, upstreams[method])
        elif _is_field(node):
            yield from _constant(f"{name}.{method}", node, upstreams[method])


def _other_attributes(
    name: str, ours: dict[str, ast.stmt], theirs: dict[str, ast.stmt], made_up: set[str]
) -> Iterator[str]:
    for special in sorted(SPECIAL & (set(ours) ^ set(theirs))):
        owner = "the double" if special in ours else "upstream"
        yield f"{name}.{special}: only {owner} defines it"
    known = set(theirs) | attributes(theirs)
    for attribute in sorted(attributes(ours) - known - made_up):
        yield f"{name}: upstream sets no self.{attribute}"
    for kind in ("register_buffer", "Parameter"):
        made, wanted = _registered(ours, kind), _registered(theirs, kind)
        for attribute in sorted((made ^ wanted) & attributes(ours) - made_up):
            owner = "the double" if attribute in made else "upstream"
            yield f"{name}.{attribute}: only {owner} has it as {kind}"


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and "ClassVar" not in ast.unparse(node.annotation)


def _module_of(root: Path, file: Path, name: ast.expr) -> Path:
    """Of ``package.name`` the package, if the checkout has it; else the file itself."""
    if isinstance(name, ast.Attribute):
        package = root.joinpath(*ast.unparse(name.value).split(".")) / "__init__.py"
        return package if package.is_file() else file
    return file


def members(root: Path, found: Found) -> dict[str, ast.stmt]:
    """Methods and class attributes, also of base classes in the checkout."""
    assert isinstance(found.node, ast.ClassDef)
    made: dict[str, ast.stmt] = {}
    for base in found.node.bases:
        parent = find(root, _module_of(root, found.file, base), _last(base))
        if parent is not None and isinstance(parent.node, ast.ClassDef):
            made |= members(root, parent)
    for node in found.node.body:
        if isinstance(node, Function):
            made[node.name] = node
        elif isinstance(node, ast.Assign):
            made |= {ast.unparse(target): node for target in node.targets}
        elif isinstance(node, ast.AnnAssign):
            made[ast.unparse(node.target)] = node
    return made


def attributes(of: dict[str, ast.stmt]) -> set[str]:
    """Names that a method sets on ``self``, also by torch's and diffusers' ways."""
    made: set[str] = set()
    for method in of.values():
        for node in ast.walk(method):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                made |= {node.attr} if ast.unparse(node.value) == "self" else set()
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "self.register_modules":
                made |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return made | _registered(of, "register_buffer")


def _registered(of: dict[str, ast.stmt], kind: str) -> set[str]:
    """Names of the buffers or the parameters that a class makes itself."""
    made: set[str] = set()
    for method in of.values():
        for node in ast.walk(method):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                is_kind = _last(node.value.func) == kind
                made |= {_last(target) for target in node.targets if is_kind}
            elif isinstance(node, ast.Call) and _last(node.func) == kind:
                made |= {str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant)}
    return made


def _function(name: str, ours: Function, theirs: ast.stmt) -> Iterator[str]:
    if not isinstance(theirs, Function):
        yield f"{name}: a function, which upstream's is not"
        return
    signatures = [_signature(node.args) for node in (ours, theirs)]
    if signatures[0] != signatures[1]:
        yield f"{name}({', '.join(signatures[0])}), upstream's ({', '.join(signatures[1])})"
    yield from _decorators(name, ours, theirs)
    if isinstance(ours, ast.AsyncFunctionDef) != isinstance(theirs, ast.AsyncFunctionDef):
        yield f"{name}: only one of both is async"
    yields = [any(isinstance(n, ast.Yield) for n in _own(node)) for node in (ours, theirs)]
    if yields[0] != yields[1]:
        yield f"{name}: only one of both yields"
    for error in sorted(_raises(ours) - _raises(theirs)):
        yield f"{name}: upstream raises no {error}"
    sizes = [_sizes(node) for node in (ours, theirs)]
    if None not in sizes[1] and not sizes[0] - {None} <= sizes[1]:
        yield f"{name}: it returns {sizes[0]} values, upstream {sizes[1]}"


def _signature(args: ast.arguments) -> list[str]:
    """Each parameter with its default, as it is called: by place, by name, or both."""
    placed = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(placed) - len(args.defaults)) + list(args.defaults)
    made = [_parameter(arg, default) for arg, default in zip(placed, defaults, strict=True)]
    if args.posonlyargs:
        made.insert(len(args.posonlyargs), "/")
    if args.vararg:
        made.append(f"*{args.vararg.arg}")
    elif args.kwonlyargs:
        made.append("*")
    made += [_parameter(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    return [*made, f"**{args.kwarg.arg}"] if args.kwarg else made


def _parameter(arg: ast.arg, default: ast.expr | None) -> str:
    return arg.arg if default is None else f"{arg.arg}={ast.unparse(default)}"


def _decorators(name: str, ours: Any, theirs: Any) -> Iterator[str]:
    made = [DECORATORS & {_last(d) for d in node.decorator_list} for node in (ours, theirs)]
    if made[0] != made[1]:
        yield f"{name}: its decorators are {sorted(made[0])}, upstream's {sorted(made[1])}"


def _last(node: ast.expr) -> str:
    """The last part of a dotted name, of a call its function's."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)


def _raises(node: ast.stmt) -> set[str]:
    return {_last(n.exc) for n in ast.walk(node) if isinstance(n, ast.Raise) and n.exc}


def _own(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _sizes(function: Function) -> set[int | None]:
    """How many values it returns; None where only a run can tell."""
    returns = [node.value for node in _own(function) if isinstance(node, ast.Return)]
    return {len(value.elts) if isinstance(value, ast.Tuple) else None for value in returns}


def _constant(name: str, ours: ast.stmt, theirs: ast.stmt) -> Iterator[str]:
    """Values that can be read without a run; of a dict, those keys that the double has."""
    made, wanted = (_value(getattr(node, "value", None)) for node in (ours, theirs))
    if made is not None and wanted is not None:
        yield from _other_values(made, wanted, name)


def _value(node: ast.expr | None) -> Any:
    """A literal; of a list its length where its parts are none; else None."""
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {ast.unparse(k): _value(v) for k, v in zip(node.keys, node.values, strict=True) if k}
    try:
        return ast.literal_eval(node or ast.Constant(None))
    except ValueError:
        return f"{len(node.elts)} parts" if isinstance(node, ast.List | ast.Tuple) else None
