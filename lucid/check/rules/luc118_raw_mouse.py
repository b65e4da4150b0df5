"""LUC118: pixels go raw to a model that takes the mouse as a small velocity."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import input_gesture, session_inputs
from lucid.check.module import Class
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, Valid
from lucid.check.session import reached, use_of

_SATURATING_FAMILIES = {"waypoint"}
_SATURATING_ENGINES = ("world_engine",)
_WAYPOINT = {"family": "waypoint"}


def _check(port: Port) -> Iterator[Diagnostic]:
    if not _saturates(port):
        return
    for session in port.sessions:
        pixels = _pixels(port, session)
        for method in reached(port, session, ["run"]).values() if pixels else ():
            for node in method.own_nodes:
                if isinstance(node, ast.keyword) and _is_raw_mouse(node, pixels):
                    yield RULE.at(method.module, node.value)


def _saturates(port: Port) -> bool:
    imported = {name.partition(".")[0] for module in port.played for name in module.imported}
    family = port.lock.family if port.lock else None
    return family in _SATURATING_FAMILIES or not imported.isdisjoint(_SATURATING_ENGINES)


def _pixels(port: Port, session: Class) -> set[str]:
    """The attributes that hold the pointer's pixels as they came."""
    found: set[str] = set()
    for declared in session_inputs(port, session):
        bound = input_gesture(port, declared)
        if bound and bound.kind == "pointer":
            has_arithmetic = any(isinstance(node, ast.BinOp | ast.Call)
                                 for node in declared.method.all_nodes)  # fmt: skip
            found |= set() if has_arithmetic else set(use_of(declared.method).writes)
    return found


def _is_raw_mouse(given: ast.keyword, pixels: set[str]) -> bool:
    return given.arg == "mouse" and _is_raw(given.value, pixels)


def _is_raw(node: ast.expr, pixels: set[str]) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return bool(node.elts) and all(_is_raw(part, pixels) for part in node.elts)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and node.attr in pixels
    )


RULE = Rule(
    code="LUC118",
    name="raw-mouse",
    message="this model takes the mouse as a velocity that saturates at about 0.4: "
    "scale the pixels down, as `mouse_velocity(dx_px, dy_px)` of the scaffold does",
    why="Ten pixels are already far past the end of the range: the least motion turns the view as "
    "fast as it can.",
    valid=(
        Valid(
            """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                async def run(self) -> None:
                    action = Action(mouse=mouse_velocity(self.dx_px, self.dy_px))
                    other = Action(mouse=(self.dx_px * 0.01, self.dy_px * 0.01))
            """,
            _WAYPOINT,
        ),
        """
        from lucid import LucidSession, input, pointer

        class MySession(LucidSession):
            @input(binding=pointer())
            def look(self, dx: float, dy: float) -> None:
                self.dx_px += dx
                self.dy_px += dy

            async def run(self) -> None:
                action = Action(mouse=(self.dx_px, self.dy_px))
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                def take_action(self) -> Action:
                    return Action(mouse=(self.dx_px, self.dy_px))

                async def run(self) -> None:
                    frame = self.model.step(self.take_action())
            """,
            line=10,
            column=29,
            lock=_WAYPOINT,
        ),
        Invalid(
            """
            from lucid import LucidSession, input, pointer
            from world_engine import CtrlInput

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.mouse = (dx, dy)

                async def run(self) -> None:
                    ctrl = CtrlInput(mouse=self.mouse)
            """,
            line=10,
            column=32,
        ),
    ),
    check=_check,
)
