"""The port's import in another process: its manifest there, its cost, and what it does."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucid._target import PortLocation
from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Hung
from lucid.runtime.channel import CHANNEL_ERRORS, Channel
from lucid.runtime.child import ChildProcess

HASH_SEED = "4711"


@dataclass(frozen=True)
class Imported:
    """What another process saw."""

    manifest: str
    own_s: float
    """Processor time of the port's own modules, without what they import from elsewhere."""
    cuda: bool
    deeds: list[str]
    error: str = ""
    """Why there is no manifest."""


async def imported(lab: Lab) -> Imported:
    """The facts, asked for once.

    Raises:
        Hung: the import does not end.
    """
    if "imported" not in lab.facts:
        lab.facts["imported"] = await _ask(lab)
    found: Imported = lab.facts["imported"]
    return found


async def _ask(lab: Lab) -> Imported:
    model_cls = lab.model_cls
    location = PortLocation(lab.target.root, model_cls.__module__, model_cls.__qualname__)
    limit_s = lab.target.limits.load_s * lab.target.limits.slack
    printed = bytearray()
    child = ChildProcess(
        "lucid.conformance.imported", printed.extend, env={"PYTHONHASHSEED": HASH_SEED}
    )
    try:
        child.channel.send(location)
        async with asyncio.timeout(limit_s):
            found: Imported = await asyncio.to_thread(child.channel.receive)
        return found
    except TimeoutError:
        raise Hung("import", limit_s) from None
    except CHANNEL_ERRORS:
        child.reap()
        *_, told = printed.decode(errors="replace").splitlines() or ["it ended without a word"]
        return Imported("", 0.0, False, [], told)
    finally:
        await asyncio.to_thread(child.reap)


def main(channel: Channel) -> None:
    """Import the port; send what happened."""
    channel.send(_look(channel.receive()))


def _look(location: PortLocation) -> Imported:
    import lucid.runtime.loading  # noqa: F401 - what every command imports is not the port's cost
    from lucid.authoring.definition import manifest

    root = location.root
    sys.path.insert(0, str(root))
    AUDIT.start(root, lambda: "import", ignore_this_thread=False)
    spent: dict[str, float] = {}
    _watch_imports(root, spent)
    model_cls: Any = importlib.import_module(location.module)
    for part in location.class_name.split("."):
        model_cls = getattr(model_cls, part)
    AUDIT.stop()
    torch = sys.modules.get("torch")
    deeds = [*AUDIT.of("network"), *AUDIT.of("write")]
    return Imported(
        manifest=manifest(model_cls).model_dump_json(),
        own_s=round(sum(spent.values()), 3),
        cuda=bool(torch and torch.cuda.is_initialized()),
        deeds=[f"{deed.what} at {deed.where}" for deed in deeds],
    )


def _watch_imports(root: Path, spent: dict[str, float]) -> None:
    """Note the processor time of each module under ``root``, without that of what it imports."""
    from importlib.machinery import SourceFileLoader

    inner_s = [0.0]
    plain = SourceFileLoader.exec_module

    def exec_module(self: SourceFileLoader, module: object) -> None:
        start_s = time.process_time()
        inner_s.append(0.0)
        try:
            plain(self, module)  # type: ignore[arg-type]  # a module, as importlib passes it
        finally:
            took_s = time.process_time() - start_s
            own_s = took_s - inner_s.pop()
            inner_s[-1] += took_s
            if self.path.startswith(str(root)) and "site-packages" not in self.path:
                spent[self.path] = own_s

    SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]  # to time it
