"""Parse a source file, or say why it cannot be parsed."""

import re
import warnings
from functools import lru_cache

import libcst as cst
from libcst.metadata import MetadataWrapper

from lucid.check.diagnostics import FILE_START, Range
from lucid.check.module import Module
from lucid.check.sources import Fault, SourceFile
from lucid.check.walk import walk

TOO_DEEP = Fault("it is nested too deeply to be checked", FILE_START)
_DEEPEST = 160
"""The depth of nodes that LibCST's visitors can handle on Python's stack, with a margin."""
_NEWER = re.compile(
    r"\s*(type\s+\w+\s*[\[=]|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[|except\s[^()]*,|lazy\s"
    r"|.*\bt['\"]|.*\bf['\"])"
)
"""Lines that may be syntax of a later Python version than the one that runs."""


DEEPEST = 800
"""LibCST's native parser ends the process between 1,000 and 2,000 nested parentheses."""
_TOKEN = re.compile(
    r"""
      (?P<prefix>[A-Za-z]{0,2})(?:(?P<quotes>\"{3}|'{3}).*?(?:(?P=quotes)|\Z)
        | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
    | \#[^\n\r]* | \\\r?\n
    | (?P<newline>[\r\n]+)(?P<indent>[ \t]*)
    | \w+ | [^\w\s]
    """,
    re.VERBOSE | re.DOTALL,
)


def is_too_deep(text: str) -> bool:
    """Return whether a text is too deeply nested for the parser.

    Each token between two commas, and each character of indentation, counts as a level. This is an
    upper bound, because a token nests at most one expression in another.
    """
    bases = [0]  # the depth at which an element of each open bracket starts
    depth = branches = 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if found["newline"]:
            if len(bases) == 1:
                depth = bases[0] = len(found["indent"])
        elif token in ("(", "[", "{"):
            depth += 1
            bases.append(depth)
        elif token in (")", "]", "}"):
            depth = bases.pop() if len(bases) > 1 else 0
        elif token in (",", ";"):
            depth = bases[-1]
        elif token[0] not in "#\\":
            depth += 1 if not found["prefix"] else 1 + _longest_field(found["prefix"], token)
            branches += token == "elif"
        if max(depth, branches) > DEEPEST:
            return True
    return False


def _longest_field(prefix: str, token: str) -> int:
    """Return the length of the longest replacement field of an f-string."""
    if not {*prefix.lower()} & {"f", "t"}:
        return 0
    fields = re.findall(r"\{([^{}]*)", token.replace("{{", ""))
    return max(map(len, fields), default=0)


@lru_cache(maxsize=256)  # an editor checks a port again when one of its files changes
def parse(file: SourceFile) -> Module | Fault:
    """Return the module of a file. Its code is compiled at most, never run."""
    if file.fault:
        return file.fault
    if is_too_deep(file.text):
        return TOO_DEEP
    try:
        refused = _compile_error(file.text)
        if refused and not _may_be_newer(file.text, refused):
            return Fault(refused.msg, _range(refused))
        module = Module(
            name=file.module,
            path=file.path,
            is_package=file.path.endswith("__init__.py"),
            text=file.text,
            wrapper=MetadataWrapper(cst.parse_module(file.text), unsafe_skip_copy=True),
            location=file.location,
        )
    except cst.ParserSyntaxError as error:
        if refused:
            return Fault(refused.msg, _range(refused))
        place = Range(error.raw_line, error.raw_column + 1, error.raw_line, error.raw_column + 2)
        return Fault(f"LibCST cannot parse it: {error.message}", place)
    except ValueError as error:  # a null byte, or half of a surrogate pair
        return Fault(str(error), FILE_START)
    except (RecursionError, MemoryError):
        return TOO_DEEP
    return module if walk(module) <= _DEEPEST else TOO_DEEP


def _compile_error(text: str) -> SyntaxError | None:
    """Return this Python's own error about the text, whose messages are better than LibCST's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "port", "exec", dont_inherit=True)  # finds an await outside async def
    except SyntaxError as error:
        return error
    return None


def _may_be_newer(text: str, error: SyntaxError) -> bool:
    lines = re.split(r"\r\n|\r|\n", text)
    return bool(_NEWER.match(lines[min(max(error.lineno or 1, 1), len(lines)) - 1]))


def _range(error: SyntaxError) -> Range:
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end_line, end_column = max(error.end_lineno or line, line), error.end_offset or 0
    if end_line == line:
        end_column = max(end_column, column + 1)
    return Range(line, column, end_line, max(end_column, 1))
