"""LUC402: a session keeps state in its module."""

import libcst as cst

from lucid.check.module import Function, Module
from lucid.check.nodes import callee
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import MUTATORS


@rule(
    "LUC402",
    message="all sessions share the module's `{name}`: keep it on `self`, set in `__init__`",
    why="What one player does, the next one finds: the world does not start anew.",
)
def shared_by_module(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            for node in method.all_nodes:
                if isinstance(node, cst.Global):
                    yield shared_by_module.at(session.module, node, name=node.names[0].name.value)
                elif (name := _changed(session.module, node)) and _is_collection(method, name):
                    yield shared_by_module.at(session.module, node, name=name)


def _changed(module: Module, node: cst.CSTNode) -> str | None:
    """The plain name whose collection a node changes."""
    if isinstance(node, cst.Call):
        name, _, method = (callee(node) or "").partition(".")
        return name if method in MUTATORS else None
    match node:
        case cst.Subscript(value=cst.Name(value=name)) if module.is_stored(node):
            return name
    return None


def _is_collection(method: Function, name: str) -> bool:
    match method.module.top(name):
        case [cst.Call(func=cst.Name("dict" | "list" | "set"))]:
            return not method.binds(name)
        case [cst.List() | cst.Dict() | cst.Set()]:
            return not method.binds(name)
    return False
