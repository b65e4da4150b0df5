"""Check what each request to the Hub depends on: this machine's proxy, certificates and token."""

import importlib
import os
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from lucid.errors import MachineError
from lucid.hub.http import uses_requests

_SCHEMES = ("http", "https", "socks5", "socks5h")
_TOKEN = re.compile(r"[!#-&(-~]+")
"""Printable ASCII without spaces and quotation marks."""
_TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@dataclass(frozen=True)
class Proxy:
    """A proxy from an environment variable or from the system's settings."""

    variable: str
    """The environment variable, or "the system's proxy"."""
    address: str
    """Without the login, so that it is safe to print."""


def check_settings() -> None:
    """Refuse settings that make every request fail.

    Raises:
        MachineError: A setting is wrong. The message names its variable or file.
    """
    read_token()
    for scheme in ("http", "https", "all"):
        _check_proxy(scheme)
    try:
        _prepare_requests() if uses_requests() else _open_session()
    except ImportError:
        proxy = _proxy("all") or _proxy("https") or _proxy("http")
        name = proxy.variable if proxy else "the proxy"
        library, package = ("requests", "PySocks") if uses_requests() else ("httpx", "socksio")
        raise MachineError(
            f"{name} is a SOCKS proxy, which needs the package {package}",
            hint=f'pip install "{library}[socks]", or unset {name}',
        ) from None
    except OSError as error:
        raise _certificates(error) from None
    except Exception as error:
        if type(error).__name__ != "InvalidURL":  # its only base is Exception
            raise
        raise MachineError(
            f"NO_PROXY cannot be read: {error}",
            hint="separate hosts by commas, such as localhost,.example.org",
        ) from None


def proxy_for(endpoint: str) -> Proxy | None:
    """Return the proxy for requests to an address."""
    parts = urlsplit(endpoint)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return _proxy(parts.scheme) or _proxy("all")


def read_token() -> str | None:
    """Return the token from HF_TOKEN or `hf auth login`; None if there is none.

    Raises:
        MachineError: It contains a character that no token has, such as a space.
    """
    from huggingface_hub import constants, get_token

    variable = next((name for name in _TOKEN_VARIABLES if os.environ.get(name)), None)
    try:
        token = os.environ[variable].strip() if variable else get_token()
    except UnicodeDecodeError:
        token = "\N{REPLACEMENT CHARACTER}"
    if not token or _TOKEN.fullmatch(token):
        return token or None
    where = variable or constants.HF_TOKEN_PATH
    raise MachineError(
        f"the token in {where} contains {_odd_character(token)}",
        hint=f"export {variable}=hf_..." if variable else "run `hf auth login` to write it again",
    )


def _open_session() -> None:
    """Create the client of httpx, which reads the settings."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
        get_session,
    )

    get_session()


def _prepare_requests() -> None:
    """Read the settings as httpx does; requests reads them later, or under other names.

    Raises:
        ImportError: The package for a SOCKS proxy is not installed.
        OSError: The certificate file contains no certificates.
    """
    proxies = [getproxies().get(scheme, "") for scheme in ("http", "https", "all")]
    if any(address.startswith("socks") for address in proxies):
        importlib.import_module("socks")
    if certificates := os.environ.get("SSL_CERT_FILE"):
        ssl.create_default_context(cafile=certificates)
        os.environ.setdefault("REQUESTS_CA_BUNDLE", certificates)


def _odd_character(token: str) -> str:
    odd = next(char for char in token if not _TOKEN.fullmatch(char))
    if odd in "\"'`\u2018\u2019\u201c\u201d":
        return "quotation marks"
    if odd == "\ufeff":
        return "a byte order mark (BOM)"
    if odd == "\N{REPLACEMENT CHARACTER}":
        return "bytes that are not UTF-8"
    if odd.isspace():
        return "a line break" if odd in "\r\n" else "a space"
    return f"the character U+{ord(odd):04X}"


def _check_proxy(scheme: str) -> None:
    proxy = _proxy(scheme)
    if proxy is None:
        return
    try:
        address = getproxies()[scheme].strip()
        parts = urlsplit(address if "://" in address else f"http://{address}")
        fits = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or a bracket is not closed
        fits = False
    if not fits:
        raise MachineError(
            f"{proxy.variable} is {proxy.address!r}: not the address of an HTTP or SOCKS proxy",
            hint=f"set it to an address such as http://HOST:8080, or unset {proxy.variable}",
        )


def _proxy(scheme: str) -> Proxy | None:
    address = getproxies().get(scheme)
    if not address:
        return None
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    variable = next((name for name in names if os.environ.get(name)), "the system's proxy")
    return Proxy(variable, re.sub(r"(?<=//)[^/]*@|^[^/]*@", "", address))


def _certificates(error: OSError) -> MachineError:
    """Return the error for an HTTP client that cannot load the trusted certificates."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := os.environ.get(name):
            reason = "does not exist" if not os.path.exists(path) else "contains no certificates"  # noqa: PTH110 - any text is allowed
            return MachineError(
                f"{name} is {path!r}, which {reason}",
                hint=f"name a PEM file of certificates, or unset {name}",
            )
    return MachineError(
        f"the trusted certificates cannot be loaded: {error}",
        hint="pip install --force-reinstall certifi",
    )
