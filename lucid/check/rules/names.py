"""Rules about names that are imported from Lucid."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import libcst as cst

import lucid
from lucid.check.diagnostics import Fix
from lucid.check.module import Module
from lucid.check.nodes import below, code, dotted, positional
from lucid.check.port import ForeignCall, Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC124",
    message="`from {source} import *` hides from the check what `{name}` is: write "
    "`from lucid import {name}`",
    why="The check cannot examine inputs and outputs that it does not see, so their mistakes stay "
    "in the port.",
)
def star_hides_lucid(port: Port) -> Findings:
    for module in port.modules.values():
        hidden: dict[cst.ImportFrom, set[str]] = {}
        for name in _names_of_lucid(module):
            star = port.hides(module, name.value)
            if star and port.resolve(module.at(name)) is None:
                hidden.setdefault(star, set()).add(name.value)
        for star, names in hidden.items():
            first = min(names)
            source = module.stars[star] or "."
            yield star_hides_lucid.at(module, star, source=source, name=first)


def _names_of_lucid(module: Module) -> Iterator[cst.Name]:
    for node in below(module.tree) if module.stars else ():
        if isinstance(node, cst.Name) and node.value in lucid.__all__ and not module.names(node):
            yield node


_OFFERED = ("lucid.conditioning", "lucid.remote")
"""Public modules beside ``lucid`` itself, which need more than every port has."""


@rule(
    "LUC902",
    message="`{source}` may change with any release: import from `lucid` instead",
    why="The port stops working with the next version of Lucid.",
)
def private_api(port: Port) -> Findings:
    for module in port.modules.values() if "lucid" not in port.modules else ():
        for node in module.imports:
            if isinstance(node, cst.ImportFrom) and node.module and not node.relative:
                source = dotted(node.module) or ""
                if source.startswith("lucid.") and not source.startswith(_OFFERED):
                    yield private_api.at(
                        module, node, _public_import(module, node, source), source=source
                    )


def _public_import(module: Module, node: cst.ImportFrom, source: str) -> Fix | None:
    """Return an import of the same names from ``lucid``, if all of them are public."""
    if not source.startswith("lucid.authoring") or isinstance(node.names, cst.ImportStar):
        return None
    if node.module is None or not {dotted(alias.name) for alias in node.names} <= {*lucid.__all__}:
        return None
    edit = module.replace(node.module, cst.Name("lucid"))
    return fixed("Import it from lucid", edit, is_safe=True)


@rule(
    "LUC903",
    message="lucid has no `{name}`: {hint}",
    why="The port does not import, so it does not start.",
)
def unknown_name(port: Port) -> Findings:
    for module in port.modules.values() if "lucid" not in port.modules else ():
        for node in module.imports:
            if (
                not isinstance(node, cst.ImportFrom)
                or node.relative
                or module.source_of(node) != "lucid"
            ):
                continue
            for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
                name = dotted(alias.name) or ""
                if name in (*lucid.__all__, "__version__"):
                    continue
                near = difflib.get_close_matches(name, lucid.__all__, n=1)
                fix = None
                if near:
                    edit = module.replace(alias.name, cst.Name(near[0]))
                    fix = fixed(f"Import {near[0]}", edit, is_safe=False)
                hint = f"write {near[0]}" if near else "`import lucid; dir(lucid)` lists them"
                yield unknown_name.at(module, alias.name, fix, name=name, hint=hint)


@dataclass(frozen=True)
class _Parameters:
    """The parameters of a function of Lucid. None of them has ``*args`` or ``**kwargs``."""

    by_place: list[str]
    names: list[str]
    required: list[str]


@rule(
    "LUC905",
    message="`{function}` {problem}: {hint}",
    why="The call raises an error, so the port does not start.",
)
def wrong_arguments(port: Port) -> Findings:
    for foreign in port.foreign_calls.values():
        if params := _parameters(foreign.name):
            yield from _misfits(foreign, params)


@cache
def _parameters(name: str) -> _Parameters | None:
    """Read the parameters of a public function from its source, because importing it is slow."""
    owner, _, function = name.rpartition(".")
    home = lucid._HOMES.get(function) if owner == "lucid" else None
    home = "authoring.publish" if owner == "lucid.publish" else home
    if home is None:
        return None
    source = Path(lucid.__file__).parent.joinpath(*home.split(".")).with_suffix(".py")
    for node in ast.parse(source.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            given = node.args
            by_place = [each.arg for each in given.args]
            named = [each.arg for each in given.kwonlyargs]
            required = by_place[: len(by_place) - len(given.defaults)]
            required += [
                n for n, default in zip(named, given.kw_defaults, strict=True) if not default
            ]
            return _Parameters(by_place, by_place + named, required)
    return None


def _misfits(foreign: ForeignCall, params: _Parameters) -> Findings:
    function, module, call = code(foreign.node.func), foreign.module, foreign.node
    takes = f"it takes {', '.join(params.names) or 'no arguments'}"
    placed = positional(call)
    for surplus in placed[len(params.by_place) :]:
        problem = f"cannot take `{code(surplus)}` by position"
        hint = f"write its name ({takes})" if params.names else "it takes no arguments"
        yield wrong_arguments.at(module, surplus, function=function, problem=problem, hint=hint)
    given = params.by_place[: len(placed)]
    for arg in call.args:
        if arg.keyword is None:
            continue
        name = arg.keyword.value
        if name in given:
            problem, hint = f"gets `{name}` twice", "leave one of them out"
            yield wrong_arguments.at(module, arg, function=function, problem=problem, hint=hint)
        elif name not in params.names:
            near = difflib.get_close_matches(name, params.names, n=1)
            fix = None
            if near:
                edit = module.replace(arg.keyword, cst.Name(near[0]))
                fix = fixed(f"Write {near[0]}", edit, is_safe=False)
            hint = f"write {near[0]}" if near else takes
            problem = f"has no argument `{name}`"
            yield wrong_arguments.at(
                module, arg, fix, function=function, problem=problem, hint=hint
            )
        given.append(name)
    missing = [name for name in params.required if name not in given]
    if missing and not any(arg.star for arg in call.args):
        problem, hint = f"needs `{missing[0]}`", f"write {missing[0]}=..."
        yield wrong_arguments.at(module, call, function=function, problem=problem, hint=hint)
