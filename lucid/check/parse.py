"""From a source file to a parsed module, or to why it cannot be parsed."""

from __future__ import annotations

import ast
import warnings

import libcst as cst

from lucid.check.diagnostics import FILE_START, Range
from lucid.check.module import Module
from lucid.check.sources import Fault, SourceFile
from lucid.check.walk import walk

TOO_DEEP = Fault("it is nested too deeply to be checked", FILE_START)


def parse(file: SourceFile) -> Module | Fault:
    """The module of a file, walked; its code is compiled at most, never run."""
    fault = file.fault or _compile_fault(file.text)
    if fault:
        return fault
    try:
        module = Module(
            name=file.module,
            path=file.path,
            is_package=file.path.endswith("__init__.py"),
            tree=cst.parse_module(file.text),
        )
        walk(module)
    except RecursionError:
        return TOO_DEEP
    except cst.ParserSyntaxError as error:
        at = Range(error.raw_line, error.raw_column + 1, error.raw_line, error.raw_column + 2)
        return Fault("its syntax is newer than `lucid check` knows, so upgrade libcst", at)
    return module


def _compile_fault(text: str) -> Fault | None:
    """What Python says of the file; its words are better than LibCST's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            ast.NodeVisitor().visit(tree)  # recurses: LibCST's parser would crash where this raises
            compile(tree, "port", "exec", dont_inherit=True)  # finds an await outside async def
    except SyntaxError as error:
        return Fault(error.msg, _range(error))
    except ValueError as error:  # a null byte
        return Fault(str(error), FILE_START)
    except (RecursionError, MemoryError):
        return TOO_DEEP
    return None


def _range(error: SyntaxError) -> Range:
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end_line, end_column = max(error.end_lineno or line, line), error.end_offset or 0
    if end_line == line:
        end_column = max(end_column, column + 1)
    return Range(line, column, end_line, max(end_column, 1))
