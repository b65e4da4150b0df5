"""LUC101: a method that looks like a handler, that nobody calls and that is no input."""

from lucid.check.nodes import literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_PREFIXES = ("set_", "on_")


@rule(
    "LUC101",
    message="nothing calls `{name}` and it is no input: write `@input()` above it",
    why="Only what is decorated becomes a control; this one is missing from the page.",
)
def undecorated_handler(port: Port) -> Findings:
    named = _named(port)
    for session in port.sessions:
        bases = port.lineage(session).classes[1:]
        for method in session.methods:
            is_plain = method.name.startswith(_PREFIXES) and not method.node.decorators
            is_override = any(method.name in base.members for base in bases)
            if is_plain and not is_override and method.name not in named:
                yield undecorated_handler.at(session.module, method.node, name=method.name)


def _named(port: Port) -> set[str]:
    """What is called or passed on anywhere, or named in a string."""
    found = {str(literal(text)) for module in port.modules.values() for text in module.strings}
    for module in port.modules.values():
        found |= {node.attr.value for node, _ in module.attributes}
    return found
