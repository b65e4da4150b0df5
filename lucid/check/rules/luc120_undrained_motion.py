"""LUC120: pointer or wheel motion that is never taken away again."""

from lucid.check.inputs import input_gesture, session_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import has_effect, reached, use_of


@rule(
    "LUC120",
    message="a step reads {names} and leaves the motion there: write `self.{to} = 0.0` after it "
    "is read",
    why="Motion counts once: what stays turns the view on with every step, though the hand is "
    "still.",
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
            bound = input_gesture(port, declared)
            if bound is None or bound.kind not in ("pointer", "wheel"):
                continue
            use = use_of(declared.method)
            moved = sorted(set(use.writes) & read)
            if moved and drained.isdisjoint(moved) and not has_effect(declared.method):
                names = " and ".join(f"`self.{name}`" for name in moved)
                yield undrained_motion.at(declared.module, declared.node, names=names, to=moved[0])
