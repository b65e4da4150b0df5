"""Rules about the table of keys and the inputs that set them."""

import re
from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from lucid.check.constants import is_enum, worth
from lucid.check.inputs import session_inputs
from lucid.check.module import Class, Module
from lucid.check.nodes import below, literal, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_TABLE = re.compile(r"_?(KEYS?|BUTTONS?)(_[A-Z_]+)?")
"""Names of constants that hold the keys of a model."""
_OF_EVERY_ENUM = {"mro", "name", "value"}


@rule(
    "LUC125",
    message="{problem}",
    why="A player cannot use a key of the model that no input sets. If the model does not have the "
    "key of an input, the session ends when a player presses it.",
)
def key_without_input(port: Port) -> Findings:
    for cls in port.classes:
        if not is_enum(port, cls) or len(port.lineage(cls).classes) > 1 or cls.node.keywords:
            continue
        members = _members(cls)
        known = {*cls.members, *(method.name for method in cls.methods), *_OF_EVERY_ENUM}
        for module in port.played:
            for node, _ in module.attributes:
                name = node.attr.value
                if name not in known and not name.startswith("_") and _is(port, module, node, cls):
                    problem = (
                        f"`{cls.name}` has no `{name}`: add it to the table, or remove it here"
                    )
                    yield key_without_input.at(module, node, problem=problem)
        yield from _without_input(port, cls, members)
    yield from _of_tables(port)


def _without_input(port: Port, cls: Class, members: Mapping[str, cst.Name]) -> Findings:
    """Yield the members that no input sets, if some input uses the table."""
    used: set[str] = set()
    for session in port.sessions:
        for declared in session_inputs(port, session):
            for node in declared.method.all_nodes:
                if isinstance(node, cst.Attribute) and _is(port, declared.module, node, cls):
                    used.add(node.attr.value)
    if used.isdisjoint(members):
        return
    for module in {session.module for session in port.sessions}:
        named = _named_members(port, module, cls)
        if named is None:
            return
        used |= named
    values = {name: worth(port, cls.value(name)) for name in members}
    given = {values[name] for name in used if name in values} - {None}
    for name, target in members.items():
        if name not in used and values[name] not in given:
            problem = f"no input sets `{cls.name}.{name}`: write an input for it, or remove it"
            yield key_without_input.at(cls.module, target, problem=problem)


def _named_members(port: Port, module: Module, cls: Class) -> set[str] | None:
    """Return the members that a module names; None if it may use all of them."""
    found: set[str] = set()
    lengths = (call.node for call in module.calls if call.callee == "len")
    harmless: set[cst.CSTNode] = {arg.value for call in lengths for arg in call.args}
    for node, _ in module.attributes:
        if _is(port, module, node, cls):
            harmless.add(node.value)
            found.add(node.attr.value)
    named: set[cst.CSTNode] = set()
    for each in below(module.tree):
        if isinstance(each, cst.Annotation):
            harmless |= {name for name in below(each.annotation) if isinstance(name, cst.Name)}
        elif isinstance(each, cst.Name) and each.value == cls.name:
            named.add(each)
    return found if named <= harmless else None


def _is(port: Port, module: Module, node: cst.Attribute, cls: Class) -> bool:
    owner = node.value
    if not isinstance(owner, cst.Name | cst.Attribute):
        return False
    last = owner.value if isinstance(owner, cst.Name) else owner.attr.value
    return last == cls.name and port.resolve(module.at(owner)) is cls


def _members(cls: Class) -> dict[str, cst.Name]:
    """Return the node of each member by its name."""
    found: dict[str, cst.Name] = {}
    for line in statements(cls.node.body):
        match line:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)]):
                if not name.startswith("_"):
                    found[name] = target
    return found


def _of_tables(port: Port) -> Findings:
    """Yield the entries of a table such as ``KEYS = {"forward": 0}`` that no input names.

    A constant is the table of the keys if handlers name two or more of its entries.
    """
    handlers = [declared.method for session in port.sessions
                for declared in session_inputs(port, session)]  # fmt: skip
    named = {text for method in handlers for text in _texts(method.all_nodes)}
    for module in port.played:
        for name, table in _tables(module):
            if len(named & table.keys()) < 2 or _may_be_read(port, module, name):
                continue
            own = set(table.values())
            said = {text for session in port.sessions
                    for text in _texts(node for node in session.module.strings
                                       if node not in own)}  # fmt: skip
            for text, node in table.items():
                if text not in said:
                    problem = f"no input sets `{text}` of `{name}`: write an input for it, or "
                    yield key_without_input.at(module, node, problem=f"{problem}remove it")


def _may_be_read(port: Port, module: Module, name: str) -> bool:
    """Return whether code of a session may use a whole table of this module."""
    places = [session.node if session.module is module else session.module.tree
              for session in port.sessions]  # fmt: skip
    return any(isinstance(node, cst.Name) and node.value == name
               for place in places for node in below(place))  # fmt: skip


def _tables(module: Module) -> Iterator[tuple[str, dict[str, cst.BaseExpression]]]:
    """Yield the constants of a module that map or list the names of keys, by their name."""
    for name in sorted({node.value for node in module.assigned if isinstance(node, cst.Name)}):
        bound = module.top(name) if _TABLE.fullmatch(name) else []
        match bound:
            case [cst.Dict(elements=parts)]:
                keys = [part.key for part in parts if isinstance(part, cst.DictElement)]
            case [cst.Tuple(elements=parts) | cst.List(elements=parts)]:
                keys = [part.value for part in parts]
            case _:
                continue
        texts = {text: key for key in keys if isinstance(text := literal(key), str)}
        if len(texts) == len(parts):
            yield name, texts


def _texts(nodes: Iterable[cst.CSTNode]) -> set[str]:
    return {text for node in nodes if isinstance(text := literal(node), str)}
