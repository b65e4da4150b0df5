"""LUC005: a noqa that accepts nothing."""

from collections.abc import Collection, Iterator

from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.module import Module
from lucid.check.noqa import Noqa, NoqaCode
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def unused(
    module: Module, noqa: Noqa, used: Collection[NoqaCode], looked_for: Collection[str]
) -> Iterator[Diagnostic]:
    """The codes of a noqa that are not in ``used``, though their rules have looked."""
    idle = [c for c in noqa.codes if c not in used and c.code in looked_for and c.code != "LUC005"]
    for code in idle:
        fix = _remove(module, noqa, idle)
        yield RULE.at(module, code.range, fix, code=code.code)


def _remove(module: Module, noqa: Noqa, idle: list[NoqaCode]) -> Fix | None:
    """The comment without these codes; the whole noqa where it names no other."""
    source = module.source
    if len(idle) < len(noqa.codes):
        kept = ", ".join(code.code for code in noqa.codes if code not in idle)
        first, last = noqa.codes[0].range, noqa.codes[-1].range
        if not noqa.is_ours:
            return None  # another tool's codes stand between
        return Fix(
            "Remove the code",
            (Edit(Range(first.line, first.column, last.line, last.end_column), kept),),
            is_safe=True,
        )
    if noqa.span[0] or not noqa.is_ours:
        return None  # other words, or another tool's codes, stand in the comment
    start, end = source.span(noqa.comment.range())
    before = len(source.text[:start]) - len(source.text[:start].rstrip(" \t"))
    if not source.line(noqa.comment.line)[: noqa.comment.column - 1].strip():
        before = 0  # alone on its line, which stays
    return Fix("Remove the noqa", (Edit(source.between(start - before, end), ""),), is_safe=True)


def _check(port: Port) -> Iterator[Diagnostic]:
    """Nothing by itself: the engine asks ``unused`` when all other rules have looked."""
    return iter(())


RULE = Rule(
    code="LUC005",
    name="unused-noqa",
    message="{code} finds nothing here, so this noqa accepts nothing: delete it",
    why="A noqa that outlives its reason hides the next finding of its kind from the author.",
    valid=(
        "from lucid import hold\nUP = hold(keys=('up',))  # lucid: noqa[LUC109] as upstream",
        "from lucid import hold\nUP = hold(keys=('up',))  # noqa: E501, LUC109",
        "x = 1  # noqa: E501",
    ),
    invalid=(
        Invalid(
            "x = 1  # lucid: noqa[LUC109] as upstream",
            line=1,
            column=22,
            fix=("  # lucid: noqa[LUC109] as upstream", ""),
        ),
        Invalid(
            "from lucid import hold\nUP = hold(keys=('up',))  # lucid: noqa[LUC103, LUC109] why",
            line=2,
            column=40,
            fix=("LUC103, LUC109", "LUC109"),
        ),
        Invalid("x = 1  # noqa: E501, LUC109", line=1, column=22),
    ),
    check=_check,
)
