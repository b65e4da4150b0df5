"""What licences of model weights forbid or ask, in one plain sentence each."""

from __future__ import annotations

import re

from lucid.hub.facts import Fact

_LIMITS = (
    (r".*\bnc\b.*|.*non-?commercial.*", "non-commercial: no commercial use of the weights"),
    (
        r"(microsoft-)?research.*|.*-research(-.*)?",
        "research only: no commercial use of the weights",
    ),
    (
        r"tencent-hunyuan.*",
        "not licensed in the European Union, the United Kingdom and South Korea; services with "
        "more than 100 million monthly users need a licence of their own",
    ),
    (r"nvidia-open-model.*", "commercial use allowed; bypassing its guardrails ends the licence"),
    (r".*openrail.*|creativeml.*", "commercial use allowed, but not the uses it lists"),
    (r"agpl.*|gpl.*", "copyleft: what you distribute with it falls under the same licence"),
    (r"cc-by-sa.*", "share alike: what is made from it falls under the same licence"),
    (r"(apache|mit|bsd|isc|cc-by-4|cc0|unlicense|wtfpl).*", "commercial use allowed"),
)


def licence_limits(licence: Fact[str] | None) -> Fact[str] | None:
    """The limits of a licence that is known by its name; None where they must be read."""
    if licence is None:
        return None
    name = licence.value.lower()
    for pattern, limits in _LIMITS:
        if re.fullmatch(pattern, name):
            return Fact(value=limits, evidence=licence.evidence)
    return None
