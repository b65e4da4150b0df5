"""A port's modules together: what a name, a class or an expression stands for.

Everything here answers from the text alone, and answers None where the text leaves it open.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from lucid.check.module import Bound, Class, Module, dotted
from lucid.check.sources import Entry, Fault

MODEL, SESSION = "lucid.LucidModel", "lucid.LucidSession"
_TRANSPARENT = {MODEL, SESSION, "abc.ABC", "typing.Generic", "typing.Protocol"}
"""Foreign bases that declare nothing a rule looks for."""
_HOPS = 20  # imports and assignments that are followed from one name


@dataclass(frozen=True)
class Value:
    """An expression that is no name, and the module that the names in it belong to."""

    module: Module
    node: cst.BaseExpression


Meaning = Class | Value | str | None
"""What a name stands for: a class of the port, a value, the dotted name of something outside the
port, or None: the text does not say."""


@dataclass(frozen=True)
class ForeignCall:
    """A call of something outside the port."""

    name: str
    """The dotted name of what is called."""
    module: Module
    node: cst.Call

    def argument(self, name: str) -> Value | None:
        """The keyword argument ``name``."""
        given = argument(self.node, name)
        return Value(self.module, given) if given else None


@dataclass(frozen=True)
class Lineage:
    """A class and its bases in the port, nearest first."""

    classes: tuple[Class, ...]
    foreign: frozenset[str]
    """Bases outside the port, by dotted name."""
    is_known: bool
    """Whether nothing but these classes' bodies adds or changes a member."""


@dataclass(frozen=True, eq=False)
class Port:
    """Every module of a port, or one module alone (``entry`` is None)."""

    modules: Mapping[str, Module]
    faults: Mapping[str, Fault]
    """Why a file could not be parsed, by path."""
    entry: Entry | None

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """The classes at the top level of the modules."""
        return tuple(cls for module in self.modules.values() for cls in module.classes)

    @cached_property
    def models(self) -> tuple[Class, ...]:
        """The subclasses of LucidModel."""
        return tuple(cls for cls, line in self._lineages.items() if MODEL in line.foreign)

    @cached_property
    def sessions(self) -> tuple[Class, ...]:
        """The subclasses of LucidSession."""
        return tuple(cls for cls, line in self._lineages.items() if SESSION in line.foreign)

    @cached_property
    def served_models(self) -> tuple[Class, ...]:
        """The models that must be complete: the entry's, and all that are no other's base."""
        entry = self.entry and self.follow(f"{self.entry.module}.{self.entry.class_name}")
        bases = {base for cls in self.models for base in self.lineage(cls).classes[1:]}
        return tuple(cls for cls in self.models if cls not in bases or cls is entry)

    def lineage(self, cls: Class) -> Lineage:
        """The class and its bases."""
        return self._lineages[cls]

    def attribute(self, cls: Class, name: str) -> Value | None:
        """What the class or a base of it assigns to ``name``."""
        line = self.lineage(cls)
        owner = next((base for base in line.classes if name in base.names.bound), None)
        if owner is None or not (owner is cls or line.is_known):
            return None
        value = owner.names.get(name)
        return Value(owner.module, value) if isinstance(value, cst.BaseExpression) else None

    def lacks(self, cls: Class, name: str) -> bool:
        """Whether nothing gives the class an attribute ``name``, for certain."""
        line = self.lineage(cls)
        return line.is_known and not any(name in base.names.bound for base in line.classes)

    def resolve(self, module: Module, node: cst.BaseExpression, hops: int = _HOPS) -> Meaning:
        """What an expression in ``module`` stands for."""
        name = dotted(node)
        if name is None:
            return Value(module, node)
        head, _, rest = name.partition(".")
        return self._meaning(module, module.names.get(head), rest, hops)

    def follow(self, name: str, hops: int = _HOPS) -> Meaning:
        """What a dotted name stands for, as an import would find it."""
        parts = name.split(".")
        for split in range(len(parts) - 1, 0, -1):
            if module := self.modules.get(".".join(parts[:split])):
                bound = module.names.get(parts[split])
                return self._meaning(module, bound, ".".join(parts[split + 1 :]), hops)
        return name

    def elements(self, value: Value, hops: int = _HOPS) -> list[Value] | None:
        """The elements of a tuple or list, those of starred ones included."""
        meaning = self.resolve(value.module, value.node) if hops else None
        if not isinstance(meaning, Value) or not isinstance(meaning.node, cst.Tuple | cst.List):
            return None
        found: list[Value] = []
        for element in meaning.node.elements:
            item = Value(meaning.module, element.value)
            is_starred = isinstance(element, cst.StarredElement)
            items = self.elements(item, hops - 1) if is_starred else [item]
            if items is None:
                return None
            found += items
        return found

    def literal(self, value: Value) -> str | int | None:
        """The string or whole number that an expression is."""
        meaning = self.resolve(value.module, value.node)
        node = meaning.node if isinstance(meaning, Value) else None
        if isinstance(node, cst.Integer):
            return node.evaluated_value
        if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape, which Python reports itself
                text = node.evaluated_value
            return text if isinstance(text, str) else None
        return None

    def foreign_call(self, value: Value) -> ForeignCall | None:
        """The call that an expression is, if it calls something outside the port."""
        meaning = self.resolve(value.module, value.node)
        if not isinstance(meaning, Value) or not isinstance(meaning.node, cst.Call):
            return None
        name = self.resolve(meaning.module, meaning.node.func)
        return ForeignCall(name, meaning.module, meaning.node) if isinstance(name, str) else None

    def _meaning(self, module: Module, bound: Bound, rest: str, hops: int) -> Meaning:
        if hops == 0:
            return None
        if isinstance(bound, str):
            return self.follow(f"{bound}.{rest}" if rest else bound, hops - 1)
        if rest or bound is None:
            return None
        return bound if isinstance(bound, Class) else self.resolve(module, bound, hops - 1)

    @cached_property
    def _lineages(self) -> dict[Class, Lineage]:
        patched = set().union(*(module.patched for module in self.modules.values()))
        return {cls: self._read_lineage(cls, patched) for cls in self.classes}

    def _read_lineage(self, cls: Class, patched: set[str]) -> Lineage:
        found: dict[Class, None] = {}
        foreign: set[str] = set()
        is_known = True
        todo = [cls]
        while todo:
            current = todo.pop(0)
            if current in found:
                continue
            found[current] = None
            is_known &= not (_is_altered(current) or current.name in patched)
            for base in self._bases(current):
                if isinstance(base, Class):
                    todo.append(base)
                elif isinstance(base, str):
                    foreign.add(base)
                else:
                    is_known = False
        return Lineage(tuple(found), frozenset(foreign), is_known and foreign <= _TRANSPARENT)

    def _bases(self, cls: Class) -> Iterator[Meaning]:
        for base in cls.node.bases:
            node = base.value
            while isinstance(node, cst.Subscript):
                node = node.value
            yield None if base.star else self.resolve(cls.module, node)


def _is_altered(cls: Class) -> bool:
    """Whether code outside the body may change the class: a decorator, a metaclass, a hook."""
    return bool(cls.node.decorators or cls.node.keywords or "__init_subclass__" in cls.names.bound)


def argument(call: cst.Call, name: str) -> cst.BaseExpression | None:
    """The keyword argument ``name`` of a call."""
    found = (a.value for a in call.args if a.keyword and a.keyword.value == name)
    return next(found, None)
