"""The objects that a port's declarations make, made from its text: types, bindings, outputs.

Only Lucid's own names, the standard library's typing and pydantic's are ever called; what the port
itself defines is read, never run.
"""

from __future__ import annotations

import ast
import builtins
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, create_model

from lucid.check.constants import Unknown, constant, is_enum
from lucid.check.module import Class
from lucid.check.port import Port, Value

_MODULES = ("lucid", "typing", "typing_extensions", "pydantic", "annotated_types", "enum", "numpy")
_CALLED = ("lucid.", "pydantic.Field", "pydantic.ConfigDict", "annotated_types.", "enum.auto")
_BUILTINS = ("bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set",
             "frozenset", "object")  # fmt: skip


class Declared:
    """What the expressions of one port are, as objects."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._classes: dict[Class, Any] = {}

    def value(self, value: Value) -> Any:
        """The object that an expression makes.

        Raises:
            Unknown: the text does not say, or only running the port would.
        """
        meaning = self._port.resolve(value.module, value.node, value.function)
        if isinstance(meaning, str):
            return self._foreign(value, meaning)
        if isinstance(meaning, Class):
            return self._class(value, meaning)
        if isinstance(meaning, Value):
            return self._made(meaning)
        if isinstance(value.node, ast.Name) and _is_builtin(value, value.node.id):
            return getattr(builtins, value.node.id)
        if (path := self._path(value)) is not None:
            return path
        if isinstance(value.node, ast.Attribute):
            return self._member(value, value.node)
        raise Unknown(value)

    def _path(self, value: Value) -> Path | None:
        """A place beside the port's own file, such as ``Path(__file__).parent / "gallery"``."""
        match value.node:
            case ast.Call(func=func, args=[ast.Name("__file__")], keywords=[]):
                is_path = self._port.resolve(value.module, func) == "pathlib.Path"
                return value.module.location if is_path else None
            case ast.Attribute(value=inner, attr="parent"):
                path = self._path(self._part(value, inner))
                return path and path.parent
            case ast.Call(func=ast.Attribute(value=inner, attr="resolve"), args=[], keywords=[]):
                path = self._path(self._part(value, inner))
                return path and path.resolve()
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(name))):
                path = self._path(self._part(value, left))
                return path and path / name
        return None

    def annotation(self, value: Value) -> Any:
        """The type that an annotation names, also one in quotes."""
        if isinstance(value.node, ast.Constant) and isinstance(value.node.value, str):
            try:
                node = ast.parse(value.node.value, mode="eval").body
            except SyntaxError:
                raise Unknown(value) from None
            return self.annotation(Value(value.module, ast.copy_location(node, value.node)))
        return self.value(value)

    def _made(self, value: Value) -> Any:
        if (path := self._path(value)) is not None:
            return path
        match value.node:
            case ast.Call() as node:
                return self._call(value, node)
            case ast.Subscript(value=generic, slice=index):
                return self._subscript(value, generic, index)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                sides = [self.annotation(self._part(value, side)) for side in (left, right)]
                return reduce(or_, sides)
            case ast.Tuple(elts=elements):
                return tuple(self._elements(value, elements))
            case ast.List(elts=elements):
                return self._elements(value, elements)
            case ast.Dict(keys=keys, values=values) if None not in keys:
                parts = [[self.value(self._part(value, n)) for n in side if n]
                         for side in (keys, values)]  # fmt: skip
                return dict(zip(*parts, strict=True))
        return constant(self._port, value)

    def _elements(self, value: Value, elements: list[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            if isinstance(element, ast.Starred):
                found += self.value(self._part(value, element.value))
            else:
                found.append(self.value(self._part(value, element)))
        return found

    def _subscript(self, value: Value, generic: ast.expr, index: ast.expr) -> Any:
        outer = self.annotation(self._part(value, generic))
        name = self._port.resolve(value.module, generic, value.function)
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        types = {"Literal": 0, "Annotated": 1}.get(str(name).rpartition(".")[2], len(parts))
        given = [self.annotation(self._part(value, part)) for part in parts[:types]]
        given += self._elements(value, parts[types:])
        try:
            return outer[tuple(given)] if len(given) > 1 else outer[given[0]]
        except (TypeError, AttributeError):
            raise Unknown(value) from None

    def _call(self, value: Value, node: ast.Call) -> Any:
        name = self._port.resolve(value.module, node.func, value.function)
        if not isinstance(name, str) or not name.startswith(_CALLED):
            raise Unknown(value)
        arguments = self._elements(value, node.args)
        keywords: dict[str, Any] = {}
        for given in node.keywords:
            part = self.value(self._part(value, given.value))
            keywords |= {given.arg: part} if given.arg else part
        try:
            return self._foreign(value, name)(*arguments, **keywords)
        except TypeError:
            raise Unknown(value) from None

    def _foreign(self, value: Value, name: str) -> Any:
        module, _, rest = name.partition(".")
        if module not in _MODULES or not rest:
            raise Unknown(value)
        try:
            found: Any = import_module(module)
            for part in rest.split("."):
                found = getattr(found, part)
        except AttributeError:
            raise Unknown(value) from None
        return found

    def _member(self, value: Value, node: ast.Attribute) -> Any:
        owner = self._port.resolve(value.module, node.value, value.function)
        if isinstance(owner, Class) and is_enum(self._port, owner):
            members = self._class(value, owner).__members__
            if node.attr in members:
                return members[node.attr]
        raise Unknown(value)

    def _class(self, value: Value, cls: Class) -> Any:
        if cls not in self._classes:
            foreign = self._port.lineage(cls).foreign
            if is_enum(self._port, cls):
                self._classes[cls] = self._enum(cls)
            elif foreign == {"pydantic.BaseModel"}:
                self._classes[cls] = self._model(cls)
            else:
                raise Unknown(value)
        return self._classes[cls]

    def _enum(self, cls: Class) -> Any:
        bases = sorted(name for name in self._port.lineage(cls).foreign if name.startswith("enum."))
        members = {
            name: self.value(Value(cls.module, bound))
            for name in cls.names.bound
            if isinstance(bound := cls.names.get(name), ast.expr) and not name.startswith("_")
        }
        base: Any = self._foreign(Value(cls.module, ast.Name(cls.name)), bases[0])
        plain = [b for b in cls.node.bases if isinstance(b, ast.Name) and b.id in ("str", "int")]
        mixin = {"type": getattr(builtins, plain[0].id)} if plain else {}
        made: Any = base(cls.name, members, **mixin)
        made.__doc__ = ast.get_docstring(cls.node)
        return made

    def _model(self, cls: Class) -> type[BaseModel]:
        fields: dict[str, Any] = {}
        config: dict[str, Any] = {
            option.arg: self.value(Value(cls.module, option.value))
            for option in cls.node.keywords
            if option.arg
        }
        for base in reversed(self._port.lineage(cls).classes):
            given = base.names.get("model_config")
            if isinstance(given, ast.expr):
                config |= self.value(Value(base.module, given))
            for name, annotation in base.annotations.items():
                default = base.names.get(name)
                fields[name] = (
                    self.annotation(Value(base.module, annotation)),
                    self.value(Value(base.module, default))
                    if isinstance(default, ast.expr)
                    else Field(),
                )
        doc = ast.get_docstring(cls.node)
        made: type[BaseModel] = create_model(cls.name, __config__=config, __doc__=doc, **fields)  # type: ignore[call-overload]  # any keys
        return made

    def _part(self, value: Value, node: ast.expr) -> Value:
        return Value(value.module, node, value.function)


def _is_builtin(value: Value, name: str) -> bool:
    return name in _BUILTINS and name not in value.module.names.bound
