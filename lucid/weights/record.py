"""Compare the tensors that the engine loads into each module with the module's own tensors."""

import importlib.abc
import importlib.machinery
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from types import ModuleType
from typing import Any

import torch

from lucid.hub.weights.facts import WeightsHeader
from lucid.weights.loaders import WeightsFiles
from lucid.weights.meta import Source, add_source, sources_of
from lucid.weights.report import Difference, Module, UnreadTensors

Shape = tuple[int, ...]
_FROM_PRETRAINED = {
    "diffusers.models.modeling_utils": "ModelMixin",
    "transformers.modeling_utils": "PreTrainedModel",
}
"""Classes whose ``from_pretrained`` reads the files and reports the tensors that do not fit."""
MOST_PAIRS = 5_000
"""Maximum number of pairs of missing and extra tensors of one shape whose names are compared."""


@dataclass
class _Loaded:
    """A module, and the tensors that were loaded into it so far."""

    module: torch.nn.Module
    name: str
    own: dict[str, Shape]
    given: dict[str, tuple[Shape, Source | None]] = field(default_factory=dict)
    missing: set[str] | None = None
    """The tensors that no load has filled; None before the first load."""
    extra: set[str] = field(default_factory=set)


class Record:
    """The loaded tensors, module by module, in the order of the first load."""

    def __init__(self, files: WeightsFiles, on_load: Callable[[str], None]) -> None:
        self._files = files
        self._on_load = on_load
        self._loaded: dict[int, _Loaded] = {}
        self._read: set[Source] = set()

    def install(self) -> None:
        """Replace ``Module.load_state_dict``, and ``from_pretrained`` once it is imported."""
        load = torch.nn.Module.load_state_dict

        def load_state_dict(
            module: torch.nn.Module, state: Mapping[str, Any], *args: Any, **kwargs: Any
        ) -> Any:
            return self._load(load, module, dict(state), *args, **kwargs)

        torch.nn.Module.load_state_dict = load_state_dict  # type: ignore[assignment] # see above
        sys.meta_path.insert(0, _AfterImport(self._patch_from_pretrained))

    def modules(self) -> tuple[Module, ...]:
        """Return the comparison of each module."""
        return tuple(_compare(loaded) for loaded in self._loaded.values())

    def unfilled(self, model: object) -> tuple[Module, ...]:
        """Return the modules that ``model`` can reach and that no file filled."""
        found: dict[int, torch.nn.Module] = {}
        for top in _reachable(model):
            found.update((id(part), part) for part in _unfilled(top, self._loaded.keys()))
        inner = {id(child) for part in found.values() for child in list(part.modules())[1:]}
        return tuple(_as_missing(part) for part in found.values() if id(part) not in inner)

    def unread(self) -> tuple[UnreadTensors, ...]:
        """Return the tensors that no module read, file by file."""
        found: list[UnreadTensors] = []
        for path, header in self._files.headers.items():
            name = self._files.name(path)
            read = {source.key for source in self._read if source.file == name}
            found += _branches(name, header, read)
        return tuple(found)

    def _load(
        self,
        load: Callable[..., Any],
        module: torch.nn.Module,
        state: dict[str, Any],
        strict: bool = True,
        assign: bool = False,
    ) -> Any:
        given = {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}
        if given and not any(len(sources_of(tensor)) == 1 for tensor in given.values()):
            return load(module, state, strict, assign)  # no tensor is one of a file
        loaded = self._of(module)
        tensors = module.state_dict(keep_vars=True)
        for key, tensor in given.items():
            sources = sources_of(tensor)
            self._read |= sources
            if sources or tensor is not tensors.get(key):  # otherwise it is the module's own tensor
                one = next(iter(sources)) if len(sources) == 1 else None
                loaded.given[key] = (tuple(tensor.shape), one)
        fitting = {
            key: tensors[key] if key in tensors and tensors[key].shape != tensor.shape else tensor
            for key, tensor in given.items()
        }
        result = load(module, state | fitting, strict=False, assign=assign)
        tied = {id(tensors[key]) for key in fitting if key in tensors}
        missing = {key for key in result.missing_keys if id(tensors.get(key)) not in tied}
        loaded.missing = missing if loaded.missing is None else loaded.missing & missing
        loaded.extra |= set(result.unexpected_keys)
        self._on_load(loaded.name)
        result.missing_keys.clear()  # let the engine go on, so that all its modules are compared
        result.unexpected_keys.clear()
        return result

    def _of(self, module: torch.nn.Module) -> _Loaded:
        if (loaded := self._loaded.get(id(module))) is None:
            name = type(module).__name__
            same = sum(each.name.partition(" ")[0] == name for each in self._loaded.values())
            own = {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
            loaded = _Loaded(module, f"{name} ({same + 1})" if same else name, own)
            self._loaded[id(module)] = loaded
        return loaded

    def _patch_from_pretrained(self, module: ModuleType) -> None:
        cls = getattr(module, _FROM_PRETRAINED[module.__name__])
        original = cls.from_pretrained.__func__

        def from_pretrained(cls: Any, *args: Any, **kwargs: Any) -> Any:
            wants_info = kwargs.pop("output_loading_info", False)
            self._files.headers, kept = {}, self._files.headers
            try:
                options = {"ignore_mismatched_sizes": True, "output_loading_info": True}
                made, info = original(cls, *args, **{**kwargs, **options})
                files = dict(self._files.headers)
            finally:
                self._files.headers = kept | self._files.headers
            self._pretrained(made, info, files)
            return (made, info) if wants_info else made

        cls.from_pretrained = classmethod(from_pretrained)

    def _pretrained(
        self, module: torch.nn.Module, info: Mapping[str, Any], files: Mapping[str, WeightsHeader]
    ) -> None:
        loaded = self._of(module)
        loaded.missing = set(info["missing_keys"])
        loaded.extra |= set(info["unexpected_keys"])
        wrong = {entry[0]: tuple(entry[1]) for entry in info["mismatched_keys"]}
        named = {
            key: Source(self._files.name(path), key, tensor.shape)
            for path, header in files.items()
            for key, tensor in header.tensors.items()
        }
        self._read |= set(named.values())
        for key in (loaded.own.keys() - loaded.missing) | loaded.extra:
            source = named.get(key)
            shape = wrong.get(key) or (source.shape if source and key in loaded.extra else None)
            loaded.given[key] = (shape or loaded.own.get(key, ()), source)
        for key, parameter in module.named_parameters():
            if key not in loaded.missing:
                add_source(parameter, named.get(key) or Source("", key, tuple(parameter.shape)))
        self._on_load(loaded.name)


def _compare(loaded: _Loaded) -> Module:
    """Return the differences, the missing ones first."""
    given, own, none_given = loaded.given, loaded.own, loaded.missing or set()
    wrong = [key for key in given if key in own and given[key][0] != own[key]]
    extra = sorted(loaded.extra, key=list(given).index)
    missing = [key for key in own if key in none_given]
    likely = _likely({key: own[key] for key in missing}, {key: given[key][0] for key in extra})
    found = [
        Difference("missing", key, own[key], None, None, None, likely.get(key)) for key in missing
    ]
    for kind, keys in (("shape", wrong), ("extra", extra)):
        for key in keys:
            shape, source = given[key]
            found.append(
                Difference(
                    kind,
                    key,
                    own.get(key),
                    source.key if source else key,
                    source.shape if source else shape,
                    source.file if source else None,
                )
            )
    matched = len(own) - len(missing) - len(wrong)
    sources = [source for key, (_, source) in given.items() if source]
    return Module(loaded.name, matched, tuple(_parts(sources)), tuple(found))


def _parts(sources: Iterable[Source]) -> Iterator[str]:
    """Yield each file once, with the prefix that the names of all tensors read from it share."""
    by_file: dict[str, list[list[str]]] = {}
    for source in sources:
        by_file.setdefault(source.file, []).append(source.key.split("."))
    for file, keys in by_file.items():
        first, last = min(keys), max(keys)
        shared = 0
        while shared < min(len(first), len(last)) - 1 and first[shared] == last[shared]:
            shared += 1
        yield f"{file}: {'.'.join(first[:shared])}" if shared else file


def _likely(missing: Mapping[str, Shape], extra: Mapping[str, Shape]) -> dict[str, str]:
    """Return the extra tensor that each missing tensor may be, under another name."""
    pairs = [
        (key, name)
        for key, shape in missing.items()
        for name, other in extra.items()
        if shape == other
    ]
    ranked = [pair for pair in pairs if pair[1].endswith(pair[0]) or pair[0].endswith(pair[1])]
    if len(pairs) <= MOST_PAIRS:
        ranked += sorted(pairs, key=lambda pair: SequenceMatcher(None, *pair).ratio(), reverse=True)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in ranked:
        if key not in found and name not in taken:
            found[key] = name
            taken.add(name)
    return found


def _branches(file: str, header: WeightsHeader, read: set[str]) -> Iterator[UnreadTensors]:
    """Yield the shortest prefixes of names for which nothing was read."""
    keys = list(header.tensors)
    if not read:
        if keys:
            yield UnreadTensors(file, "", len(keys))
        return
    used = {".".join(key.split(".")[:n]) for key in read for n in range(1, key.count(".") + 2)}
    counts: dict[str, int] = {}
    for key in keys:
        if key not in read:
            parts = key.split(".")
            starts = (".".join(parts[:n]) for n in range(1, len(parts) + 1))
            branch = next((start for start in starts if start not in used), key)
            counts[branch] = counts.get(branch, 0) + 1
    for branch, count in counts.items():
        yield UnreadTensors(file, branch, count)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with a module of ``_FROM_PRETRAINED`` right after its import."""

    def __init__(self, then: Callable[[ModuleType], None]) -> None:
        self._then = then

    def find_spec(
        self, name: str, path: Any, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _FROM_PRETRAINED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_then(module: ModuleType) -> None:
            execute(module)
            self._then(module)

        spec.loader.exec_module = execute_and_then  # type: ignore[method-assign] # of this import
        return spec


MOST_OBJECTS = 20_000
_PLAIN = (str, bytes, int, float, bool, type, torch.Tensor, type(None))


def _unfilled(module: torch.nn.Module, loaded: Set[int]) -> Iterator[torch.nn.Module]:
    """Yield the largest parts of a module without any parameter from a file.

    ``loaded`` has the ids of the modules that were loaded, whose missing tensors are known.
    """
    parameters = list(module.parameters())
    if id(module) in loaded or not parameters:
        return
    is_known = any(id(part) in loaded for part in module.modules())
    if not is_known and not any(sources_of(parameter) for parameter in parameters):
        yield module
        return
    for child in module.children():
        yield from _unfilled(child, loaded)


def _as_missing(module: torch.nn.Module) -> Module:
    shapes = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    missing = [Difference("missing", name, shapes[name], None, None, None) for name in shapes]
    return Module(type(module).__name__, 0, (), tuple(missing))


def _reachable(model: object) -> Iterator[torch.nn.Module]:
    """Yield the modules in the attributes of an object, in their attributes, and so on."""
    left, seen = deque([model]), set[int]()
    while left and len(seen) < MOST_OBJECTS:
        item = left.popleft()
        if isinstance(item, _PLAIN) or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, torch.nn.Module):
            yield item
        elif isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list | tuple | set):
            left += item
        else:
            left += getattr(item, "__dict__", {}).values()
