"""All rules, one file each, in the order of their codes."""

from importlib import import_module
from pkgutil import iter_modules

from lucid.check.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    value
    for module in iter_modules(__path__)
    for value in vars(import_module(f"{__name__}.{module.name}")).values()
    if isinstance(value, Rule)
)
