"""All rules, one file each, in the order of their codes."""

from importlib import import_module
from pkgutil import iter_modules

from lucid.check.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    import_module(f"{__name__}.{module.name}").RULE for module in iter_modules(__path__)
)
