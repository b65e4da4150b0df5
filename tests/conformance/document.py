"""Write docs/conformance.md from the checks: ``python -m tests.conformance.document``."""

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

A port that imports can still freeze, leak memory, ignore a key, keep a key held after a disconnect, or break for the second visitor. These
{count} checks play the port in memory, step by step. Their clock moves only when a check advances it, so no check waits for real time or
depends on it. The port runs in a separate process: if it hangs, exits or crashes, Lucid kills the process, names the call, and still runs
the other checks. `--wire` adds {wire} checks through the real server and a real peer connection. `--json`, `--junit FILE` and `--badge FILE`
write the results for programs. The badge file names the hash of the port's files, the commit of `lucid.lock`, Lucid's version and the device.
Exit code 0 means that no check failed, 1 that a check failed.

A check is `blocked` if a check that it needs failed: fix that one first. Time limits grow with the load of the machine.

## In a port's own tests

```python
from lucid.conformance import parametrize_with_checks

@parametrize_with_checks(".", profile="stub")
def test_conformance(check):
    check()
```

`pytest -k R02` runs one check and the checks that it needs. `lucid.conformance.check_port(port, profile)` returns the results as data.

## What a port declares

Outputs, inputs and `max_sessions` decide which checks apply. A port declares in its `pyproject.toml` what it does not promise, and which
checks it expects to fail. An expected failure needs a reason and a date. After that date the failure counts. If the check passes, that
counts as a failure too, so that the entry is removed.

```toml
[tool.lucid.conformance]
deterministic = false  # the same seed and inputs may give different frames: skips D01 and the checks that need it
restartable = false    # a session may start where the previous one ended: skips S02 and the checks that need it
chunk_s = 1.5          # one step makes 1.5 s of video: P05 measures it. Without it, P03 allows up to 1 s

[tool.lucid.conformance.expected_failures]
P01 = {{reason = "20 fps on the CPU until the decoder is distilled", expires = 2027-06-30}}
```

N01 compares the arguments of the network with `tests/reaches.toml`, which `lucid new` writes for the engines that it knows. Each row names an
input, the argument of the network's `forward`, the place in it, its value or the sign of its change, and the lines of upstream's code that show
this. Without such a file, the report still shows the table of all inputs: use it to write the rows for your own engine.

The `certified` profile allows neither a skipped check nor an expected failure.

`python -m tests.conformance.document` writes this page.
"""


def document() -> str:
    """Return the whole page."""
    parts = [HEAD.format(count=len(PROMISES), wire=len(WIRE_PROMISES))]
    for title, module in GROUPS.items():
        promises = [value for value in vars(module).values() if isinstance(value, Promise)]
        parts.append(section(title, promises))
    parts.append(section("Over the wire", list(WIRE_PROMISES)))
    return "\n".join(parts)


def section(title: str, promises: list[Promise]) -> str:
    """Return the section of one group of checks."""
    return "\n".join([f"## {title}\n", *(entry(promise) for promise in promises)])


def entry(promise: Promise) -> str:
    """Return the entry of one check."""
    lines = [f"### {promise.title}\n", promise.asserts]
    if promise.full_only:
        lines[-1] += " (`full` and `certified` only.)"
    lines += [
        "",
        f"- A player feels: {promise.felt}",
        f"- Most likely: {promise.cause}",
        f"- Next: {promise.remedy}",
    ]
    if promise.needs:
        lines.append(f"- Needs: {', '.join(promise.needs)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PATH.write_text(document(), "utf-8")
