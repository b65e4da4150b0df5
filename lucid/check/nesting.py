"""How deeply a source text may be nested, before it is parsed."""

import re

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
    """Whether the parser may not be given a text.

    Counts each token between two commas, and each character of indentation, as a level. That is an
    upper bound: a token nests at most one expression in another.
    """
    bases = [0]  # the depth at which an element of each open bracket begins
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
    """The number of characters of an f-string's longest replacement field."""
    if not {*prefix.lower()} & {"f", "t"}:
        return 0
    fields = re.findall(r"\{([^{}]*)", token.replace("{{", ""))
    return max(map(len, fields), default=0)
