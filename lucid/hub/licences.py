"""Look up what a licence of model weights forbids or requires, in ``templates/licences.toml``."""

import re

from lucid._data import read_toml
from lucid.hub.facts import Fact


def licence_limits(licence: Fact[str] | None) -> Fact[str] | None:
    """Return the limits of a licence; None if Lucid does not know its name."""
    name = licence.value.lower() if licence else ""
    for pattern, limits in read_toml("templates/licences.toml")["limits"].items():
        if licence and re.fullmatch(pattern, name):
            return Fact(value=limits, evidence=licence.evidence)
    return None
