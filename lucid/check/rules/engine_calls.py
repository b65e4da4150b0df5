"""Rules about calls of the engine and of `warm_up` that fail, or that are missing."""

import libcst as cst

from lucid.check.constants import Unknown, constant, worth
from lucid.check.engines import STEP, WARM_UP, engine_calls, engines, is_unwritten, misfit
from lucid.check.module import Call, Class, Function, Value
from lucid.check.nodes import (
    argument,
    callee,
    has_open_keywords,
    is_literal,
    literal,
    parameters,
    positional,
)
from lucid.check.outputs import declared_outputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import reached, use_of

_OPTIONS = {"engine", "seed_size", "steps"}
_COMPILING = {"diffusers", "jax", "torch", "transformers"}
"""Libraries whose first calls are slow: they load kernels, tune and compile. So does upstream."""


@rule(
    "LUC411",
    message="this call fails: {problem}",
    why="The stub accepts any arguments, so the port plays on the stub and fails with its weights.",
)
def engine_call(port: Port) -> Findings:
    for engine in engines(port):
        for call, method in engine_calls(port, engine):
            if not _is_open(call.node):
                given = misfit(method, len(positional(call.node)), set(_keywords(call.node)))
                if given:
                    given = f"`{method.name}` of `{engine.name}` {given}"
                    yield engine_call.of(call, problem=given)
    for call, foreign in port.foreign_calls.items():
        if foreign.name in WARM_UP and (problem := _problem(port, call)):
            yield engine_call.of(call, problem=problem)


def _problem(port: Port, call: Call) -> str | None:
    """Return what is certainly wrong with a call of warm_up, or None."""
    node = call.node
    if has_open_keywords(node):
        return None
    if unknown := sorted(set(_keywords(node)) - _OPTIONS):
        return (
            f"`warm_up` has no parameter `{unknown[0]}`: it passes what follows the engine on to "
            "`step`, by place"
        )
    given = positional(node)
    if not given and not _is_open(node):
        return None if "engine" in _keywords(node) else "`warm_up` needs the engine, `self`"
    steps = argument(node, "steps")
    number = worth(port, call.module.at(steps)) if steps else None
    if number is not None and (not isinstance(number, int) or number < 1):
        return f"`steps` is a number of steps, not {number!r}"
    engine_given = port.resolve(call.module.at(given[0])) if given else None
    if isinstance(engine_given, Value) and (shown := _no_engine(port, engine_given)):
        return f"the first argument of `warm_up` is the engine, `self`, and this is {shown}"
    sizes = argument(node, "seed_size")
    if problem := _size_problem(port, call, sizes):
        return problem
    engine = call.inside
    is_self = given and isinstance(given[0], cst.Name) and given[0].value == "self"
    if engine is None or not is_self or not port.lineage(engine).is_known:
        return None
    step, reset = port.method(engine, STEP), port.method(engine, "reset")
    if step is None or reset is None:
        return None
    return _method_problem(port, call, step, given[1:]) or _reset_problem(reset, sizes)


def _method_problem(
    port: Port, call: Call, step: Function, action: list[cst.BaseExpression]
) -> str | None:
    if step.is_async:
        return "`warm_up` does not await, so `step` must not be async"
    if _is_open(call.node):
        return None
    if problem := misfit(step, len(action), set()):
        return f"`step` {problem}"
    params = [*step.node.params.posonly_params, *step.node.params.params][1:]
    for param, given in zip(params, action, strict=False):
        wanted = param.annotation and port.resolve(step.module.at(param.annotation.annotation))
        if isinstance(wanted, Class) and (shown := _other(port, call.module.at(given), wanted)):
            return f"`step` takes an instance of `{wanted.name}`, and this is {shown}"
    return None


def _reset_problem(reset: Function, sizes: cst.BaseExpression | None) -> str | None:
    if reset.is_async:
        return "`warm_up` does not await, so `reset` must not be async"
    has_size = sizes is not None and literal(sizes) is None
    for count in (1, 0) if has_size else (0,):
        if problem := misfit(reset, count, set()):
            how = "with a seed frame" if count else "without arguments"
            return f"`warm_up` also calls `reset` {how}, and `reset` {problem}"
    return None


def _other(port: Port, value: Value, wanted: Class) -> str | None:
    """Return what an argument is, if it is certainly not an instance of a class."""
    meaning = port.resolve(value)
    if isinstance(meaning, Class):
        return f"the class: write `{meaning.name}()`" if meaning is wanted else f"`{meaning.name}`"
    if not isinstance(meaning, Value):
        return None
    if is_literal(meaning.node):
        return f"`{literal(meaning.node)!r}`"
    if isinstance(meaning.node, cst.Tuple | cst.List | cst.Dict | cst.Set):
        return "a collection"
    made = port.made_class(meaning)
    return f"a `{made.name}`" if made and wanted not in port.lineage(made).classes else None


def _no_engine(port: Port, value: Value) -> str | None:
    """Return what an argument is, if it certainly has no method ``step``."""
    if is_literal(value.node):
        return f"`{literal(value.node)!r}`"
    made = port.made_class(value)
    if made is None:
        return None
    line = port.lineage(made)
    may_step = line.foreign or any(STEP in cls.members for cls in line.classes)
    return None if may_step else f"a `{made.name}`"


def _size_problem(port: Port, call: Call, sizes: cst.BaseExpression | None) -> str | None:
    try:
        size = constant(port, call.module.at(sizes)) if sizes else None
    except Unknown:
        return None
    if size is None:
        return None
    is_pair = isinstance(size, tuple | list) and len(size) == 2
    if not is_pair or not all(isinstance(each, int) and each > 0 for each in size):
        return f"`seed_size` is (height, width) in pixels, not {size!r}"
    width, height = size
    if width != height and tuple(size) in _video_sizes(port):
        return f"`seed_size` is (height, width): write ({height}, {width})"
    return None


def _video_sizes(port: Port) -> set[tuple[object, object]]:
    """Return the (width, height) of each declared video."""
    return {
        (worth(port, output.call.argument("width")), worth(port, output.call.argument("height")))
        for model in port.served_models
        for output in declared_outputs(port, model) or ()
        if output.kind == "video"
    }


def _keywords(call: cst.Call) -> list[str]:
    return [arg.keyword.value for arg in call.args if arg.keyword]


def _is_open(call: cst.Call) -> bool:
    """Return whether ``*these`` or ``**those`` may add arguments."""
    return any(arg.star for arg in call.args)


@rule(
    "LUC412",
    message="`load` of `{engine}` ends without a step: end it with `{call}`",
    why="The first step compiles kernels and allocates caches, so the picture stands still after "
    "the first player's first key.",
)
def cold_start(port: Port) -> Findings:
    if any(call.name in WARM_UP for call in port.foreign_calls.values()):
        return
    loads = [method for model in port.models if (method := port.method(model, "load"))]
    for engine in engines(port):
        load, step = port.method(engine, "load"), port.method(engine, STEP)
        if load is None or step is None or not port.lineage(engine).is_known:
            continue
        run = reached(port, engine, ["load"])
        makes_step = STEP in run or any(use_of(method).escapes for method in run.values())
        makes_step |= any(
            (callee(node) or "").endswith(f".{STEP}") for each in loads for node in each.all_nodes
        )
        if not makes_step and not is_unwritten(port, load) and _compiles(load):
            takes_action = len(parameters(step.node)) > 1
            call = "warm_up(self, Action())" if takes_action else "warm_up(self)"
            yield cold_start.at(load.module, load.node.name, engine=engine.name, call=call)


def _compiles(load: Function) -> bool:
    imported = load.module.imported
    libraries = {name.partition(".")[0] for name in imported}
    return "lucid.use_upstream" in imported or not _COMPILING.isdisjoint(libraries)
