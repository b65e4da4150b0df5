"""LUC401: a session's state stands in its class body."""

import libcst as cst

from lucid.check.module import Value
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import use_of

_MAKERS = {"builtins.bytearray", "builtins.dict", "builtins.list", "builtins.set",
           "collections.Counter", "collections.defaultdict", "collections.deque"}  # fmt: skip


@rule(
    "LUC401",
    message="all sessions share the one `{name}` of the class: write `self.{name} = {code}` in "
    "`__init__`",
    why="What one player holds, the next one holds too: the world walks on by itself.",
)
def shared_by_class(port: Port) -> Findings:
    for session in port.sessions:
        uses = [use_of(method) for base in port.lineage(session).classes for method in base.methods]
        changed = {name for use in uses for name in use.writes}
        own = {name for use in uses for name in use.sets}
        for name in session.members:
            value = session.member(name)
            if name not in changed - own or not isinstance(value, cst.BaseExpression):
                continue
            if _is_mutable(port, session.module.at(value)):
                yield shared_by_class.at(session.module, value, name=name, code=code(value))


def _is_mutable(port: Port, value: Value) -> bool:
    if isinstance(value.node, cst.Call):
        return port.named(value.part(value.node.func)) in _MAKERS
    return isinstance(value.node, cst.List | cst.Dict | cst.Set | cst.ListComp | cst.DictComp)
