"""Carry the error of a deployment that cannot start through the text in which Serve reports it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import ray

from lucid.errors import LucidError

_MARK = "LUCID_ERROR"


@contextmanager
def told() -> Iterator[None]:
    """Mark a LucidError of the block, so that ``read`` finds it."""
    try:
        yield
    except LucidError as error:
        node = ray.util.get_node_ip_address()
        said = {"message": f"on node {node}: {error.message}", "hint": error.hint}
        raise RuntimeError(f"{_MARK} {json.dumps(said)}") from None


def read(text: str) -> tuple[str, str | None] | None:
    """Return the message and the hint of the last marked error in a text; None without one."""
    _, marked, rest = text.rpartition(f"{_MARK} ")
    with suppress(ValueError):
        if marked:
            said = json.JSONDecoder().raw_decode(rest)[0]
            return said["message"], said["hint"]
    return None
