"""LUC901: a question that the scaffold left open."""

import re
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Rule

_QUESTION = re.compile(r"#\s*TODO\(lucid\):?\s*(.*?)\s*(?:#\s*lucid:.*)?$")


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.modules.values():
        for comment in module.comments:
            if found := _QUESTION.match(comment.text):
                yield RULE.at(module, comment.range(), question=found[1] or "no question")


RULE = Rule(
    code="LUC901",
    name="open-question",
    message="the scaffold left this open: {question} (answer it in the code, then delete the "
    "comment)",
    why="The repo's metadata does not say it; AGENTS.md says what goes wrong in play when it is "
    "guessed wrongly.",
    check=_check,
    is_note=True,
)
