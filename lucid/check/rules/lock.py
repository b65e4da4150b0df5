"""Rules about differences between the port and lucid.lock."""

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from lucid.check.constants import is_enum, worth, written
from lucid.check.diagnostics import FILE_START
from lucid.check.downloads import COMMIT, HUB_CALLS, names_repo
from lucid.check.module import Call, Module, Value
from lucid.check.nodes import argument, given
from lucid.check.outputs import declared_outputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.sources import Lock

_CALLS = ("lucid.use_upstream", "lucid.upstream.use_upstream")
_NOT_PINNED = "not pinned"
"""What `lucid new` records if it has not seen the commit; `lucid update` replaces it."""


@rule(
    "LUC007",
    message="lucid.lock has {commit} instead of a commit of {repo}: run `lucid update`, or write "
    "the commit's 40 hex digits",
    why="A branch moves. Tomorrow's weights may need other code, and then the world plays "
    "differently or not at all.",
)
def lock_commit(port: Port) -> Findings:
    lock = port.lock
    if lock is None or lock.repo is None or lock.is_of_folder:
        return
    if not COMMIT.fullmatch(lock.commit or ""):
        found = f"{lock.commit!r}" if lock.commit else "nothing"
        diagnostic = lock_commit.in_file(lock.path, FILE_START, commit=found, repo=lock.repo)
        yield replace(diagnostic, is_note=lock.commit == _NOT_PINNED)


@rule(
    "LUC509",
    message="lucid.lock names no upstream code, so this call fails: pin the code with "
    "`lucid sync --from URL@COMMIT`, or remove the call",
    why="The port plays on its stub, and fails while it loads its weights.",
)
def no_upstream(port: Port) -> Findings:
    if port.lock is None or port.lock.has_upstream:
        return
    for call, foreign in port.foreign_calls.items():
        if foreign.name in _CALLS:
            yield no_upstream.of(call)


_OF_OUTPUT = ("width", "height", "fps")
_OF_CONSTANT = {
    "FRAMES_PER_STEP": "frames_per_step",
    "CONTEXT_STEPS": "context_steps",
    "HORIZON": "context_steps",
    "WINDOW_STEPS": "context_steps",
    "WINDOW": "window_latents",
    "SINK": "sink_latents",
    "SEEN_STEPS": "seen_steps",
    "DENOISING_STEPS": "denoising_steps",
    "FLOW_SHIFT": "flow_shift",
    "SCALE": "motion_scale",
    "RESOLUTION_TIER": "resolution_tier",
    "KEYBOARD_SIZE": "keyboard_dim",
    "N_BUTTONS": "n_buttons",
}
"""The constants of an engine, and the fact that each one must equal."""
_VECTORS = {"Key": ("keyboard_dim", "n_buttons", "action_dim"), "Axis": ("action_dim",)}
"""The enums whose members are indices of a vector, and the facts that give its length."""
_DOWNLOADS = {"lucid.download_weights", *HUB_CALLS}
_TILES = (8, 16, 32, 64)
"""A model may round a size down to a multiple of one of these."""


@rule(
    "LUC510",
    message="{problem}; if this is intended, say why with `# lucid: noqa[LUC510] reason`",
    why="A wrong size or frame rate distorts the world or its speed. With a wrong file or key, the "
    "port fails while it loads.",
)
def differs_from_lock(port: Port) -> Findings:
    if port.lock:
        yield from _sizes(port, port.lock)
        yield from _constants(port, port.lock)
        yield from _places(port, port.lock)
        yield from _files(port, port.lock)
        yield from _repo(port, port.lock)


def _repo(port: Port, lock: Lock) -> Findings:
    """Yield a download of another repo, if the port downloads no repo of the lock."""
    values = [
        call.module.at(node)
        for call, foreign in port.foreign_calls.items()
        if foreign.name == "lucid.download_weights" and (node := given(call.node, 0, "repo"))
    ]
    named = [(value, names_repo(port, value)) for value in values]
    names = {name for _, name in named}
    if lock.repo is None or lock.is_of_folder or None in names or names & lock.commits.keys():
        return
    for value, name in named[:1]:
        problem = f"lucid.lock says that the repo is {lock.repo}, and this is {name}: write "
        problem += f"{lock.repo}, or port the other one with `lucid new NAME --from-hf {name}`"
        yield differs_from_lock.of(written(port, value), problem=problem)


def _sizes(port: Port, lock: Lock) -> Findings:
    for model in port.served_models:
        videos = [each for each in declared_outputs(port, model) or () if each.kind == "video"]
        for name in _OF_OUTPUT if len(videos) == 1 else ():
            if value := videos[0].call.argument(name):
                yield from _compare(port, lock, name, value)


def _constants(port: Port, lock: Lock) -> Findings:
    for module in port.played:
        for constant, name in _OF_CONSTANT.items():
            if bound := module.only_value(module.top(constant)):
                yield from _compare(port, lock, name, bound)


def _compare(port: Port, lock: Lock, name: str, value: Value) -> Findings:
    locked, own = lock.answer(name), worth(port, value)
    if not isinstance(locked, int | float | str) or own is None or own == locked:
        return
    is_size = name in ("width", "height") and isinstance(locked, int)
    if is_size and any(own == int(locked) // tile * tile for tile in _TILES):
        return
    problem = f"lucid.lock says that {name} is {locked}, and this is {own}: write {locked}"
    yield differs_from_lock.of(written(port, value), problem=problem)


def _places(port: Port, lock: Lock) -> Findings:
    """Yield the members of a table of keys that are not an index of the model's vector."""
    for cls in port.classes:
        names = [name for name in _VECTORS.get(cls.name, ()) if isinstance(lock.answer(name), int)]
        if not names or "enum.IntEnum" not in port.lineage(cls).foreign or not is_enum(port, cls):
            continue
        length = lock.answer(names[0])
        for member in cls.members:
            bound = cls.value(member)
            place = worth(port, bound)
            if bound is None or not isinstance(place, int) or 0 <= place < length:
                continue
            problem = f"lucid.lock says that {names[0]} is {length}, so `{cls.name}.{member}` "
            problem += f"must be from 0 to {length - 1}, not {place}"
            yield differs_from_lock.of(bound, problem=problem)


def _files(port: Port, lock: Lock) -> Findings:
    if not lock.files:
        return
    folders = {"/".join(path.split("/")[:depth]) for path in lock.files
               for depth in range(1, path.count("/") + 1)}  # fmt: skip
    for value in _paths(port, lock):
        path = worth(port, value)
        if not isinstance(path, str) or any(char in path for char in "*?[") or path in folders:
            continue
        if path not in lock.files:
            problem = f"{lock.repo} has no file `{path}` at the locked commit"
            yield differs_from_lock.of(
                written(port, value), problem=f"{problem}: {_nearest(path, lock)}"
            )


def _nearest(path: str, lock: Lock) -> str:
    from difflib import get_close_matches

    found = get_close_matches(path, lock.files, n=1, cutoff=0.5)
    return f"write `{found[0]}`" if found else "write the name of one that lucid.lock lists"


def _paths(port: Port, lock: Lock) -> Iterator[Value]:
    """Yield the paths that the port downloads from the locked repo, or reads from that download."""
    for call in port.played_calls:
        if _is_of(port, call, lock):
            yield from _named(port, call)
    for module in port.played:
        for function in module.functions:
            for node in function.own_nodes:
                match node:
                    case cst.BinaryOperation(
                        left=cst.Name() as folder, operator=cst.Divide(), right=right
                    ) if _is_folder(port, module, folder, lock):
                        yield module.at(right)


def _named(port: Port, call: Call) -> Iterator[Value]:
    foreign = port.foreign_calls[call]
    if foreign.name == "lucid.download_weights":
        for each in (given(call.node, 2, "files"), argument(call.node, "pickles")):
            yield from port.elements(call.module.at(each)) or () if each else ()
    elif foreign.name.endswith("hf_hub_download"):
        name = given(call.node, 1, "filename")
        if name and argument(call.node, "subfolder") is None:
            yield call.module.at(name)


def _is_of(port: Port, call: Call, lock: Lock) -> bool:
    """Return whether a call downloads from the locked repo."""
    foreign = port.foreign_calls.get(call)
    if foreign is None or foreign.name not in _DOWNLOADS or lock.repo is None:
        return False
    repo = given(call.node, 0, "repo") or argument(call.node, "repo_id")
    return repo is not None and names_repo(port, call.module.at(repo)) == lock.repo


def _is_folder(port: Port, module: Module, name: cst.Name, lock: Lock) -> bool:
    """Return whether a local name is the folder with the files of the locked repo."""
    value = port.resolve(module.at(name))
    return isinstance(value, Value) and any(
        call.node is value.node and _is_of(port, call, lock) for call in value.module.calls
    )
