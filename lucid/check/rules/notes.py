"""What the scaffold left open."""

import re

from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_QUESTION = re.compile(r"#\s*TODO\(lucid\):?\s*(.*?)\s*(?:#\s*lucid:.*)?$")


@rule(
    "LUC901",
    message="the scaffold left this open: {question} (answer it in the code, then delete the "
    "comment)",
    why="The repo's metadata does not say it; AGENTS.md says what goes wrong in play when it is "
    "guessed wrongly.",
    is_note=True,
)
def open_question(port: Port) -> Findings:
    for module in port.modules.values():
        for comment in module.comments:
            if found := _QUESTION.match(comment.text):
                yield open_question.at(module, comment.range(), question=found[1] or "no question")
