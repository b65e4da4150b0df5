"""The HTTP library of huggingface_hub: requests before version 1.0, httpx since.

The functions import these libraries, so that the import of this module is fast.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lucid.errors import reason

PART_BYTES = 16 * 1024


def uses_requests() -> bool:
    """Return whether huggingface_hub is older than 1.0."""
    from huggingface_hub import errors

    return issubclass(errors.HTTPError, OSError)  # type: ignore[attr-defined] # see http_error


def http_error() -> type[Exception]:
    """Return the base class of the library's errors, such as a refused connection."""
    from huggingface_hub import errors

    base: type[Exception] = errors.HTTPError  # type: ignore[attr-defined] # imported there
    return base.__bases__[0] if uses_requests() else base


@contextmanager
def open_url(
    url: str, headers: Mapping[str, str], timeout_s: float
) -> Iterator[tuple[Any, Iterator[bytes]]]:
    """Send a GET request; yield the response and the parts of its body, without decompression.

    The response of either library has ``status_code``, ``headers``, ``history`` and, if the status
    is an error, ``content``.

    Raises:
        Exception: the class that ``http_error`` returns.
    """
    from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
        get_session,
    )

    session: Any = get_session()
    if uses_requests():
        with session.get(url, headers=headers, timeout=timeout_s, stream=True) as response:
            yield response, _parts(response)
        return
    with session.stream("GET", url, headers=headers, timeout=timeout_s) as response:
        if response.is_error:
            response.read()  # it holds the error's message
        yield response, response.iter_raw(PART_BYTES)


def reason_of(error: BaseException) -> str:
    """Return the innermost message of an error, because requests wraps the system's error."""
    inner: object = error
    while isinstance(inner, BaseException):
        error = inner
        # huggingface_hub before 1.0 puts the id of the request behind the cause in the arguments.
        causes = (*reversed(error.args), getattr(error, "reason", None), error.__cause__)
        inner = next((cause for cause in causes if isinstance(cause, BaseException)), None)
    return reason(error) or type(error).__name__


def _parts(response: Any) -> Iterator[bytes]:
    """Yield the parts of the body; ``iter_content`` of requests would decompress them."""
    from urllib3.exceptions import HTTPError

    try:
        yield from response.raw.stream(PART_BYTES, decode_content=False)
    except HTTPError as error:
        raise http_error()(error) from error
