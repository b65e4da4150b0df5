"""Carry the error of a deployment that cannot start through the text in which Serve reports it."""

import json
from contextlib import suppress

from lucid.errors import LucidError

_MARK = "LUCID_ERROR"
Problem = tuple[str, str | None]
"""What happened and on which node, and what to do."""


def problem_here(error: LucidError) -> Problem:
    """Return what happened on this node."""
    import ray  # here, because the queue of the gateway needs none

    return f"on node {ray.util.get_node_ip_address()}: {error.message}", error.hint


def marked(problem: Problem) -> RuntimeError:
    """Return an error for Serve, in whose text ``read`` finds the problem."""
    return RuntimeError(f"{_MARK} {json.dumps(problem)}")


def read(text: str) -> Problem | None:
    """Return the last marked problem in a text; None without one."""
    _, found, rest = text.rpartition(f"{_MARK} ")
    with suppress(ValueError):
        if found:
            message, hint = json.JSONDecoder().raw_decode(rest)[0]
            return message, hint
    return None
