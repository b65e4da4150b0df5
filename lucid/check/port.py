"""All modules of a port: find what a name, a class or an expression refers to.

Everything here uses the source only, and returns None if the source leaves it open.
"""

import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

import lucid
from lucid.check import nodes
from lucid.check.module import Bound, Call, Class, Function, Module, Value
from lucid.check.nodes import dotted
from lucid.check.project import Project
from lucid.check.sources import Entry, Fault, Lock

MODEL, SESSION = "lucid.LucidModel", "lucid.LucidSession"
_TRANSPARENT = {MODEL, SESSION, "abc.ABC", "typing.Generic", "typing.Protocol", "builtins.object"}
"""Bases outside the port that declare nothing a rule looks for."""
KNOWN = {*sys.stdlib_module_names, "beartype", "builtins", "jax", "jaxtyping", "numba", "numpy",
         "pydantic", "spaces", "torch", "triton", "typing_extensions"}  # fmt: skip
"""Libraries that export no name of Lucid."""
_HOPS = 20  # maximum number of imports and assignments to follow from one name

Meaning = Class | Function | Value | str | None
"""What a name refers to: a class or function of the port, a value, or the dotted name of something
outside the port. None if the source does not show it."""


@dataclass(frozen=True)
class ForeignCall:
    """A call of something outside the port."""

    name: str
    """The dotted name of the function."""
    value: Value
    node: cst.Call

    @property
    def module(self) -> Module:
        """The module that contains the call."""
        return self.value.module

    def argument(self, name: str) -> Value | None:
        """Return the keyword argument ``name``."""
        given = nodes.argument(self.node, name)
        return self.value.part(given) if given else None


@dataclass(frozen=True)
class Lineage:
    """A class and its bases in the port, nearest first."""

    classes: tuple[Class, ...]
    foreign: frozenset[str]
    """Bases outside the port, by dotted name."""
    is_known: bool
    """Whether only the bodies of these classes add or change members."""


@dataclass(frozen=True, eq=False, repr=False)
class Port:
    """Every module of a port, or one module alone (``entry`` is None)."""

    modules: Mapping[str, Module]
    faults: Mapping[str, Fault]
    """The reason why a file could not be parsed, by path."""
    entry: Entry | None
    lock: Lock | None = None
    project: Project | None = None

    # Classes

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
    def session_methods(self) -> tuple[Function, ...]:
        """The methods in the bodies of the sessions."""
        return tuple(method for session in self.sessions for method in session.methods)

    @cached_property
    def served_models(self) -> tuple[Class, ...]:
        """The models that must be complete: the entry's model, and all that are not a base of
        another."""
        entry = self.entry and self.follow(f"{self.entry.module}.{self.entry.class_name}")
        bases = {base for cls in self.models for base in self.lineage(cls).classes[1:]}
        return tuple(cls for cls in self.models if cls not in bases or cls is entry)

    @cached_property
    def played(self) -> tuple[Module, ...]:
        """The modules that are imported with the port; without a port, all modules."""
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
        """The calls in these modules."""
        return tuple(call for module in self.played for call in module.calls)

    @cached_property
    def foreign_calls(self) -> Mapping[Call, ForeignCall]:
        """The calls in these modules of something outside the port, or of a builtin."""
        called = ((call, self.named(call.module.at(call.node.func))) for call in self.played_calls)
        return {
            call: ForeignCall(name, call.module.at(call.node), call.node)
            for call, name in called
            if name
        }

    def is_ours(self, call: Call) -> bool:
        """Return whether a call is in a session or a model."""
        return call.inside in self.sessions or call.inside in self.models

    def lineage(self, cls: Class) -> Lineage:
        """Return the class and its bases."""
        return self._lineages[cls]

    def attribute(self, cls: Class, name: str) -> Value | None:
        """Return what the class or a base of it assigns to ``name``."""
        line = self.lineage(cls)
        owner = next((base for base in line.classes if name in base.members), None)
        if owner is None or not (owner is cls or line.is_known):
            return None
        return owner.value(name)

    def lacks(self, cls: Class, name: str) -> bool:
        """Return whether the class certainly has no attribute ``name``."""
        line = self.lineage(cls)
        return line.is_known and not any(name in base.members for base in line.classes)

    def method(self, cls: Class, name: str) -> Function | None:
        """Return the method ``name`` of the class's instances, if the source shows it."""
        for base in self.lineage(cls).classes:
            if name in base.members:
                found = [method for method in base.methods if method.name == name]
                return found[0] if len(found) == 1 == len(base.members[name]) else None
        return None

    def session_of(self, model: Class) -> Class | None:
        """Return the ``session_cls`` of a model."""
        named = self.attribute(model, "session_cls")
        session = self.resolve(named) if named else None
        return session if isinstance(session, Class) else None

    # Names

    def resolve(self, value: Value, hops: int = _HOPS) -> Meaning:
        """Return what an expression refers to."""
        name = dotted(value.node)
        if name is None or nodes.is_literal(value.node):
            return value
        head: cst.BaseExpression = value.node
        while isinstance(head, cst.Attribute):
            head = head.value
        assert isinstance(head, cst.Name)
        rest = name.partition(".")[2]
        bounds = value.module.names(head)
        if len(bounds) == 1 and isinstance(bounds[0], cst.Param):
            given = None if rest or not hops else value.arguments.get(bounds[0])
            return self.resolve(given, hops - 1) if given else None
        if not bounds:
            return self._meaning(value.module, self._starred(value.module, head.value), rest, hops)
        return self._meaning(value.module, bounds[0] if len(bounds) == 1 else None, rest, hops)

    def named(self, value: Value | None) -> str | None:
        """Return the dotted name of what an expression refers to, if that is outside the port."""
        meaning = self.resolve(value) if value else None
        return meaning if isinstance(meaning, str) else None

    def follow(self, name: str, hops: int = _HOPS) -> Meaning:
        """Return what a dotted name refers to, as an import would find it."""
        parts = name.split(".")
        for split in range(len(parts) - 1, 0, -1):
            if module := self.modules.get(".".join(parts[:split])):
                bounds = module.top(parts[split])
                bound = bounds[0] if len(bounds) == 1 else None
                if not bounds and hops:
                    bound = self._starred(module, parts[split], hops - 1)
                return self._meaning(module, bound, ".".join(parts[split + 1 :]), hops)
        return _public(name)

    def hides(self, module: Module, name: str, hops: int = _HOPS) -> cst.ImportFrom | None:
        """Return the ``from x import *`` of another library that may bind a name in the module."""
        for node, source in module.stars.items():
            inner = self.modules.get(source or "")
            if inner and hops and self.hides(inner, name, hops - 1):
                return node
            if inner is None and (source or "").partition(".")[0] not in {*KNOWN, "lucid"}:
                return node
        return None

    def elements(self, value: Value | None, hops: int = _HOPS) -> list[Value] | None:
        """Return the elements of a tuple or list, including those of starred elements."""
        meaning = self.resolve(value) if value and hops else None
        given = nodes.elements(meaning.node) if isinstance(meaning, Value) else None
        if given is None or not isinstance(meaning, Value):
            return None
        found: list[Value] = []
        for element in given:
            item = meaning.part(element.value)
            is_starred = isinstance(element, cst.StarredElement)
            items = self.elements(item, hops - 1) if is_starred else [item]
            if items is None:
                return None
            found += items
        return found

    def foreign_call(self, value: Value | None) -> ForeignCall | None:
        """Return an expression as a call, if it calls something outside the port."""
        meaning = self.resolve(value) if value else None
        if not isinstance(meaning, Value) or not isinstance(meaning.node, cst.Call):
            return None
        name = self.named(meaning.part(meaning.node.func))
        return ForeignCall(name, meaning, meaning.node) if name else None

    def made_class(self, value: Value) -> Class | None:
        """Return the class of the port if an expression makes an instance of it."""
        call = value.node
        made = self.resolve(value.part(call.func)) if isinstance(call, cst.Call) else None
        return made if isinstance(made, Class) else None

    def _meaning(self, module: Module, bound: Bound, rest: str, hops: int) -> Meaning:
        if hops == 0 or isinstance(bound, cst.Param):
            return None
        if isinstance(bound, str):
            return self.follow(f"{bound}.{rest}" if rest else bound, hops - 1)
        if rest or bound is None:
            return None
        if isinstance(bound, Class | Function):
            return bound
        return self.resolve(module.at(bound), hops - 1)

    def _starred(self, module: Module, name: str, hops: int = _HOPS) -> str | None:
        """Return the dotted name that a ``from x import *``, or else Python itself, gives to
        ``name``."""
        for source in reversed(module.stars.values()):
            inner = self.modules.get(source or "")
            if source == "lucid" and name in lucid.__all__:
                return f"lucid.{name}"
            if inner and hops and self._exports(inner, name, hops - 1):
                return f"{source}.{name}"
        is_builtin = hasattr(builtins, name) and self.hides(module, name) is None
        return f"builtins.{name}" if is_builtin else None

    def _exports(self, module: Module, name: str, hops: int) -> bool:
        listed = only_elements(self, module)
        if listed is not None:
            return name in listed
        return not name.startswith("_") and (
            bool(module.top(name))
            or any(
                self._exports(inner, name, hops - 1)
                if (inner := self.modules.get(source or ""))
                else source == "lucid" and name in lucid.__all__
                for source in (module.stars.values() if hops else ())
            )
        )

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
            yield None if base.star else self.resolve(cls.module.at(node))


def only_elements(port: Port, module: Module) -> set[object] | None:
    """Return the items of a module's ``__all__``, if the source shows them."""
    listed = port.elements(module.only_value(module.top("__all__")))
    return None if listed is None else {nodes.literal(each.node) for each in listed}


def _is_altered(cls: Class) -> bool:
    """Return whether code outside the body may change a class: a decorator, a metaclass, a hook."""
    node = cls.node
    return bool(node.decorators or node.keywords or "__init_subclass__" in cls.members)


def _public(name: str) -> str:
    """Return the public name of a name in ``lucid.authoring``, such as ``lucid.hold``."""
    if not name.startswith("lucid.authoring."):
        return name
    _, _, module, *rest = name.split(".")
    rest = ["publish", *rest] if module == "publish" else rest[-1:]
    return ".".join(["lucid", *rest])
