"""LUC407: an `__init__` that does not call the one of its base."""

import libcst as cst

from lucid.check.diagnostics import Fix
from lucid.check.module import Function
from lucid.check.nodes import docstring_of
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC407",
    message="this `__init__` replaces Lucid's: write `super().__init__({arguments})` first in it",
    why="Without it `self.model`, `self.ctx` or `self.config` is missing, and the first step ends "
    "the session with an error.",
)
def no_super_init(port: Port) -> Findings:
    for cls in (*port.sessions, *port.models):
        wanted = ("model", "ctx") if cls in port.sessions else ("config",)
        for method in cls.methods:
            if method.name == "__init__" and not _calls_base(method):
                arguments = ", ".join(wanted)
                yield no_super_init.at(
                    cls.module, method.node, _fix(method, wanted), arguments=arguments
                )


def _calls_base(method: Function) -> bool:
    return any(isinstance(node, cst.Attribute) and node.attr.value == "__init__"
               for node in method.all_nodes)  # fmt: skip


def _fix(method: Function, wanted: tuple[str, ...]) -> Fix | None:
    """The call as the first line, if the parameters have the names to pass on."""
    given = {param.name.value for param in method.node.params.params}
    body = method.node.body
    if not given.issuperset(wanted) or docstring_of(method.node):
        return None
    if not isinstance(body, cst.IndentedBlock):
        return None
    call = f"super().__init__({', '.join(wanted)})"
    return fixed("Call it first", method.module.insert_line(body.body[0], call), is_safe=True)
