"""LUC004: a noqa that names no rule."""

import difflib

from lucid.check.noqa import read_noqas
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC004",
    message="{problem}: write for example `# lucid: noqa[{code}] reason`",
    why="The author believes that a finding is accepted, but it is still reported.",
)
def unknown_noqa(port: Port) -> Findings:
    from lucid.check.rules import RULES  # which holds this rule too

    known = [rule.code for rule in RULES]
    for module in port.modules.values():
        for noqa in read_noqas(module):
            wrong = [code for code in noqa.codes if code.code not in known]
            for code in wrong:
                problem = f"{code.code!a} is no rule"
                yield unknown_noqa.at(
                    module, code.range, problem=problem, code=_nearest(code.code, known)
                )
            if not noqa.codes:
                problem = "a bare noqa suppresses nothing"
                yield unknown_noqa.at(module, noqa.range, problem=problem, code="LUC103")


def _nearest(code: str, known: list[str]) -> str:
    return next(iter(difflib.get_close_matches(code.upper(), known, n=1)), "LUC103")
