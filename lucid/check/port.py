"""A port's modules together: what a name, a class or an expression stands for.

Everything here answers from the text alone, and answers None where the text leaves it open.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lucid.check.module import Bound, Call, Class, Function, Module, dotted
from lucid.check.sources import Entry, Fault, Lock

MODEL, SESSION = "lucid.LucidModel", "lucid.LucidSession"
_TRANSPARENT = {MODEL, SESSION, "abc.ABC", "typing.Generic", "typing.Protocol"}
"""Foreign bases that declare nothing a rule looks for."""
_HOPS = 20  # imports and assignments that are followed from one name


@dataclass(frozen=True)
class Value:
    """An expression that is no name, and where the names in it belong to."""

    module: Module
    node: ast.expr
    function: Function | None = None


Meaning = Class | Function | Value | str | None
"""What a name stands for: a class or function of the port, a value, the dotted name of something
outside the port, or None: the text does not say."""


@dataclass(frozen=True)
class ForeignCall:
    """A call of something outside the port."""

    name: str
    """The dotted name of what is called."""
    module: Module
    node: ast.Call
    function: Function | None = None

    def argument(self, name: str) -> Value | None:
        """The keyword argument ``name``."""
        given = argument(self.node, name)
        return Value(self.module, given, self.function) if given else None


@dataclass(frozen=True)
class Lineage:
    """A class and its bases in the port, nearest first."""

    classes: tuple[Class, ...]
    foreign: frozenset[str]
    """Bases outside the port, by dotted name."""
    is_known: bool
    """Whether nothing but these classes' bodies adds or changes a member."""


@dataclass(frozen=True, eq=False, repr=False)
class Port:
    """Every module of a port, or one module alone (``entry`` is None)."""

    modules: Mapping[str, Module]
    faults: Mapping[str, Fault]
    """Why a file could not be parsed, by path."""
    entry: Entry | None
    lock: Lock | None = None

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

    @cached_property
    def played(self) -> tuple[Module, ...]:
        """The modules that are imported when the port is; of no port, all of them."""
        first = self.modules.get(self.entry.module) if self.entry else None
        if first is None:
            return tuple(self.modules.values())
        found: dict[Module, None] = {}
        todo = [first]
        while todo:
            module = todo.pop()
            if module not in found:
                found[module] = None
                todo += (self.modules[name] for name in module.imported if name in self.modules)
        return tuple(found)

    @cached_property
    def played_calls(self) -> tuple[Call, ...]:
        """The calls in those modules, outside `if __name__ == "__main__"` or not."""
        return tuple(call for module in self.played for call in module.calls)

    def foreign_calls(self) -> Iterator[tuple[Call, ForeignCall]]:
        """Every played call of something outside the port."""
        yield from self._foreign_calls

    @cached_property
    def _foreign_calls(self) -> tuple[tuple[Call, ForeignCall], ...]:
        found: list[tuple[Call, ForeignCall]] = []
        for module in self.played:
            for call in module.calls:
                name = self.resolve(module, call.node.func, call.function)
                if isinstance(name, str):
                    found.append((call, ForeignCall(name, module, call.node, call.function)))
        return tuple(found)

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
        return Value(owner.module, value) if isinstance(value, ast.expr) else None

    def lacks(self, cls: Class, name: str) -> bool:
        """Whether nothing gives the class an attribute ``name``, for certain."""
        line = self.lineage(cls)
        return line.is_known and not any(name in base.names.bound for base in line.classes)

    def method(self, cls: Class, name: str) -> Function | None:
        """The method that an instance of the class has under ``name``, if the text tells."""
        for base in self.lineage(cls).classes:
            if name in base.names.bound:
                found = [method for method in base.methods if method.name == name]
                return found[0] if len(found) == 1 == len(base.names.bound[name]) else None
        return None

    def session_of(self, model: Class) -> Class | None:
        """The class that a model names as its ``session_cls``."""
        named = self.attribute(model, "session_cls")
        session = self.resolve(named.module, named.node) if named else None
        return session if isinstance(session, Class) else None

    def resolve(
        self, module: Module, node: ast.expr, function: Function | None = None, hops: int = _HOPS
    ) -> Meaning:
        """What an expression in ``module``, and in ``function``, stands for."""
        name = dotted(node)
        if name is None:
            return Value(module, node, function)
        head, _, rest = name.partition(".")
        scope = function
        while scope is not None:
            if head in scope.names.bound:
                return self._meaning(module, scope, scope.names.get(head), rest, hops)
            scope = scope.outer
        return self._meaning(module, None, module.names.get(head), rest, hops)

    def follow(self, name: str, hops: int = _HOPS) -> Meaning:
        """What a dotted name stands for, as an import would find it."""
        parts = name.split(".")
        for split in range(len(parts) - 1, 0, -1):
            if module := self.modules.get(".".join(parts[:split])):
                bound = module.names.get(parts[split])
                return self._meaning(module, None, bound, ".".join(parts[split + 1 :]), hops)
        return _public(name)

    def elements(self, value: Value, hops: int = _HOPS) -> list[Value] | None:
        """The elements of a tuple or list, those of starred ones included."""
        meaning = self.resolve(value.module, value.node, value.function) if hops else None
        if not isinstance(meaning, Value) or not isinstance(meaning.node, ast.Tuple | ast.List):
            return None
        found: list[Value] = []
        for element in meaning.node.elts:
            is_starred = isinstance(element, ast.Starred)
            node = element.value if isinstance(element, ast.Starred) else element
            item = Value(meaning.module, node, meaning.function)
            items = self.elements(item, hops - 1) if is_starred else [item]
            if items is None:
                return None
            found += items
        return found

    def literal(self, value: Value) -> str | int | float | bool | None:
        """The string or number that an expression is; arithmetic is done."""
        from lucid.check.constants import Unknown, constant

        try:
            found = constant(self, value)
        except Unknown:
            return None
        return found if isinstance(found, str | int | float | bool) else None

    def foreign_call(self, value: Value) -> ForeignCall | None:
        """The call that an expression is, if it calls something outside the port."""
        meaning = self.resolve(value.module, value.node, value.function)
        if not isinstance(meaning, Value) or not isinstance(meaning.node, ast.Call):
            return None
        name = self.resolve(meaning.module, meaning.node.func, meaning.function)
        if not isinstance(name, str):
            return None
        return ForeignCall(name, meaning.module, meaning.node, meaning.function)

    def _meaning(
        self, module: Module, function: Function | None, bound: Bound, rest: str, hops: int
    ) -> Meaning:
        if hops == 0:
            return None
        if isinstance(bound, str):
            return self.follow(f"{bound}.{rest}" if rest else bound, hops - 1)
        if rest or bound is None:
            return None
        if isinstance(bound, Class | Function):
            return bound
        return self.resolve(module, bound, function, hops - 1)

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
            node = base
            while isinstance(node, ast.Subscript):
                node = node.value
            is_starred = isinstance(node, ast.Starred)
            yield None if is_starred else self.resolve(cls.module, node)


def _is_altered(cls: Class) -> bool:
    """Whether code outside the body may change the class: a decorator, a metaclass, a hook."""
    node = cls.node
    return bool(node.decorator_list or node.keywords or "__init_subclass__" in cls.names.bound)


def _public(name: str) -> str:
    """The public name of what Lucid keeps elsewhere: ``lucid.hold`` of bindings.hold."""
    if not name.startswith("lucid.authoring."):
        return name
    _, _, module, *rest = name.split(".")
    rest = ["publish", *rest] if module == "publish" else rest[-1:]
    return ".".join(["lucid", *rest])


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """The keyword argument ``name`` of a call."""
    return next((given.value for given in call.keywords if given.arg == name), None)
