"""Texts that break out of careless templates."""

from __future__ import annotations

import random

HOSTILE = [
    "",
    "'",
    '"',
    "'''",
    '"""',
    "\\",
    "\\'",
    '\\"""',
    "\n",
    "a\nimport os",
    "\r\nx = 1",
    "\x0b\x0c\x1c\x1d\x1e\x85",
    "\u2028import os\u2029",
    "\u202e gnp.exe",
    "\ufeff",
    "\0",
    "\x7f",
    "\ud800",
    "\N{GRINNING FACE}",
    r"\N{GRINNING FACE}",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{# comment #}",
    "{name}",
    "%s %(x)s",
    "]\n[tool.evil]",
    "#",
    "```\n# heading",
    "<script>alert(1)</script>",
    "](javascript:alert(1))",
    "| a | b |",
    "# type: ignore",
    "# -*- coding: utf-7 -*-",
    "x" * 5000,
    '") or __import__("os").system("true") or ("',
    "'+__import__('os').getcwd()+'",
]


def random_texts(count: int) -> list[str]:
    """Mixtures of the above and of characters that mean something to some syntax."""
    source = random.Random(20)
    pieces = [*(text for text in HOSTILE if len(text) < 100), *"'\"\\\n\r{}%#[]()=:,.`<>|\t 0aN"]
    return ["".join(source.choices(pieces, k=source.randint(1, 12))) for _ in range(count)]
