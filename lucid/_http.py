"""Ask a server for a page."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

MAX_PAGE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class HttpAnswer:
    """What a server answered, or why there is no answer."""

    ms: float
    status: int | None = None
    body: str = ""
    location: str | None = None
    error: Exception | None = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def ask(url: str, tls: ssl.SSLContext, timeout_s: float = 5.0) -> HttpAnswer:
    """Get a page; errors are part of the answer, and redirects are not followed."""
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=tls))
    started_s = time.monotonic()
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            body = answer.read(MAX_PAGE_BYTES).decode("utf-8", "replace")
            return HttpAnswer(ms_since(started_s), answer.status, body)
    except urllib.error.HTTPError as answer:
        with answer:
            body = answer.read(MAX_PAGE_BYTES).decode("utf-8", "replace")
        location = answer.headers.get("location")
        return HttpAnswer(ms_since(started_s), answer.code, body, location)
    except urllib.error.URLError as error:
        reason = error.reason
        cause = reason if isinstance(reason, Exception) else error
        return HttpAnswer(ms_since(started_s), error=cause)
    except (OSError, http.client.HTTPException) as error:
        return HttpAnswer(ms_since(started_s), error=error)


def ms_since(started_s: float) -> float:
    """Return the milliseconds since a time of the monotonic clock."""
    return (time.monotonic() - started_s) * 1000
