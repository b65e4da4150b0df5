"""Rules about engines that are not written, unused actions, and open questions."""

import re
from dataclasses import replace

import libcst as cst

from lucid.check.engines import engines, is_unwritten, methods
from lucid.check.module import Class, Function
from lucid.check.nodes import callee, literal, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import reached

_READS_ALL = {"__dict__", "asdict", "astuple", "fields", "getattr", "locals", "replace", "vars"}
"""Functions that read the fields of an object without naming them."""


@rule(
    "LUC126",
    message="`{name}` is computed from the inputs, but {reader} never reads it: pass it to the "
    "model, or remove it and its inputs",
    why="The controls are on the page and light up, but the world does not react.",
)
def ignored_action(port: Port) -> Findings:
    for engine in engines(port):
        step = port.method(engine, "step")
        if step and not is_unwritten(port, step) and _does_something(step):
            yield from _unread_parameters(step)
            yield from _unread_fields(port, step)
    for session in port.sessions:
        for method in reached(port, session, ["run"]).values():
            yield from _unread_results(port, session, method)


def _does_something(step: Function) -> bool:
    idle = (cst.Pass, cst.Expr, cst.Raise)
    return not all(isinstance(line, idle) for line in statements(step.node.body))


def _unread_parameters(step: Function) -> Findings:
    used = step.names
    for param in _parameters(step):
        name = param.name.value
        if name not in used and "locals" not in used and not name.startswith("_"):
            yield ignored_action.at(step.module, param, name=name, reader="`step`")


def _unread_fields(port: Port, step: Function) -> Findings:
    """Yield the fields of the action that no code of the port reads."""
    used = step.names
    for param in _parameters(step):
        cls = _class_of(port, step, param)
        if cls is None or param.name.value not in used or _is_given_away(port, cls):
            continue
        read: set[str] = set()
        for module in port.modules.values():
            read |= {node.attr.value for node, _ in module.attributes}
            read |= {text for node in module.strings if isinstance(text := literal(node), str)}
            read |= {call.callee for call in module.calls}
        if not read.isdisjoint(_READS_ALL):
            continue
        for line in statements(cls.node.body):
            match line:
                case cst.AnnAssign(target=cst.Name(value=name)) if name not in read:
                    yield ignored_action.at(cls.module, line.target, name=name, reader="the engine")


def _is_given_away(port: Port, cls: Class) -> bool:
    """Return whether a whole object of the class may reach code outside the port."""
    for module in port.modules.values():
        for function in module.functions:
            taken = [param.name.value for param in _parameters(function)
                     if _class_of(port, function, param) is cls]  # fmt: skip
            if taken and not all(_stays(port, function, name) for name in taken):
                return True
    return bool(cls.node.bases)


def _stays(port: Port, function: Function, name: str) -> bool:
    """Return whether a function only reads attributes of a parameter, and passes it to the port."""
    seen = kept = 0
    for node in function.all_nodes:
        match node:
            case cst.Name(value=found) if found == name:
                seen += 1
            case cst.Attribute(value=cst.Name(value=found)) if found == name:
                kept += 1
            case cst.Call(func=func, args=args):
                path = callee(node) or ""
                owner = function.owner
                is_own = path.startswith("self.") and owner and port.method(owner, path[5:])
                if is_own or isinstance(port.resolve(function.module.at(func)), Function):
                    kept += sum(isinstance(arg.value, cst.Name) and arg.value.value == name
                                for arg in args)  # fmt: skip
    return seen == kept


def _unread_results(port: Port, session: Class, method: Function) -> Findings:
    """Yield the local names that only hold what a method of the session returned."""
    for node in method.own_nodes:
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)]):
                path = callee(node.value) or ""
                made = port.method(session, path[5:]) if path.startswith("self.") else None
                count = sum(isinstance(each, cst.Name) and each.value == name
                            for each in method.all_nodes)  # fmt: skip
                if made and count == 1 and not name.startswith("_") and made.returned:
                    yield ignored_action.at(
                        method.module, target, name=name, reader=f"`{method.name}`"
                    )


def _parameters(function: Function) -> list[cst.Param]:
    """Return the parameters after ``self``."""
    places = [*function.node.params.posonly_params, *function.node.params.params]
    return places[1:] if function.owner else places


def _class_of(port: Port, function: Function, param: cst.Param) -> Class | None:
    named = param.annotation and port.resolve(function.module.at(param.annotation.annotation))
    return named if isinstance(named, Class) else None


_ALWAYS_CALLED = {"load", "reset", "step"}
_QUESTION = re.compile(r"#\s*TODO\(lucid\):?\s*(.*?)\s*(?:#\s*lucid:.*)?$")


@rule(
    "LUC904",
    message="write {names} of `{engine}`: the scaffold only raises NotImplementedError there, so "
    "the model does not run",
    why="The port plays only on its stub. Without `--stub` it fails while it loads.",
)
def unwritten_engine(port: Port) -> Findings:
    for engine in engines(port):
        line = port.lineage(engine)
        called = _ALWAYS_CALLED.union(
            *(module.reads_outside(line.classes) for module in port.modules.values())
        )
        unwritten = [method for method in methods(port, engine)
                     if method.name in called and is_unwritten(port, method)]  # fmt: skip
        if unwritten:
            first = unwritten[0]
            names = ", ".join(f"`{method.name}`" for method in unwritten)
            found = unwritten_engine.of(first, engine=engine.name, names=names)
            yield replace(found, is_note=_is_open(port))


def _is_open(port: Port) -> bool:
    """Return whether questions of the scaffold are open, so that the port is not finished."""
    return any(_QUESTION.match(comment.text)
               for module in port.modules.values() for comment in module.comments)  # fmt: skip


@rule(
    "LUC901",
    message="the scaffold left this open: {question} (answer it in the code, then delete the "
    "comment)",
    why="The repo's metadata does not say it. AGENTS.md says what goes wrong in play if the guess "
    "is wrong.",
    is_note=True,
)
def open_question(port: Port) -> Findings:
    for module in port.modules.values():
        for comment in module.comments:
            if found := _QUESTION.match(comment.text):
                yield open_question.at(module, comment.range(), question=found[1] or "no question")
