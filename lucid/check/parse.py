"""From a source file to a parsed module, or to why it cannot be parsed."""

from __future__ import annotations

import ast
import re
import sys
import warnings

from lucid.check.diagnostics import FILE_START, Range
from lucid.check.module import Module
from lucid.check.sources import Fault, SourceFile
from lucid.check.text import Text
from lucid.check.walk import walk

TOO_DEEP = Fault("it is nested too deeply to be checked", FILE_START)
_NEWER = re.compile(
    r"\s*(type\s+\w+\s*[\[=]|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[|except\s[^()]*,|lazy\s"
    r"|.*\bt['\"]|.*\bf['\"])"
)
"""Lines that may be syntax of a Python later than the one that runs; LibCST knows all of them."""


def parse(file: SourceFile) -> Module | Fault:
    """The module of a file, walked; its code is compiled at most, never run."""
    if file.fault:
        return file.fault
    source = Text(file.text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.text)
            compile(tree, "port", "exec", dont_inherit=True)  # finds an await outside async def
        module = Module(
            name=file.module,
            path=file.path,
            is_package=file.path.endswith("__init__.py"),
            source=source,
            tree=tree,
            location=file.location,
        )
        walk(module)
    except SyntaxError as error:
        return Fault(_words(error, source), _range(error))
    except ValueError as error:  # a null byte, or half of a surrogate pair
        return Fault(str(error), FILE_START)
    except (RecursionError, MemoryError):
        return TOO_DEEP
    return module


def _words(error: SyntaxError, source: Text) -> str:
    line = min(max(error.lineno or 1, 1), len(source.starts))
    if not _NEWER.match(source.line(line)) or not _is_later_python(source.text):
        return error.msg
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{error.msg} in Python {here}; a later Python reads it: run `lucid check` with that"


def _is_later_python(text: str) -> bool:
    """Whether LibCST, whose grammar does not depend on the Python that runs it, reads the file.

    Imported only here: its import alone takes longer than a check.
    """
    import libcst

    try:
        libcst.parse_module(text)
    except (libcst.ParserSyntaxError, RecursionError):
        return False
    return True


def _range(error: SyntaxError) -> Range:
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end_line, end_column = max(error.end_lineno or line, line), error.end_offset or 0
    if end_line == line:
        end_column = max(end_column, column + 1)
    return Range(line, column, end_line, max(end_column, 1))
