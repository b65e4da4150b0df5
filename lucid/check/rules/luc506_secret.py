"""LUC506: a token stands in the source."""

import re

from lucid.check.nodes import literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_TOKEN = re.compile(
    r"hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{32,}|AKIA[A-Z0-9]{16}"
)


@rule(
    "LUC506",
    message="this looks like an access token: revoke it, and read it from the environment",
    why="Whoever gets the port gets the account.",
)
def secret(port: Port) -> Findings:
    for module in port.modules.values():
        for text in module.strings:
            if isinstance(value := literal(text), str) and _TOKEN.search(value):
                yield secret.at(module, text)
