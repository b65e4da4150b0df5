"""Make the objects that a port declares from its source: types, bindings, outputs.

It calls only functions of Lucid, typing and pydantic. It reads the port's own functions and never
runs them.
"""

import builtins
from collections.abc import Iterable
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from typing import Any

import libcst as cst
from pydantic import BaseModel, Field, create_model

from lucid.check.constants import Unknown, constant, is_enum
from lucid.check.module import Class, Value
from lucid.check.nodes import literal, subscripts
from lucid.check.port import Port

_MODULES = ("lucid", "typing", "typing_extensions", "pydantic", "annotated_types", "enum", "numpy")
_CALLED = ("lucid.", "pydantic.Field", "pydantic.ConfigDict", "annotated_types.", "enum.auto")
_BUILTINS = ("bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set",
             "frozenset", "object")  # fmt: skip
_MIXED_INTO_ENUMS = ("builtins.int", "builtins.str")


class Declared:
    """Makes objects from the expressions of one port."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._classes: dict[Class, Any] = {}

    def value(self, value: Value) -> Any:
        """Return the object that an expression makes.

        Raises:
            Unknown: the source does not show it, or only running the port would.
        """
        meaning = self._port.resolve(value)
        if isinstance(meaning, str):
            return self._foreign(value, meaning)
        if isinstance(meaning, Class):
            return self._class(value, meaning)
        if isinstance(meaning, Value):
            return self._made(meaning)
        if (path := self._path(value)) is not None:
            return path
        if isinstance(value.node, cst.Attribute):
            return self._member(value, value.node)
        raise Unknown(value)

    def _path(self, value: Value) -> Path | None:
        """Return a path beside the port's file, such as ``Path(__file__).parent / "gallery"``."""
        match value.node:
            case cst.Call(func=func, args=[cst.Arg(value=cst.Name("__file__"))]):
                is_path = self._port.named(value.part(func)) == "pathlib.Path"
                return value.module.location if is_path else None
            case cst.Attribute(value=inner, attr=cst.Name("parent")):
                path = self._path(value.part(inner))
                return path and path.parent
            case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name("resolve")), args=[]):
                path = self._path(value.part(inner))
                return path and path.resolve()
            case cst.BinaryOperation(left=left, operator=cst.Divide(), right=right):
                path, name = self._path(value.part(left)), literal(right)
                return path / name if path and isinstance(name, str) else None
        return None

    def annotation(self, value: Value) -> Any:
        """Return the type of an annotation, which may be in quotes."""
        text = literal(value.node)
        if isinstance(text, str):
            try:
                return self.annotation(value.part(cst.parse_expression(text)))
            except cst.ParserSyntaxError:
                raise Unknown(value) from None
            except Unknown:  # its own node has no position in the file
                raise Unknown(value) from None
        return self.value(value)

    def _made(self, value: Value) -> Any:
        if (path := self._path(value)) is not None:
            return path
        match value.node:
            case cst.Call() as node:
                return self._call(value, node)
            case cst.Subscript() as node:
                return self._subscript(value, node)
            case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
                return reduce(or_, [self.annotation(value.part(side)) for side in (left, right)])
            case cst.Tuple(elements=elements):
                return tuple(self._elements(value, elements))
            case cst.List(elements=elements):
                return self._elements(value, elements)
            case cst.Dict(elements=pairs) if all(isinstance(p, cst.DictElement) for p in pairs):
                return {
                    self.value(value.part(pair.key)): self.value(value.part(pair.value))
                    for pair in pairs
                    if isinstance(pair, cst.DictElement)
                }
        return constant(self._port, value)

    def _elements(self, value: Value, elements: Iterable[cst.BaseElement]) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            made = self.value(value.part(element.value))
            found += made if isinstance(element, cst.StarredElement) else [made]
        return found

    def _subscript(self, value: Value, node: cst.Subscript) -> Any:
        outer = self.annotation(value.part(node.value))
        kind = str(self._port.named(value.part(node.value))).rpartition(".")[2]
        parts = [(part, each.slice.star) for part, each in zip(subscripts(node), node.slice,
                 strict=True) if isinstance(each.slice, cst.Index)]  # fmt: skip
        types = {"Literal": 0, "Annotated": 1}.get(kind, len(parts))
        given = [self.annotation(value.part(part)) for part, _ in parts[:types]]
        for part, star in parts[types:]:
            made = self.value(value.part(part))
            given += made if star else [made]
        try:
            return outer[tuple(given)] if len(given) > 1 else outer[given[0]]
        except (TypeError, AttributeError, IndexError):
            raise Unknown(value) from None

    def _call(self, value: Value, node: cst.Call) -> Any:
        name = self._port.named(value.part(node.func))
        if name is None or not name.startswith(_CALLED):
            raise Unknown(value)
        arguments: list[Any] = []
        keywords: dict[str, Any] = {}
        for arg in node.args:
            made = self.value(value.part(arg.value))
            if arg.keyword or arg.star == "**":
                keywords |= {arg.keyword.value: made} if arg.keyword else made
            else:
                arguments += made if arg.star else [made]
        try:
            return self._foreign(value, name)(*arguments, **keywords)
        except TypeError:
            raise Unknown(value) from None

    def _foreign(self, value: Value, name: str) -> Any:
        module, _, rest = name.partition(".")
        if module == "builtins" and rest in _BUILTINS:
            return getattr(builtins, rest)
        if module not in _MODULES or not rest:
            raise Unknown(value)
        try:
            found: Any = import_module(module)
            for part in rest.split("."):
                found = getattr(found, part)
        except AttributeError:
            raise Unknown(value) from None
        return found

    def _member(self, value: Value, node: cst.Attribute) -> Any:
        owner = self._port.resolve(value.part(node.value))
        if isinstance(owner, Class) and is_enum(self._port, owner):
            members = self._class(value, owner).__members__
            if node.attr.value in members:
                return members[node.attr.value]
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
        foreign = sorted(self._port.lineage(cls).foreign)
        members = {
            name: self.value(given)
            for name in cls.members
            if not name.startswith("_") and (given := cls.value(name))
        }
        kind = next(name for name in foreign if name.startswith("enum."))
        base: Any = self._foreign(cls.module.at(cls.node.name), kind)
        mixed = [name.partition(".")[2] for name in foreign if name in _MIXED_INTO_ENUMS]
        mixin = {"type": getattr(builtins, mixed[0])} if mixed else {}
        made: Any = base(cls.name, members, **mixin)
        made.__doc__ = cls.node.get_docstring()
        return made

    def _model(self, cls: Class) -> type[BaseModel]:
        fields: dict[str, Any] = {}
        config: dict[str, Any] = {
            option.keyword.value: self.value(cls.module.at(option.value))
            for option in cls.node.keywords
            if option.keyword
        }
        for base in reversed(self._port.lineage(cls).classes):
            if given := base.value("model_config"):
                config |= self.value(given)
            for name, annotation in base.annotations.items():
                default = base.value(name)
                fields[name] = (
                    self.annotation(base.module.at(annotation)),
                    self.value(default) if default else Field(),
                )
        doc = cls.node.get_docstring()
        made: type[BaseModel] = create_model(cls.name, __config__=config, __doc__=doc, **fields)  # type: ignore[call-overload]  # any keys
        return made
