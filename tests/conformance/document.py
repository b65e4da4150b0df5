"""docs/conformance.md, written from the checks; ``python -m tests.conformance.document``."""

from __future__ import annotations

from pathlib import Path

from lucid.conformance.checks import GROUPS, PROMISES
from lucid.conformance.promise import Promise
from lucid.conformance.wire import WIRE_PROMISES

PATH = Path(__file__).resolve().parent.parent.parent / "docs" / "conformance.md"
HEAD = """# Conformance: proof that a port behaves

    lucid check PORT --conformance                     # on its stub engine: no weights, under 30 s
    lucid check PORT --conformance --profile full      # with its weights
    lucid check PORT --conformance --profile certified # full, nothing skipped, no failure expected

A port that imports can still freeze, leak, ignore a key, stick after a disconnect, or break at the second visitor. These {count} checks
play it: in memory, step by step, on a clock that stands still until the check lets it go on, so that no check waits for real time or
depends on it. The port lives in a process of its own: where it hangs, exits or crashes, that process is ended, the call is named, and the
other checks still run. `--wire` adds {wire} checks through the real server and a real peer connection. `--json`, `--junit FILE` and
`--badge FILE` are for machines; the badge record holds the hash of the port's files, the commit of `lucid.lock`, Lucid's version and the
device. Exit code 0: all is well; 1: a check failed.

A check that needs another says `blocked` where that one failed: fix what failed first. Limits of time grow with the load of the machine.

## In a port's own tests

```python
from lucid.conformance import parametrize_with_checks

@parametrize_with_checks(".", profile="stub")
def test_conformance(check):
    check()
```

`pytest -k R02` runs one check and what it needs. `lucid.conformance.check_port(port, profile)` returns the results as data.

## What a port declares

Outputs, inputs and `max_sessions` say which checks apply. What a port does not promise stands in its `pyproject.toml`; so does a failure
that is known. An expected failure needs a reason and a date: after that date it counts, and it counts when the check passes.

```toml
[tool.lucid.conformance]
deterministic = false  # the same seed and inputs may give other frames: skips D01 and what builds on it
restartable = false    # a session may start where the last one ended: skips S02 and what builds on it
chunk_s = 1.5          # the model makes up to so many seconds in one step: what P03 holds it to, 1 s without it

[tool.lucid.conformance.expected_failures]
P01 = {{reason = "20 fps on the CPU until the decoder is distilled", expires = 2027-06-30}}
```

`certified` takes neither.

This page is written by `python -m tests.conformance.document`.
"""


def document() -> str:
    """The whole page."""
    parts = [HEAD.format(count=len(PROMISES), wire=len(WIRE_PROMISES))]
    for title, module in GROUPS.items():
        found = [value for value in vars(module).values() if isinstance(value, Promise)]
        parts.append(section(title, found))
    parts.append(section("Over the wire", list(WIRE_PROMISES)))
    return "\n".join(parts)


def section(title: str, found: list[Promise]) -> str:
    """One group of checks."""
    return "\n".join([f"## {title}\n", *(entry(kept) for kept in found)])


def entry(kept: Promise) -> str:
    """One check."""
    lines = [f"### {kept.title}\n", kept.asserts]
    if kept.full_only:
        lines[-1] += " (`full` and `certified` only.)"
    lines += [
        "",
        f"- A player feels: {kept.felt}",
        f"- Most likely: {kept.cause}",
        f"- Next: {kept.remedy}",
    ]
    if kept.needs:
        lines.append(f"- Needs: {', '.join(kept.needs)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PATH.write_text(document(), "utf-8")
