"""Find the modules of a loaded port that no weights file filled: the engine forgot to load them."""

from collections import deque
from collections.abc import Iterator

import torch

from lucid.weights.meta import sources_of
from lucid.weights.report import Difference, Module

MOST_OBJECTS = 20_000
_PLAIN = (str, bytes, int, float, bool, type, torch.Tensor, type(None))


def unfilled_modules(model: object, loaded: set[int]) -> tuple[Module, ...]:
    """Return the modules that ``model`` can reach of which no parameter comes from a file.

    ``loaded`` has the ids of the modules that were loaded, whose missing tensors are known.
    """
    found: dict[int, torch.nn.Module] = {}
    for top in _reachable(model):
        found.update((id(part), part) for part in _unfilled(top, loaded))
    inner = {id(child) for part in found.values() for child in list(part.modules())[1:]}
    return tuple(_as_missing(part) for part in found.values() if id(part) not in inner)


def _unfilled(module: torch.nn.Module, loaded: set[int]) -> Iterator[torch.nn.Module]:
    """Yield the largest parts of a module without any filled parameter."""
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
    """Yield the modules in the attributes of an object, of the objects in these, and so on."""
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
