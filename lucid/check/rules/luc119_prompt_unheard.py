"""LUC119: a prompt input on a model that takes no prompts."""

from lucid.check.inputs import session_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC119",
    message="lucid.lock says that this model takes no prompt: remove the input `{name}`",
    why="The page shows a field for words that change nothing, or whose use raises an error.",
)
def prompt_unheard(port: Port) -> Findings:
    known = port.lock.answer("inputs") if port.lock else None
    if not isinstance(known, list) or not known or "prompt" in known:
        return
    for session in port.sessions:
        for declared in session_inputs(port, session):
            names = {declared.name, *(param.name.value for param in declared.parameters)}
            if not names.isdisjoint({"set_prompt", "prompt"}):
                yield prompt_unheard.at(declared.module, declared.node, name=declared.name)
