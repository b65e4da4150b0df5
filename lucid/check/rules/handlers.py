"""Rules about the handlers of inputs."""

from collections.abc import Iterator, Mapping

import libcst as cst

from lucid.check.inputs import Input, all_inputs, gesture, session_inputs
from lucid.check.module import Class, Function
from lucid.check.nodes import any_of, callee, dotted, elements, positional, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import has_effect, publishes, reached, use_of

_STEPS = {"forward", "gen_frame", "generate", "next_frame", "render_frame", "rollout", "step"}
"""Usual names of the call that makes the next frame, if `run` does not show it."""


@rule(
    "LUC111",
    message="the input `{name}` calls `{call}`: let it set state, and let `run` step and publish",
    why="Inputs are applied between two steps. A step in a handler delays the next frame by its "
    "own length, and each further key press delays it again.",
)
def handler_infers(port: Port) -> Findings:
    for session in port.sessions:
        stepped = _calls_that_step(port, session)
        for declared in session_inputs(port, session):
            ways = reached(port, session, [declared.name])
            call = next((c for method in ways.values() for c in _inferences(method, stepped)), None)
            if call:
                yield handler_infers.of(declared, name=declared.name, call=call)


def _calls_that_step(port: Port, session: Class) -> set[str]:
    """Return the calls on the model whose result `run` publishes, as written on ``self.model``."""
    samples = [
        (method, sample)
        for method in reached(port, session, ["run"]).values()
        for node in method.all_nodes
        if isinstance(node, cst.Call) and callee(node) == "self.ctx.publish"
        for sample in positional(node)[1:]
    ]
    return {
        path
        for method, sample in samples
        if (path := _path_on_model(method, _sample_source(method, sample)))
    }


def _sample_source(method: Function, sample: cst.BaseExpression) -> cst.CSTNode:
    """Return a sample or, if it is a name, the expression that was assigned to it."""
    if isinstance(sample, cst.Name):
        bound = method.local(sample.value)
        sample = bound if isinstance(bound, cst.BaseExpression) else sample
    return sample.expression if isinstance(sample, cst.Await) else sample


def _inferences(method: Function, stepped: set[str]) -> Iterator[str]:
    if publishes(method):
        yield "self.ctx.publish"
    for node in method.all_nodes:
        path = _path_on_model(method, node)
        if path and (path in stepped or path.rpartition(".")[2] in _STEPS):
            yield path


def _path_on_model(method: Function, node: cst.CSTNode) -> str | None:
    """Return ``self.model.engine.step`` for a call on the model, also through a local name."""
    path = callee(node)
    if path is None:
        return None
    head, _, rest = path.partition(".")
    bound = method.local(head)
    if isinstance(bound, cst.BaseExpression) and (start := dotted(bound)):
        path = f"{start}.{rest}" if rest else start
    return path if path.startswith("self.model.") else None


@rule(
    "LUC114",
    message="the input `{name}` {does}: read it where `run` makes the next frame, or remove it",
    why="The control is on the page and does nothing.",
)
def dead_input(port: Port) -> Findings:
    for session in port.sessions:
        line = port.lineage(session)
        if not line.is_known or port.method(session, "run") is None:
            continue
        inputs = session_inputs(port, session)
        ways = {declared: reached(port, session, [declared.name]) for declared in inputs}
        live = [declared for declared in inputs if any(map(has_effect, ways[declared].values()))]
        readers = reached(port, session, ["run", "close", *(declared.name for declared in live)])
        uses = [use_of(method) for method in readers.values()]
        if any(use.escapes for use in uses):
            continue
        outside = {name for module in port.modules.values()
                   for name in module.reads_outside(line.classes)}  # fmt: skip
        read = {name for use in uses for name in use.reads} | outside
        for declared in inputs:
            if not ways[declared] or _keeps_file(port, declared):
                continue
            if declared not in live and (problem := _why_dead(ways[declared], read)):
                yield dead_input.of(declared, name=declared.name, does=problem)


def _keeps_file(port: Port, declared: Input) -> bool:
    """Return whether the handler only stores an upload, which other code may read later."""
    kinds = [param.annotation for param in declared.parameters]
    names = [kind and port.named(declared.module.at(kind.annotation)) for kind in kinds]
    return names == ["lucid.InputFile"] and all(
        isinstance(line, cst.Assign) and isinstance(line.value, cst.Name)
        for line in statements(declared.node.body)
    )


def _why_dead(way: Mapping[str, Function], read: set[str]) -> str | None:
    uses = [use_of(method) for method in way.values()]
    if any(use.escapes for use in uses):
        return None
    written = sorted({name for use in uses for name in use.writes})
    if any(name in read for name in written):
        return None
    if not written:
        return "changes nothing"
    return f"sets {' and '.join(f'`self.{name}`' for name in written)}, which no step reads"


_SATURATING_FAMILIES = {"waypoint"}
_SATURATING_ENGINES = ("world_engine",)


@rule(
    "LUC118",
    message="this model takes the mouse as a velocity that saturates at about 0.4: "
    "scale the pixels down, as `mouse_velocity(dx_px, dy_px)` of the scaffold does",
    why="Ten pixels are already far beyond the end of the range: the smallest motion turns the "
    "view as fast as it can.",
)
def raw_mouse(port: Port) -> Findings:
    if not _saturates(port):
        return
    for session in port.sessions:
        pixels = _pixel_attributes(port, session)
        for method in reached(port, session, ["run"]).values() if pixels else ():
            for node in method.own_nodes:
                is_mouse = isinstance(node, cst.Arg) and dotted(node.keyword) == "mouse"
                if isinstance(node, cst.Arg) and is_mouse and _is_raw(node.value, pixels):
                    yield raw_mouse.at(method.module, node.value)


def _saturates(port: Port) -> bool:
    imported = {name.partition(".")[0] for module in port.played for name in module.imported}
    family = port.lock.family if port.lock else None
    return family in _SATURATING_FAMILIES or not imported.isdisjoint(_SATURATING_ENGINES)


def _pixel_attributes(port: Port, session: Class) -> set[str]:
    """Return the attributes that hold the unscaled pixels of the pointer."""
    found: set[str] = set()
    for declared in session_inputs(port, session):
        bound = gesture(port, declared.binding)
        is_scaled = any_of(declared.method.all_nodes, cst.BinaryOperation, cst.Call)
        if bound and bound.kind == "pointer" and not is_scaled:
            found |= set(use_of(declared.method).writes)
    return found


def _is_raw(node: cst.BaseExpression, pixels: set[str]) -> bool:
    parts = elements(node)
    if parts is not None:
        return bool(parts) and all(_is_raw(part.value, pixels) for part in parts)
    return dotted(node) in {f"self.{name}" for name in pixels}


@rule(
    "LUC119",
    message="lucid.lock says that this model takes no prompt: remove the input `{name}`",
    why="The page shows a text field that changes nothing, or that raises an error when it is "
    "used.",
)
def prompt_unheard(port: Port) -> Findings:
    known = port.lock.answer("inputs") if port.lock else None
    if not isinstance(known, list) or not known or "prompt" in known:
        return
    for session in port.sessions:
        for declared in session_inputs(port, session):
            names = {declared.name, *(param.name.value for param in declared.parameters)}
            if not names.isdisjoint({"set_prompt", "prompt"}):
                yield prompt_unheard.of(declared, name=declared.name)


@rule(
    "LUC120",
    message="a step reads the motion in {names} and keeps it: write `self.{to} = 0.0` after it is "
    "read",
    why="A motion must count once. If it is kept, every step turns the view again, although the "
    "mouse is still.",
)
def undrained_motion(port: Port) -> Findings:
    for session in port.sessions:
        if not port.lineage(session).is_known:
            continue
        uses = [use_of(method) for method in reached(port, session, ["run"]).values()]
        if any(use.escapes for use in uses):
            continue
        read = {name for use in uses for name in use.reads}
        drained = {name for use in uses for name in use.writes}
        for declared in session_inputs(port, session):
            bound = gesture(port, declared.binding)
            if bound is None or bound.kind not in ("pointer", "wheel"):
                continue
            use = use_of(declared.method)
            moved = sorted(set(use.writes) & read)
            if moved and drained.isdisjoint(moved) and not has_effect(declared.method):
                names = " and ".join(f"`self.{name}`" for name in moved)
                yield undrained_motion.of(declared, names=names, to=moved[0])


@rule(
    "LUC121",
    message="the input `{name}` never reads `{parameter}`: use it, or leave it out",
    why="A hold that ignores `pressed` is never released, and a field that nothing reads does "
    "nothing.",
)
def ignored_argument(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = gesture(port, declared.binding)
        if declared.method.is_stub or (bound and bound.kind == "pointer"):
            continue  # LUC114 finds a stub; some worlds use only one of dx and dy
        used = declared.method.names
        if "locals" in used:
            continue
        for param in declared.parameters:
            name = param.name.value
            if bound and name not in bound.arguments:
                continue  # LUC106 reports it
            if name not in used and not name.startswith("_"):
                yield ignored_argument.at(
                    declared.module, param, parameter=name, name=declared.name
                )
