"""Prepare a browser's offer for aiortc: keep only the ICE candidates that the server can use."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CANDIDATES = 32
"""Maximum number of candidates per transport; a laptop with many networks may offer more."""


@dataclass(frozen=True)
class Offer:
    """An offer that aioice accepts, and its mDNS candidates."""

    sdp: str
    """The offer with UDP candidates that are IP addresses. It never signals the end of candidates:
    aioice would then give up if it can use none of them, although the browser may still reach this
    server from another address."""
    named: tuple[tuple[int, str], ...]
    """The mDNS candidates (``.local``) with the index of their media line. Look them up after the
    answer, because the lookup may take long or fail."""


def read_offer(sdp: str) -> Offer:
    """Read an offer; keep at most 32 usable candidates per transport, and drop malformed ones."""
    session, *sections = _sections(sdp)
    bundled = _bundled(session)
    lines = [line for line in session if not _is_about_candidates(line)]
    named: list[tuple[int, str]] = []
    for index, section in enumerate(sections):
        candidates = [] if bundled & set(section) else list(_candidates(section))[:MAX_CANDIDATES]
        named += [(index, text) for text in candidates if _is_named(text)]
        lines += [line for line in section if not _is_about_candidates(line)]
        lines += [f"a=candidate:{text}" for text in candidates if not _is_named(text)]
    return Offer("".join(f"{line}\r\n" for line in lines), tuple(named))


def _sections(sdp: str) -> list[list[str]]:
    """Split SDP into the lines of the session and the lines of each media section."""
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _bundled(session: list[str]) -> set[str]:
    """Return the ``a=mid`` lines of media sections that use the transport of another section."""
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
    """Return whether a candidate is UDP, for RTP, with an IP address or an mDNS name."""
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
