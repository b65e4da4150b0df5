"""Every promise, in an order in which those that others need come first."""

from __future__ import annotations

from lucid.conformance.checks import (
    contract,
    errors,
    inputs,
    lifecycle,
    loading,
    outputs,
    responses,
    sessions,
)
from lucid.conformance.promise import Promise

GROUPS = {
    "Contract": contract,
    "Loading": loading,
    "Inputs": inputs,
    "Responses": responses,
    "Outputs and pacing": outputs,
    "Lifecycle": lifecycle,
    "Sessions, determinism, threads": sessions,
    "Errors": errors,
}


FIRST = ("C01", "C04", "W01", "R00", "D01", "S02", "S03")
"""What the others build on, before they can disturb it."""


def _in_order() -> tuple[Promise, ...]:
    listed = {
        value.id: value
        for module in GROUPS.values()
        for value in vars(module).values()
        if isinstance(value, Promise)
    }
    found: dict[str, Promise] = {}

    def add(id: str) -> None:
        for need in listed[id].needs:
            add(need)
        found.setdefault(id, listed[id])

    for id in (*FIRST, *listed):
        add(id)
    return tuple(found.values())


PROMISES: tuple[Promise, ...] = _in_order()
BY_ID = {kept.id: kept for kept in PROMISES}


def with_needs(ids: frozenset[str]) -> frozenset[str]:
    """The checks and all that they need."""
    found = set(ids)
    waiting = list(ids)
    while waiting:
        for need in BY_ID[waiting.pop()].needs:
            if need not in found:
                found.add(need)
                waiting.append(need)
    return frozenset(found)
