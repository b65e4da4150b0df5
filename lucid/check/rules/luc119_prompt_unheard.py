"""LUC119: a prompt input on a model that takes no prompts."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import session_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, Valid

_NO_PROMPT = {"family": "waypoint", "answers": {"prompt_live": False}}
_SOURCE = """
from lucid import LucidSession, input

class MySession(LucidSession):
    @input()
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt
"""


def _check(port: Port) -> Iterator[Diagnostic]:
    if port.lock is None or port.lock.answer("prompt_live") is not False:
        return
    for session in port.sessions:
        for declared in session_inputs(port, session):
            names = {declared.name, *(parameter.arg for parameter in declared.parameters)}
            if not names.isdisjoint({"set_prompt", "prompt"}):
                yield RULE.at(declared.module, declared.method.node, name=declared.name)


RULE = Rule(
    code="LUC119",
    name="prompt-unheard",
    message="lucid.lock says that this model takes no prompt while it plays: "
    "remove the input `{name}`",
    why="The page shows a field for words that change nothing, or whose use raises an error.",
    valid=(
        Valid(_SOURCE, {"answers": {"prompt_live": True}}),
        Valid(_SOURCE, {"answers": {"prompt_live": None}}),
        _SOURCE,
    ),
    invalid=(Invalid(_SOURCE, line=5, column=9, lock=_NO_PROMPT),),
    check=_check,
)
