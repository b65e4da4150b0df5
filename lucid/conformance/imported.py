"""The port's import in a process of its own: its manifest there, its cost, what it does.

``python -m lucid.conformance.imported ROOT MODULE CLASS`` prints the facts as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Hung

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
    entry = [str(lab.target.root), lab.model_cls.__module__, lab.model_cls.__qualname__]
    path = os.pathsep.join([str(lab.target.root), *sys.path])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lucid.conformance.imported",
        *entry,
        env={**os.environ, "PYTHONHASHSEED": HASH_SEED, "PYTHONPATH": path},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    limit_s = lab.target.limits.load_s * lab.target.limits.slack
    try:
        async with asyncio.timeout(limit_s):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Hung("import", limit_s) from None
    *_, last = out.decode(errors="replace").splitlines() or [""]
    if process.returncode or not last.startswith("{"):
        *_, told = err.decode(errors="replace").splitlines() or ["it ended without a word"]
        return Imported("", 0.0, False, [], told)
    return Imported(**json.loads(last))


def _look(root: Path, module: str, class_name: str) -> Imported:
    import importlib

    import lucid.runtime.loading  # noqa: F401 - what every command imports is not the port's cost
    from lucid.authoring.definition import manifest

    AUDIT.start(root, lambda: "import", ignore_this_thread=False)
    spent: dict[str, float] = {}
    _watch_imports(root, spent)
    loaded = importlib.import_module(module)
    model_cls = loaded
    for part in class_name.split("."):
        model_cls = getattr(model_cls, part)
    AUDIT.stop()
    torch = sys.modules.get("torch")
    deeds = [*AUDIT.of("network"), *AUDIT.of("write")]
    return Imported(
        manifest=manifest(model_cls).model_dump_json(),  # type: ignore[arg-type]  # the port's class
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


if __name__ == "__main__":
    facts = _look(Path(sys.argv[1]), *sys.argv[2:4])
    sys.stdout.write("\n" + json.dumps(asdict(facts)) + "\n")
