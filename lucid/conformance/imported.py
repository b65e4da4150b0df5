"""Import the port in another process: its manifest there, its cost, and its audit events."""

import asyncio
import importlib
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lucid._target import PortLocation
from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Hung
from lucid.runtime.channel import Channel
from lucid.runtime.child import WatchedChild

HASH_SEED = "4711"


@dataclass(frozen=True)
class Imported:
    """The import of the port in another process."""

    manifest: str
    own_s: float
    """Processor time of the port's own modules, without the libraries that they import."""
    cuda: bool
    events: list[str]
    """Network calls and writes."""
    error: str = ""
    """The error, if there is no manifest."""


async def imported(lab: Lab) -> Imported:
    """Import the port in another process, once.

    Raises:
        Hung: the import does not return.
    """
    return await lab.once("imported", partial(_import, lab))


async def _import(lab: Lab) -> Imported:
    model_cls = lab.model_cls
    location = PortLocation(lab.target.root, model_cls.__module__, model_cls.__qualname__)
    limit_s = lab.target.limits.load_s * lab.target.limits.slack
    child = WatchedChild(__name__, location, env={"PYTHONHASHSEED": HASH_SEED})
    try:
        facts: Imported | None = await asyncio.to_thread(child.receive, limit_s)
    except TimeoutError:
        raise Hung("import", limit_s) from None
    finally:
        await asyncio.to_thread(child.reap)
    *_, last = child.last_lines.splitlines() or ["it ended without an error"]
    return facts or Imported("", 0.0, False, [], last)


def main(channel: Channel) -> None:
    """Import the port and send the result."""
    channel.send(_import_here(channel.receive()))


def _import_here(location: PortLocation) -> Imported:
    import lucid.runtime.loading  # noqa: F401 - every command imports it: not the port's cost
    from lucid.authoring.definition import manifest

    root = location.root
    sys.path.insert(0, str(root))
    AUDIT.start(root, lambda: "import", ignore_this_thread=False)
    spent: dict[str, float] = {}
    _time_imports(root, spent)
    model_cls: Any = importlib.import_module(location.module)
    for part in location.class_name.split("."):
        model_cls = getattr(model_cls, part)
    AUDIT.stop()
    torch = sys.modules.get("torch")
    events = [*AUDIT.of("network"), *AUDIT.of("write")]
    return Imported(
        manifest=manifest(model_cls).model_dump_json(),
        own_s=round(sum(spent.values()), 3),
        cuda=bool(torch and torch.cuda.is_initialized()),
        events=[str(event) for event in events],
    )


def _time_imports(root: Path, spent: dict[str, float]) -> None:
    """Record the processor time of each module under ``root``, without that of its imports."""
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
