"""Rules about state and resources that a session shares or leaves behind."""

import libcst as cst

from lucid.check.module import Function, Module, Value
from lucid.check.nodes import callee, code, dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import MUTATORS, use_of

_COLLECTIONS = {"builtins.bytearray", "builtins.dict", "builtins.list", "builtins.set",
           "collections.Counter", "collections.defaultdict", "collections.deque"}  # fmt: skip


@rule(
    "LUC401",
    message="all sessions share the one `{name}` of the class: write `self.{name} = {code}` in "
    "`__init__`",
    why="A key that one player holds is held for the next player too: the world walks by itself.",
)
def shared_by_class(port: Port) -> Findings:
    for session in port.sessions:
        uses = [use_of(method) for base in port.lineage(session).classes for method in base.methods]
        changed = {name for use in uses for name in use.writes}
        own = {name for use in uses for name in use.sets}
        for name in session.members:
            value = session.value(name) if name in changed - own else None
            if value and _is_mutable(port, value):
                yield shared_by_class.of(value, name=name, code=code(value.node))


def _is_mutable(port: Port, value: Value) -> bool:
    if isinstance(value.node, cst.Call):
        return port.named(value.part(value.node.func)) in _COLLECTIONS
    return isinstance(value.node, cst.List | cst.Dict | cst.Set | cst.ListComp | cst.DictComp)


@rule(
    "LUC402",
    message="all sessions share the module's `{name}`: keep it on `self`, and set it in `__init__`",
    why="The next player finds what the last one did: the world does not start fresh.",
)
def shared_by_module(port: Port) -> Findings:
    for method in port.session_methods:
        for node in method.all_nodes:
            name = _changed_collection(method.module, node)
            if isinstance(node, cst.Global):
                yield shared_by_module.at(method.module, node, name=node.names[0].name.value)
            elif name and _is_collection(method, name):
                yield shared_by_module.at(method.module, node, name=name)


def _changed_collection(module: Module, node: cst.CSTNode) -> str | None:
    """Return the name of the collection that a node changes, if it is a plain name."""
    if isinstance(node, cst.Call):
        name, _, method = (callee(node) or "").partition(".")
        return name if method in MUTATORS else None
    match node:
        case cst.Subscript(value=cst.Name(value=name)) if module.is_stored(node):
            return name
    return None


def _is_collection(method: Function, name: str) -> bool:
    match method.module.top(name):
        case [
            cst.Call(func=cst.Name("dict" | "list" | "set")) | cst.List() | cst.Dict() | cst.Set()
        ]:
            return not method.binds(name)
    return False


@rule(
    "LUC403",
    message="the model outlives this player: keep `{name}` on the session, as `self.{name}`",
    why="The model is shared. The next player starts with what the last one left, and two players "
    "steer each other's world.",
)
def state_on_model(port: Port) -> Findings:
    for method in port.session_methods:
        for node in method.all_nodes:
            if name := _on_model(method.module, node):
                yield state_on_model.at(method.module, node, name=name)


def _on_model(module: Module, node: cst.CSTNode) -> str | None:
    """Return the attribute of ``self.model`` that a node sets or changes.

    Attributes below it belong to the engine, and do not count.
    """
    path = None
    if isinstance(node, cst.Call):
        path, _, method = (callee(node) or "").rpartition(".")
        path = path if method in MUTATORS - {"update"} else None
    elif isinstance(node, cst.Attribute) and module.is_stored(node):
        path = dotted(node)
    elif isinstance(node, cst.Subscript) and module.is_stored(node):
        path = dotted(node.value)
    match (path or "").split("."):
        case ["self", "model", name]:
            return name
    return None


_OPENERS = {"builtins.open", "socket.socket", "subprocess.Popen", "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryDirectory", "tempfile.TemporaryFile"}  # fmt: skip


@rule(
    "LUC404",
    message="the session opens `self.{name}` and never closes it: write a `close` method that "
    "closes it",
    why="Each player leaves an open file or process behind, until the machine has no more of them.",
)
def left_open(port: Port) -> Findings:
    for session in port.sessions:
        if not port.lacks(session, "close"):
            continue
        for method in session.methods:
            for node in method.own_nodes:
                match node:
                    case cst.Assign(targets=[cst.AssignTarget(target)], value=cst.Call() as call):
                        owner, _, name = (dotted(target) or "").rpartition(".")
                        opener = port.named(session.module.at(call.func))
                        if owner == "self" and opener in _OPENERS:
                            yield left_open.at(session.module, call, name=name)


_SEEDERS = {
    "numpy.random.seed": "self.rng = np.random.default_rng(rng_seed)",
    "random.seed": "self.rng = random.Random(rng_seed)",
    "torch.cuda.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.cuda.manual_seed_all": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
}


@rule(
    "LUC405",
    message="`{name}` seeds every session's random numbers: write for example `{write}`",
    why="A reset of one world changes another player's world, and the same rng seed never gives "
    "the same play twice.",
)
def global_rng(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name in _SEEDERS and call.inside in port.sessions:
            name = code(call.node.func)
            write = _SEEDERS[foreign.name]
            yield global_rng.of(foreign.value, name=name, write=write)


_HOOKS = {
    "atexit.register": "free it in `unload` of the model",
    "os._exit": "raise an error",
    "signal.signal": "let Lucid end the session, and free what it took in `close`",
    "sys.exit": "raise an error",
}


@rule(
    "LUC406",
    message="a port must not call `{name}`, because it runs in a thread of Lucid's process: "
    "{write}",
    why="Only the main thread can set a signal handler, and a port that exits takes every player "
    "with it.",
)
def process_hooks(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name in _HOOKS and (port.is_ours(call) or foreign.name == "signal.signal"):
            name = code(call.node.func)
            yield process_hooks.of(foreign.value, name=name, write=_HOOKS[foreign.name])


@rule(
    "LUC413",
    message="Lucid does not call `{has}` without `{lacks}`: declare both, or neither",
    why="A player who goes back waits until all steps since the start are made again.",
)
def half_of_a_snapshot(port: Port) -> Findings:
    for method in port.session_methods:
        for has, lacks in (("snapshot", "restore"), ("restore", "snapshot")):
            if method.name == has and any(
                method in session.methods and port.lacks(session, lacks)
                for session in port.sessions
            ):
                yield half_of_a_snapshot.of(method, has=has, lacks=lacks)
