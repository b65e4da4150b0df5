"""Rules about comments that accept findings."""

import difflib
from collections.abc import Collection
from dataclasses import replace

from lucid.check.diagnostics import Edit, Fix, Range
from lucid.check.module import Module
from lucid.check.noqa import Noqa, NoqaCode, read_noqas
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC004",
    message="{problem}: write for example `# lucid: noqa[{code}] reason`",
    why="The author believes that a finding is accepted, but it is still reported.",
)
def unknown_noqa(port: Port) -> Findings:
    from lucid.check.rules import RULES  # it imports this module

    known = [rule.code for rule in RULES]
    for module in port.modules.values():
        for noqa in read_noqas(module):
            wrong = [code for code in noqa.codes if code.code not in known]
            for code in wrong:
                problem = f"{code.code!a} is not a rule"
                yield unknown_noqa.at(
                    module, code.range, problem=problem, code=_nearest_code(code.code, known)
                )
            if not noqa.codes:
                problem = "a bare noqa suppresses nothing"
                yield unknown_noqa.at(module, noqa.range, problem=problem, code="LUC103")


def _nearest_code(code: str, known: list[str]) -> str:
    return next(iter(difflib.get_close_matches(code.upper(), known, n=1)), "LUC103")


def unused(
    module: Module, noqa: Noqa, used: Collection[NoqaCode], looked_for: Collection[str]
) -> Findings:
    """Yield the codes of a noqa that accept nothing, although their rules have run."""
    idle = [c for c in noqa.codes if c not in used and c.code in looked_for and c.code != "LUC005"]
    for code in idle:
        fix = _removal(module, noqa, idle)
        yield unused_noqa.at(module, code.range, fix, code=code.code)


def _removal(module: Module, noqa: Noqa, idle: list[NoqaCode]) -> Fix | None:
    """Return a fix that removes these codes, or the whole noqa if it names no others."""
    if len(idle) < len(noqa.codes):
        kept = ", ".join(code.code for code in noqa.codes if code not in idle)
        first, last = noqa.codes[0].range, noqa.codes[-1].range
        if not noqa.is_ours:
            return None  # codes of other tools may stand in between
        return Fix(
            "Remove the code",
            (Edit(Range(first.line, first.column, last.line, last.end_column), kept),),
            is_safe=True,
        )
    if noqa.span[0] or not noqa.is_ours:
        return None  # the comment also has other words, or codes of other tools
    where = noqa.comment.range()
    before = module.lines[where.line - 1][: where.column - 1]
    if before.strip():  # otherwise the comment has its own line, which stays
        where = replace(where, column=len(before.rstrip(" \t")) + 1)
    return Fix("Remove the noqa", (Edit(where, ""),), is_safe=True)


@rule(
    "LUC005",
    message="{code} finds nothing here, so this noqa accepts nothing: delete it",
    why="A noqa that is no longer needed hides the next finding of its rule from the author.",
)
def unused_noqa(port: Port) -> Findings:
    """Return nothing: the engine calls ``unused`` after all other rules."""
    return iter(())
