"""Plan a port of a world that another engine serves."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lucid.errors import ChoiceError, ScaffoldError
from lucid.lock import Remote
from lucid.remote.engine import PROTOCOLS, address_of
from lucid.scaffold.prepare import USABLE

_LONGEST = 2000


def check_url(url: str) -> None:
    """Refuse a text that is not the URL of a server, or that contains a password.

    Raises:
        ScaffoldError: The text is refused. The message says why.
    """
    try:
        parts = urlsplit(url)
        is_server = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_server = False
    if not is_server or parts.scheme not in ("ws", "wss", "http", "https"):
        problem = "is not the URL of a server"
    elif parts.username is not None:
        problem = "holds a password, which would be written into the port"
    elif len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        problem = f"is longer than {_LONGEST} characters, or has some that no URL has"
    else:
        return
    raise ScaffoldError(
        f"{ascii(url)[:200]} {problem}", hint="write it as ws://HOST:PORT/PATH or wss://HOST/PATH"
    )


def remote_world(url: str, protocol: str, answers: Mapping[str, str]) -> Remote:
    """Return the values from which the port of a server is rendered.

    Raises:
        ChoiceError: There is no such protocol, or a port cannot use an answer.
    """
    if protocol not in PROTOCOLS:
        raise ChoiceError(
            f"no protocol is named {protocol!r}", hint=f"one of: {', '.join(PROTOCOLS)}"
        )
    known = PROTOCOLS[protocol]
    values: dict[str, Any] = {"width": known.size[0], "height": known.size[1], "fps": known.fps}
    if unknown := sorted(answers.keys() - values.keys() - {"protocol"}):
        raise ChoiceError(
            f"{unknown[0]!r} is not a setting of another engine's world",
            hint=f"one of: protocol, {', '.join(values)}",
        )
    for name in values.keys() & answers.keys():
        values[name] = _number(name, answers[name])
    return Remote(url=address_of(url, protocol), protocol=protocol, inputs=known.inputs, **values)


def _number(name: str, text: str) -> int | float:
    try:
        value = int(text) if text.isdecimal() else float(text)
    except ValueError:
        value = 0
    is_usable, what = USABLE[name]
    if not is_usable(value):
        raise ChoiceError(f"{name}={ascii(text)[:50]} is not usable", hint=f"write {what}")
    return value
