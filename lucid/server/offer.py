"""What the server reads of a browser's offer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CANDIDATES = 32
"""Candidates of one transport that are read; a laptop with many networks offers more."""


@dataclass(frozen=True)
class Offer:
    """An offer without what stops aioice."""

    sdp: str
    """Its candidates are addresses that UDP reaches. It never ends the candidates: aioice gives up
    if none of them can be used, but the browser can still reach this server from another address.
    """
    named: tuple[tuple[int, str], ...]
    """The mDNS candidates (``.local``), by the index of their media line. Some networks answer
    their names and others do not: look them up after the answer, which must not wait for them."""


def read_offer(sdp: str) -> Offer:
    """Reduce an offer to the candidates that this server can use, at most 32 per transport.

    A candidate that it cannot use is left out, as is a malformed one.
    """
    session, *sections = _sections(sdp)
    bundled = _bundled(session)
    lines = [line for line in session if not _is_about_candidates(line)]
    named: list[tuple[int, str]] = []
    for index, section in enumerate(sections):
        candidates = [] if bundled & set(section) else list(_candidates(section))[:MAX_CANDIDATES]
        named += [(index, one) for one in candidates if _is_named(one)]
        lines += [line for line in section if not _is_about_candidates(line)]
        lines += [f"a=candidate:{one}" for one in candidates if not _is_named(one)]
    return Offer("".join(f"{line}\r\n" for line in lines), tuple(named))


def _sections(sdp: str) -> list[list[str]]:
    """The lines of the session, then those of each media line."""
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _bundled(session: list[str]) -> set[str]:
    """The ``a=mid`` lines of the media lines that use the transport of another one."""
    groups = [line.split() for line in session if line.startswith("a=group:BUNDLE ")]
    return {f"a=mid:{mid}" for group in groups for mid in group[2:]}


def _is_about_candidates(line: str) -> bool:
    return line.startswith(("a=candidate:", "a=end-of-candidates"))


def _candidates(section: list[str]) -> Iterator[str]:
    for line in section:
        candidate = line.removeprefix("a=candidate:")
        if candidate != line and _is_usable(candidate):
            yield candidate


def _is_usable(candidate: str) -> bool:
    """Whether it is an address or an mDNS name for UDP, RTP and RTCP on one port."""
    parts = candidate.split()
    if len(parts) < 8 or parts[1] != "1" or parts[2].lower() != "udp" or parts[6] != "typ":
        return False
    if not _is_number(parts[3], 2**32) or not _is_number(parts[5], 2**16):
        return False
    return _is_named(candidate) or _is_address(parts[4])


def _is_named(candidate: str) -> bool:
    return candidate.split()[4].lower().endswith(".local")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_number(text: str, end: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) < end
