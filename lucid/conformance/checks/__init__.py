"""Every promise, ordered so that a check comes after the checks that it needs."""

from lucid.conformance.checks import (
    contract,
    endurance,
    errors,
    inputs,
    lifecycle,
    loading,
    network,
    outputs,
    pictures,
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
    "Pictures": pictures,
    "Lifecycle": lifecycle,
    "Long play": endurance,
    "Network": network,
    "Sessions, determinism, threads": sessions,
    "Errors": errors,
}
FIRST = ("C01", "C04", "W01", "R00", "D01", "S02", "S03")
"""The checks that others need, before any other check can disturb the port."""


def _in_order() -> tuple[Promise, ...]:
    listed = {
        value.id: value
        for module in GROUPS.values()
        for value in vars(module).values()
        if isinstance(value, Promise)
    }
    ordered: dict[str, Promise] = {}

    def add(id: str) -> None:
        for need in listed[id].needs:
            add(need)
        ordered.setdefault(id, listed[id])

    for id in (*FIRST, *listed):
        add(id)
    return tuple(ordered.values())


PROMISES: tuple[Promise, ...] = _in_order()
BY_ID = {promise.id: promise for promise in PROMISES}


def with_needs(ids: frozenset[str]) -> frozenset[str]:
    """Return the checks and everything that they need."""
    needed = set(ids)
    waiting = list(ids)
    while waiting:
        for need in BY_ID[waiting.pop()].needs:
            if need not in needed:
                needed.add(need)
                waiting.append(need)
    return frozenset(needed)
