"""LUC118: pixels go raw to a model that takes the mouse as a small velocity."""

import libcst as cst

from lucid.check.inputs import input_gesture, session_inputs
from lucid.check.module import Class
from lucid.check.nodes import any_of, dotted, elements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import reached, use_of

_SATURATING_FAMILIES = {"waypoint"}
_SATURATING_ENGINES = ("world_engine",)


@rule(
    "LUC118",
    message="this model takes the mouse as a velocity that saturates at about 0.4: "
    "scale the pixels down, as `mouse_velocity(dx_px, dy_px)` of the scaffold does",
    why="Ten pixels are already far past the end of the range: the least motion turns the view as "
    "fast as it can.",
)
def raw_mouse(port: Port) -> Findings:
    if not _saturates(port):
        return
    for session in port.sessions:
        pixels = _pixels(port, session)
        for method in reached(port, session, ["run"]).values() if pixels else ():
            for node in method.own_nodes:
                is_mouse = isinstance(node, cst.Arg) and dotted(node.keyword) == "mouse"
                if isinstance(node, cst.Arg) and is_mouse and _is_raw(node.value, pixels):
                    yield raw_mouse.at(method.module, node.value)


def _saturates(port: Port) -> bool:
    imported = {name.partition(".")[0] for module in port.played for name in module.imported}
    family = port.lock.family if port.lock else None
    return family in _SATURATING_FAMILIES or not imported.isdisjoint(_SATURATING_ENGINES)


def _pixels(port: Port, session: Class) -> set[str]:
    """The attributes that hold the pointer's pixels as they came."""
    found: set[str] = set()
    for declared in session_inputs(port, session):
        bound = input_gesture(port, declared)
        is_scaled = any_of(declared.method.all_nodes, cst.BinaryOperation, cst.Call)
        if bound and bound.kind == "pointer" and not is_scaled:
            found |= set(use_of(declared.method).writes)
    return found


def _is_raw(node: cst.BaseExpression, pixels: set[str]) -> bool:
    parts = elements(node)
    if parts is not None:
        return bool(parts) and all(_is_raw(part.value, pixels) for part in parts)
    return dotted(node) in {f"self.{name}" for name in pixels}
