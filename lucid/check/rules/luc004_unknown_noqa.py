"""LUC004: a noqa that names no rule."""

import difflib
from collections.abc import Iterator

from lucid.check.noqa import read_noqas
from lucid.check.port import Port
from lucid.check.rule import Finding, Invalid, Rule


def _check(port: Port) -> Iterator[Finding]:
    from lucid.check.rules import RULES  # which holds this rule too

    known = [rule.code for rule in RULES]
    for module in port.modules.values():
        for noqa in read_noqas(module):
            wrong = [(code, span) for code, span in noqa.codes if code not in known]
            for code, span in wrong or ([] if noqa.codes else [("", noqa.span)]):
                yield RULE.finding(
                    module.path,
                    noqa.comment,
                    span=span,
                    problem=f"{code!a} is no rule" if code else "a bare noqa suppresses nothing",
                    code=next(iter(difflib.get_close_matches(code.upper(), known, n=1)), "LUC103"),
                )


RULE = Rule(
    code="LUC004",
    name="unknown-noqa",
    message="{problem}: write for example `# lucid: noqa[{code}] reason`",
    why="The author believes that a finding is accepted, but it is still reported.",
    valid=("x = 1  # lucid: noqa[LUC103, LUC109] reason", "x = '# lucid: noqa[LUC000]'"),
    invalid=(
        Invalid("x = 1  # lucid: noqa[LUC003,LUC999] reason", line=1, column=29),
        Invalid("x = 1  # lucid: noqa", line=1, column=8),
    ),
    check=_check,
)
