"""All rules, in the order of their codes."""

from importlib import import_module
from operator import attrgetter
from pkgutil import iter_modules

from lucid.check.rule import Rule

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (rule for module in _MODULES for rule in vars(module).values() if isinstance(rule, Rule)),
        key=attrgetter("code"),
    )
)
