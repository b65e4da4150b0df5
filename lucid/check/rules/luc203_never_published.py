"""LUC203: an output that nothing publishes."""

from lucid.check.constants import worth
from lucid.check.module import Module
from lucid.check.nodes import dotted, literal
from lucid.check.outputs import published, session_outputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC203",
    message='nothing publishes to "{name}": publish to it in `run`, or remove it',
    why="The page makes a place for the stream, and it stays empty.",
)
def never_published(port: Port) -> Findings:
    names: set[str] = set()
    for found in published(port):
        name = worth(port, found.name)
        if not isinstance(name, str):
            return
        names.add(name)
    if not names or any(map(_gives_context_away, port.modules.values())):
        return
    declared = session_outputs(port)
    if names - {output.name for outputs in declared.values() for output in outputs}:
        return  # LUC202 finds a name that is written wrongly
    for session, outputs in declared.items():
        for output in outputs if port.lineage(session).is_known else ():
            if output.name not in names:
                yield never_published.of(output.call.value, name=output.name)


def _gives_context_away(module: Module) -> bool:
    """Whether ``self.ctx`` is used as a value, so that others may publish."""
    used = sum(dotted(node) == "self.ctx" for node, _ in module.attributes)
    members = sum(dotted(node.value) == "self.ctx" for node, _ in module.attributes)
    return used > members or any(literal(text) == "ctx" for text in module.strings)
