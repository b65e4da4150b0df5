"""The report of a weights check, as text, JSON or JUnit XML."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lucid._junit import Case, junit_xml
from lucid._text import counted

REPORT_VERSION = 1
SHOWN = 20
"""Maximum number of differences of one module in the text; the JSON has all."""
MANY_MODULES = 4
"""If a class has at least this many modules, they share a line of the text."""
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Difference:
    """A tensor that a module and the checkpoint do not both have in the same shape."""

    kind: str
    """``missing``: only the module has it. ``extra``: only the checkpoint has it. ``shape``."""
    module_key: str | None
    module_shape: Shape | None
    checkpoint_key: str | None
    """The tensor's name in the file, before the engine renames it."""
    checkpoint_shape: Shape | None
    file: str | None
    likely: str | None = None
    """For a missing tensor: the extra tensor of the same shape with the most similar name."""

    @property
    def text(self) -> str:
        """One line: the keys, the shapes and the next step."""
        module = f"{self.module_key} {_shape(self.module_shape)}"
        checkpoint = f"{self.checkpoint_key} {_shape(self.checkpoint_shape)}"
        if self.kind == "shape":
            return (
                f"wrong shape: {module} in the module, {checkpoint} in {self.file}: build the "
                "module with the checkpoint's own config"
            )
        if self.kind == "extra":
            is_renamed = self.module_key not in (None, self.checkpoint_key)
            loaded = f" (loaded as {self.module_key})" if is_renamed else ""
            return (
                f"extra: {checkpoint} in {self.file}{loaded}, not in the module: map its key in "
                "Engine.load, or leave it out there"
            )
        if self.likely:
            return f"missing: {module} in the module: map {self.likely} to it in Engine.load"
        return f"missing: {module} in the module: no file that was loaded into it has this tensor"


@dataclass(frozen=True)
class Module:
    """A module into which the engine loaded tensors."""

    name: str
    matched: int
    """Tensors that the module and the checkpoint both have in the same shape."""
    sources: tuple[str, ...]
    """The files, each with the branch that was read: ``model.pt: generator_ema``."""
    differences: tuple[Difference, ...]

    @property
    def text(self) -> str:
        """One line, and one more for each difference."""
        total = self.matched + sum(each.kind != "extra" for each in self.differences)
        if not self.sources and not self.matched and total:
            return (
                f"{self.name}: no file fills its {total} tensors: load its weights in Engine.load"
            )
        count = f"{self.matched}" if total == self.matched else f"{self.matched} of {total}"
        lines = [f"{self.name}: {count} tensors match ({', '.join(self.sources) or 'no file'})"]
        lines += [f"  {each.text}" for each in self.differences[:SHOWN]]
        if (more := len(self.differences) - SHOWN) > 0:
            lines.append(f"  and {more} more differences, which --format json lists")
        return "\n".join(lines)


@dataclass(frozen=True)
class UnreadTensors:
    """Tensors of a file that no module read, and whose names start alike."""

    file: str
    branch: str
    """The first part, such as ``generator``; empty if no tensor of the file was read."""
    tensors: int

    @property
    def text(self) -> str:
        """One line."""
        branch = f": {self.branch}" if self.branch else ""
        return f"not read: {self.file}{branch} ({self.tensors} tensors)"


@dataclass(frozen=True)
class StopReason:
    """Why loading ended before the engine had loaded everything."""

    message: str
    hint: str


@dataclass(frozen=True)
class WeightsReport:
    """The result of a weights check."""

    port: str
    """``module:Class``."""
    weights: str
    """Where the headers come from: the Hub, or a local folder."""
    modules: tuple[Module, ...]
    unread: tuple[UnreadTensors, ...]
    stopped: StopReason | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything was loaded, and all tensors match."""
        return self.stopped is None and not any(each.differences for each in self.modules)

    @property
    def exit_code(self) -> int:
        """1 if tensors differ, 2 if not everything could be compared."""
        if any(each.differences for each in self.modules):
            return 1
        return 0 if self.stopped is None else 2

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        if not self.modules:
            return f"{self.port}, weights: nothing was compared, in {self.seconds:g} s"
        differ = sum(len(each.differences) for each in self.modules)
        found = counted(differ, "difference") if differ else "no difference"
        modules = counted(len(self.modules), "module")
        return f"{self.port}, weights: {found} in {modules}, in {self.seconds:g} s"

    @property
    def text(self) -> str:
        """All lines but the summary."""
        lines = _module_lines(self.modules) + [unread.text for unread in self.unread]
        return "\n".join(lines)

    def as_json(self) -> str:
        """Return the report as JSON."""
        fields = asdict(self) | {"report_version": REPORT_VERSION, "ok": self.ok}
        return json.dumps(fields, indent=2)

    def as_junit(self) -> str:
        """Return JUnit XML with one test per module."""
        suite = "lucid weights"
        return junit_xml(suite, {suite: self._cases()}, time=f"{self.seconds:.1f}")

    def _cases(self) -> Iterator[Case]:
        classname = self.port.replace(":", ".")
        for module in self.modules:
            head, _, rest = module.text.partition("\n")
            yield Case(module.name, classname, failure=(head, rest) if module.differences else None)
        if self.stopped is not None:
            text = (self.stopped.message, self.stopped.hint)
            yield Case("loads to the end", classname, failure=text)


def _module_lines(modules: tuple[Module, ...]) -> list[str]:
    """Return the text of each module, and one line for many modules of a class that all match."""
    alike: dict[str, list[Module]] = {}
    for module in modules:
        name = module.name if module.differences else module.name.partition(" (")[0]
        alike.setdefault(name, []).append(module)
    lines = []
    for name, group in alike.items():
        if len(group) < MANY_MODULES:
            lines += [module.text for module in group]
        else:
            matched = sum(module.matched for module in group)
            lines.append(f"{name}: {matched} tensors match in {len(group)} modules")
    return lines


def _shape(shape: Shape | None) -> str:
    return "" if shape is None else f"({', '.join(map(str, shape))})"
