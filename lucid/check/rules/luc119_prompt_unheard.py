"""LUC119: a prompt input on a model that takes no prompts."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import session_inputs
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    known = port.lock.answer("inputs") if port.lock else None
    if not isinstance(known, list) or not known or "prompt" in known:
        return
    for session in port.sessions:
        for declared in session_inputs(port, session):
            names = {declared.name, *(param.name.value for param in declared.parameters)}
            if not names.isdisjoint({"set_prompt", "prompt"}):
                yield RULE.at(declared.module, declared.node, name=declared.name)


RULE = Rule(
    code="LUC119",
    name="prompt-unheard",
    message="lucid.lock says that this model takes no prompt: remove the input `{name}`",
    why="The page shows a field for words that change nothing, or whose use raises an error.",
    check=_check,
)
