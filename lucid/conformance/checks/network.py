"""N01: how each input changes the arguments of the network."""

import sys
from collections.abc import Iterator

from lucid.authoring.bindings import AxisBinding, PointerBinding, WheelBinding
from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of, texts_of
from lucid.conformance.lab import Lab
from lucid.conformance.network import Call, Network, changes
from lucid.conformance.promise import Measured, NotApplicable, promise
from lucid.conformance.reaches import differences, read_reaches
from lucid.conformance.script import Send, press, variants

NEAR_PX, FAR_PX = 20.0, 1000.0
"""Pointer motions: one in the usual range, which shows the scale, and one that shows the limit."""
MAX_VARIANTS = 8


@promise(
    "N01",
    asserts="Each input changes the network's arguments as upstream changes them: the same "
    "argument, place, sign and scale. Without tests/reaches.toml, the check only shows them.",
    felt="Left is right, a key does something else, or the view turns too fast.",
    cause="The order of keys, a sign or a scale differs from upstream's.",
    remedy="Compare the engine with the named source, and run the check again.",
    needs=("R00", "S02", "I01"),
    full_only=True,
)
async def inputs_reach_network(lab: Lab) -> Measured:
    torch = sys.modules.get("torch")
    if torch is None:
        raise NotApplicable("the engine does not use torch")
    specs = lab.inputs(lambda spec: not files_of(spec), "no input but files")
    table = read_reaches(lab.target.root)
    network = Network(torch)
    async with lab.playing() as player:
        with network.finding():
            await player.step(2)
    if not network:
        raise NotApplicable("no torch module is called in a step")
    rest = await _record(lab, network)
    shown, faults, reached = [], [], []
    for name, send in (named for spec in specs for named in _extremes(spec)):
        rows = changes(rest, await _record(lab, network, send))
        shown += [f"{name}: {row}" for row in rows] or [f"{name}: nothing changes"]
        reached += [name] if rows else []
        expected = [reach for reach in table if reach.input == name]
        faults += differences(name, expected, rows) if expected else []
    declared = {spec.name for spec in lab.manifest.inputs}
    gone = dict.fromkeys(r.input for r in table if r.input.split()[0] not in declared)
    faults += [f"{name}: the table has it, and the port declares no such input" for name in gone]
    count = len({line.partition(":")[0] for line in shown})
    measured = f"{len(reached)} of {count} inputs reach the network"
    if not table:
        return Measured(True, f"{measured}, no table", "only shown", table=tuple(shown))
    limit = f"as in the table: {len({reach.input for reach in table})} inputs"
    measured = f"{measured}, {len(faults)} differ from upstream"
    return Measured(not faults, measured, limit, "\n".join(faults), tuple(shown))


async def _record(lab: Lab, network: Network, *sends: Send) -> list[Call]:
    """Return the calls of a session's third step, with inputs that are sent before it."""
    async with lab.playing() as player:
        await player.step()
        player.send(*sends)
        with network.recording() as calls:
            await player.step()
    return calls


def _extremes(spec: InputSpec) -> Iterator[tuple[str, Send]]:
    """Yield the values to try, each with its name in the table."""
    match spec.binding:
        case AxisBinding():
            sends = [{"value": value} for value in (1.0, -1.0)]
        case WheelBinding():
            sends = [{"delta": delta} for delta in (1.0, -1.0)]
        case PointerBinding():
            distances = (NEAR_PX, -NEAR_PX, FAR_PX)
            sends = [{side: px} for side in ("dx", "dy") for px in distances]
        case None:
            for send in list(variants(spec))[: 1 if texts_of(spec) else MAX_VARIANTS]:
                yield f"{spec.name} {_named(send.args)}".strip(), send
            return
        case _:
            yield spec.name, press(spec)
            return
    for args in sends:
        rest = {"dx": 0.0, "dy": 0.0} if isinstance(spec.binding, PointerBinding) else {}
        yield f"{spec.name} {_named(args)}", Send(spec.name, {**rest, **args})


def _named(args: object) -> str:
    values = args if isinstance(args, dict) else {}
    return " ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in values.items()
    )
