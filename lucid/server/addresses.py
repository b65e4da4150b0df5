"""The names and addresses of a server, as browsers write them."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import ifaddr

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARD = ("0.0.0.0", "::")

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)(?:%[\w.%-]+)?\]|([a-z0-9_.-]+))(?::([0-9]{1,5}))?", re.I)
_PREFIX = re.compile(r"(?:/[\w.~%@:+-]+)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PUBLIC = {socket.AF_INET: "8.8.8.8", socket.AF_INET6: "2001:4860:4860::8888"}


@dataclass(frozen=True)
class PublicUrl:
    """The URL of a proxy, tunnel or NAT in front of the server."""

    origin: str
    """In the form of ``read_origin``."""
    prefix: str = ""
    """The path before the server's own, such as ``/user/me/proxy/8420``; it has no final slash."""

    @property
    def base(self) -> str:
        """The URL of the player page."""
        return f"{self.origin}{self.prefix}/"


def canonical(name: str) -> str:
    """Return a name or address as a browser sends it: lower case, IP addresses normalized."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        return str(getattr(address, "ipv4_mapped", None) or address)
    try:
        return socket.inet_ntoa(socket.inet_aton(name))  # short forms, for example 0 or 127.1
    except (OSError, UnicodeError):
        return name.lower()


def is_loopback(name: str) -> bool:
    """Return whether only this machine can reach the name."""
    name = canonical(name)
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def with_port(name: str, tcp_port: int | None) -> str:
    """Return ``name:port`` as in a URL, with brackets around an IPv6 address."""
    host = f"[{name.replace('%', '%25')}]" if ":" in name else name
    return host if tcp_port is None else f"{host}:{tcp_port}"


def read_host(text: str) -> str | None:
    """Normalize a ``Host`` header (a host with or without a TCP port); None if it is invalid."""
    match = _HOST.fullmatch(text)
    if match is None or len(text) > 255:
        return None
    ipv6, name, tcp_port = match.groups()
    if ipv6 is not None and ":" not in (ipv6 := canonical(ipv6)):
        return None
    return with_port(ipv6 or canonical(name), int(tcp_port) if tcp_port else None)


def read_origin(url: str) -> str | None:
    """Normalize an origin such as ``https://example.org``; None if the URL is not an origin.

    The default TCP port is left out, as browsers do.
    """
    try:
        parts = urlsplit(url)
        name, tcp_port = parts.hostname, parts.port
    except ValueError:
        return None
    default = _DEFAULT_PORTS.get(parts.scheme)
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if default is None or name is None or more:
        return None
    try:
        name = name if ":" in name else name.encode("idna").decode()
    except UnicodeError:
        return None
    host = read_host(with_port(name, None if tcp_port == default else tcp_port))
    return None if host is None else f"{parts.scheme}://{host}"


def read_public_url(url: str) -> PublicUrl | None:
    """Read a URL that may have a path, such as ``https://example.org/lab/``; None if invalid."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    origin = read_origin(f"{parts.scheme}://{parts.netloc}")
    prefix = parts.path.rstrip("/")
    if origin is None or parts.query or parts.fragment or not _PREFIX.fullmatch(prefix):
        return None
    return PublicUrl(origin, prefix)


def hosts_of(origin: str) -> set[str]:
    """Return the possible ``Host`` headers for an origin, with and without a default TCP port."""
    parts = urlsplit(origin)
    if parts.port is not None:
        return {parts.netloc}
    return {parts.netloc, f"{parts.netloc}:{_DEFAULT_PORTS[parts.scheme]}"}


def name_of(origin: str) -> str:
    """Return the name or address in an origin, without the brackets of IPv6."""
    return urlsplit(origin).hostname or ""


def printed_names(bind: str) -> list[str]:
    """Return the addresses that a user can type to reach the server, the best first.

    The address of the default route comes before other interfaces (Docker, WSL, VPN).
    """
    if bind not in WILDCARD:
        return [bind]
    ipv4 = _own_addresses(socket.AF_INET)
    if bind == "0.0.0.0":
        return ipv4
    ipv6 = _own_addresses(socket.AF_INET6)
    return [*ipv4, *ipv6] if socket.has_dualstack_ipv6() else ipv6


def names_of(bind: str) -> Iterable[str]:
    """Return every name and address of a server that is bound to an address."""
    if bind not in WILDCARD:
        return dict.fromkeys((bind, *LOOPBACK)) if is_loopback(bind) else (bind,)
    name = socket.gethostname().lower()
    every = [canonical(address) for address in _interfaces()]
    return dict.fromkeys((*printed_names(bind), *LOOPBACK, *every, name, f"{name}.local"))


def _own_addresses(family: socket.AddressFamily) -> list[str]:
    """Return this machine's addresses: default route first, loopback last, no link-local."""
    version = 4 if family == socket.AF_INET else 6
    every = [ipaddress.ip_address(address.partition("%")[0]) for address in _interfaces()]
    usable = [ip for ip in every if ip.version == version and not ip.is_link_local]
    usable.sort(key=lambda ip: ip.is_loopback)
    names = [*_default_address(family), *map(str, usable)]
    return list(dict.fromkeys(names)) or [LOOPBACK[0] if version == 4 else LOOPBACK[2]]


def _default_address(family: socket.AddressFamily) -> list[str]:
    """Return the address of the default route in a list, which is empty without a route."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_PUBLIC[family], 53))  # looks up the route; UDP sends no packet here
            return [probe.getsockname()[0]]
    except OSError:
        return []


def _interfaces() -> list[str]:
    addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return [ip if isinstance(ip, str) else ip[0] for ip in addresses]
