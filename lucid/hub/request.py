"""Send a request to the Hub, repeat it while the Hub is busy, and explain its errors.

The functions import huggingface_hub, so that the import of this module is fast.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lucid.errors import (
    HubError,
    HubRateLimitError,
    HubUnreachableError,
    LucidError,
    MachineError,
    RepoGatedError,
    RepoNotFoundError,
    RevisionNotFoundError,
)
from lucid.hub.http import http_error, reason_of
from lucid.hub.network import check_settings, proxy_for

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_TRIES = 3
MAX_WAIT_S = 5.0
"""If the Hub asks for a longer pause, the request fails at once."""
_BUSY = (429, 500, 502, 503, 504)
_STATUS_407 = re.compile(r"(?<![\w.:=])407\b")
"""The status in an error's text, not the digits of a port or of an object's address."""


@dataclass(frozen=True)
class Place:
    """The repo of a request, for error messages."""

    repo: str
    revision: str
    endpoint: str


def ask(request: Callable[[], T], place: Place, sleep: Callable[[float], None] = time.sleep) -> T:
    """Call ``request``, which uses huggingface_hub; repeat it while the Hub is busy.

    Raises:
        HubError: The repo, the revision or the Hub does not exist, or refuses access.
        MachineError: A proxy, a certificate or a token of this machine is set wrongly.
        EntryNotFoundError: huggingface_hub's own error for a missing file.
    """
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, OfflineModeIsEnabled

    check_settings()
    tries = 1
    while True:
        try:
            return request()
        except OfflineModeIsEnabled:
            raise HubUnreachableError(
                f"HF_HUB_OFFLINE is set, and the cache does not have {place.repo} at "
                f"{place.revision}",
                hint="unset HF_HUB_OFFLINE, or name a local folder",
            ) from None
        except EntryNotFoundError:
            raise
        except HfHubHTTPError as error:
            wait_s = _wait_s(error, tries)
            if wait_s is None or wait_s > MAX_WAIT_S or tries == MAX_TRIES:
                raise _explain(error, place) from None
        except http_error() as error:
            if "Timeout" not in type(error).__name__ or tries == MAX_TRIES:
                raise _explain_connection(error, place) from None
            wait_s = _backoff_s(tries)
        logger.warning("the Hub is busy; trying again in %g s", wait_s)
        sleep(wait_s)
        tries += 1


def _explain(error: HfHubHTTPError, place: Place) -> LucidError:
    """Return the error for an HTTP status that means failure."""
    from huggingface_hub import errors

    # GatedRepoError is a RepositoryNotFoundError, so its test comes first.
    if isinstance(error, errors.GatedRepoError):
        return RepoGatedError(
            f"{place.repo} is gated: its terms must be accepted first",
            hint=f"accept them at {place.endpoint}/{place.repo}, then run `hf auth login` "
            "or set HF_TOKEN",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return RevisionNotFoundError(
            f"{place.repo} has no revision {place.revision!r}",
            hint="name a branch, a tag or a commit, or name none for main",
        )
    status = error.response.status_code
    if status == 407:
        return _proxy_wants_login(place)
    if status == 401 and "Invalid credentials" in str(error):
        return HubError(
            "the Hub does not accept your token",
            hint="run `hf auth login`, set HF_TOKEN to a valid token, or unset it",
        )
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
        return RepoNotFoundError(
            f"{place.repo} is not on the Hub, or it is private",
            hint="check the spelling; for a private repo run `hf auth login` or set HF_TOKEN",
        )
    if isinstance(error, errors.DisabledRepoError) or status == 403:
        return HubError(
            f"the Hub refuses access to {place.repo}: {_first_line(error)}",
            hint=f"check {place.endpoint}/{place.repo} and the permissions of your token",
        )
    if status == 429:
        return HubRateLimitError(
            "the Hub received too many requests from this address",
            hint=f"try again in {_pause_s(error) or 60:g} s; a token (HF_TOKEN) raises the limit",
        )
    return HubUnreachableError(
        f"the Hub could not answer: {_first_line(error)}",
        hint="try again later; https://status.huggingface.co shows the Hub's state",
    )


def _explain_connection(error: Exception, place: Place) -> LucidError:
    """Return the error for a request that got no answer."""
    text = reason_of(error)
    if _STATUS_407.search(text) and "Proxy" in type(error).__name__:
        return _proxy_wants_login(place)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return HubUnreachableError(
            f"this machine does not trust the certificate of {place.endpoint}",
            hint="if a proxy decrypts HTTPS, set SSL_CERT_FILE to a PEM file with its certificate; "
            "also check this machine's clock",
        )
    proxy = proxy_for(place.endpoint)
    if proxy:
        return HubUnreachableError(
            f"{place.endpoint} cannot be reached through the proxy {proxy.address}: {text}",
            hint=f"check or unset {proxy.variable}, or name a local folder",
        )
    return HubUnreachableError(
        f"{place.endpoint} cannot be reached: {text}",
        hint="check the network, the proxy and HF_ENDPOINT, or name a local folder",
    )


def _proxy_wants_login(place: Place) -> MachineError:
    proxy = proxy_for(place.endpoint)
    name = proxy.variable if proxy else "HTTPS_PROXY"
    return MachineError(
        f"the proxy {proxy.address if proxy else 'of this network'} requires a login (407)",
        hint=f"set {name} to http://USER:PASSWORD@HOST:PORT",
    )


def _wait_s(error: HfHubHTTPError, tries: int) -> float | None:
    """Return how long to wait for a busy Hub; None if waiting does not help."""
    if error.response.status_code not in _BUSY:
        return None
    pause_s = _pause_s(error)
    return _backoff_s(tries) if pause_s is None else pause_s


def _pause_s(error: HfHubHTTPError) -> float | None:
    """Return the pause that the Hub's headers ask for."""
    headers = error.response.headers
    limit = re.search(r"\bt=(\d+)", headers.get("ratelimit", ""))
    pause = headers.get("retry-after", limit[1] if limit else "")
    return float(pause) if re.fullmatch(r"\d{1,6}", pause, re.ASCII) else None


def _backoff_s(tries: int) -> float:
    return 0.5 * float(2 ** (tries - 1))


def _first_line(error: HfHubHTTPError) -> str:
    return str(error).strip().splitlines()[0]
