"""The Hugging Face Hub: one request for the list of files, then small config files, never weights.

The only importer of huggingface_hub, and only inside functions, so that importing this is light.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from lucid.errors import (
    HubError,
    HubRateLimitError,
    HubUnreachableError,
    RepoGatedError,
    RepoNotFoundError,
    RevisionNotFoundError,
)
from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import MAX_CONFIG_BYTES, RepoSnapshot, config_paths

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo
    from huggingface_hub.errors import HfHubHTTPError

logger = logging.getLogger(__name__)
T = TypeVar("T")

DEFAULT_REVISION = "main"
TIMEOUT_S = 10.0
MAX_TRIES = 3
MAX_WAIT_S = 5.0
"""A Hub that asks for a longer pause is not asked again: the user hears of it at once."""

_CLIENT_NAME = "lucid-runtime"
_ENDPOINT = re.compile(r"https?://[\w.:\[\]-]+(/\S*)?", re.ASCII)
_REPO_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_snapshot(
    repo: str,
    revision: str | None = None,
    *,
    endpoint: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> RepoSnapshot:
    """A repo at the commit that ``revision`` (by default main) points to now.

    ``endpoint`` is by default huggingface_hub's own, which HF_ENDPOINT sets.

    Raises:
        HubError: the repo, the revision or the Hub itself is not there, or not open to you.
    """
    hub = _Hub(repo, revision or DEFAULT_REVISION, endpoint, sleep)
    listing = hub.listing()
    configs = {path: hub.read(path, listing) for path in config_paths(listing.files)}
    return replace(
        listing, configs={path: data for path, data in configs.items() if data is not None}
    )


class _Hub:
    """Requests about one repo, with a few retries, and with errors in the user's words."""

    def __init__(
        self, repo: str, revision: str, endpoint: str | None, sleep: Callable[[float], None]
    ) -> None:
        from huggingface_hub import constants

        self._repo = repo
        self._revision = revision
        self._endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self._sleep = sleep
        if not _ENDPOINT.fullmatch(self._endpoint):
            raise HubUnreachableError(
                f"the Hub's address {self._endpoint!r} is not a URL",
                hint="set HF_ENDPOINT to one such as https://huggingface.co, or unset it",
            )

    def listing(self) -> RepoSnapshot:
        """Commit and files. Asked first: this fails at once where a download would stall."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HFValidationError

        api = HfApi(endpoint=self._endpoint, library_name=_CLIENT_NAME)
        try:
            return self._ask(
                lambda: _as_snapshot(
                    api.model_info(
                        self._repo,
                        revision=self._revision,
                        files_metadata=True,
                        timeout=TIMEOUT_S,
                    ),
                    self._revision,
                )
            )
        except HFValidationError:
            raise RepoNotFoundError(
                f"{self._repo!r} cannot be a repo's name",
                hint="write ORG/NAME, such as Overworld/Waypoint-1.5-1B, or a folder as ./NAME",
            ) from None
        except (AttributeError, LookupError, TypeError, ValueError):
            raise HubUnreachableError(
                f"{self._endpoint} answered, but not as the Hub does",
                hint="check HF_ENDPOINT, and whether a proxy or a login page is in between",
            ) from None

    def read(self, path: str, listing: RepoSnapshot) -> bytes | None:
        """A file's content; None where it is gone, or larger than it was listed."""
        from huggingface_hub import get_session, hf_raise_for_status
        from huggingface_hub.errors import EntryNotFoundError
        from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
            build_hf_headers,
        )

        url = f"{self._endpoint}/{listing.repo}/resolve/{listing.commit}/{quote(path)}"
        headers = build_hf_headers(library_name=_CLIENT_NAME)

        def get() -> bytes | None:
            with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT_S) as response:
                if response.is_error:
                    response.read()  # the error's message is in it
                hf_raise_for_status(response)
                data = bytearray()
                for part in response.iter_bytes():
                    data += part
                    if len(data) > MAX_CONFIG_BYTES:
                        return None
                return bytes(data)

        try:
            return self._ask(get)
        except EntryNotFoundError:
            return None

    def _ask(self, request: Callable[[], T]) -> T:
        from huggingface_hub.errors import (  # type: ignore[attr-defined] # see HTTPError below
            EntryNotFoundError,
            HfHubHTTPError,
            HTTPError,
            OfflineModeIsEnabled,
        )

        tries = 1
        while True:
            try:
                return request()
            except OfflineModeIsEnabled:
                raise HubUnreachableError(
                    "the Hub is switched off by HF_HUB_OFFLINE",
                    hint="unset HF_HUB_OFFLINE, or name a local folder",
                ) from None
            except EntryNotFoundError:
                raise
            except HfHubHTTPError as error:
                wait_s = _wait_s(error)
                if wait_s is None or wait_s > MAX_WAIT_S or tries == MAX_TRIES:
                    raise self._explain(error) from None
            except HTTPError as error:  # of the HTTP library that this huggingface_hub is built on
                raise HubUnreachableError(
                    f"{self._endpoint} cannot be reached: {error}",
                    hint="check the network, the proxy and HF_ENDPOINT; a local folder works too",
                ) from None
            logger.warning("the Hub is busy; trying again in %g s", wait_s)
            self._sleep(wait_s)
            tries += 1

    def _explain(self, error: HfHubHTTPError) -> HubError:
        from huggingface_hub import errors

        # GatedRepoError is a RepositoryNotFoundError: it must be asked for first.
        if isinstance(error, errors.GatedRepoError):
            return RepoGatedError(
                f"{self._repo} is gated: its terms must be accepted first",
                hint=f"accept them at {self._endpoint}/{self._repo}, then run `hf auth login` "
                "or set HF_TOKEN",
            )
        if isinstance(error, errors.RevisionNotFoundError):
            return RevisionNotFoundError(
                f"{self._repo} has no revision {self._revision!r}",
                hint="name a branch, a tag or a commit; without --revision it is main",
            )
        status = error.response.status_code
        if status == 401 and "Invalid credentials" in str(error):
            return HubError(
                "the Hub does not accept your token",
                hint="run `hf auth login`, or set HF_TOKEN to a valid token or unset it",
            )
        if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
            return RepoNotFoundError(
                f"{self._repo} is not on the Hub, or it is private",
                hint="check the spelling; for a private repo run `hf auth login` or set HF_TOKEN",
            )
        if isinstance(error, errors.DisabledRepoError) or status == 403:
            return HubError(
                f"the Hub refuses access to {self._repo}: {_first_line(error)}",
                hint=f"see {self._endpoint}/{self._repo}, and what your token may read",
            )
        if status == 429:
            wait_s = _wait_s(error)
            return HubRateLimitError(
                "the Hub gets too many requests from here",
                hint=f"try again in {wait_s or 60:g} s; a token (HF_TOKEN) raises the limit",
            )
        return HubUnreachableError(
            f"the Hub could not answer: {_first_line(error)}",
            hint="try again later; https://status.huggingface.co says how the Hub is",
        )


def _as_snapshot(info: ModelInfo, revision: str) -> RepoSnapshot:
    """The Hub's answer as a snapshot without configs; ValueError where it is no such answer."""
    if not _REPO_ID.fullmatch(info.id) or not _COMMIT.fullmatch(info.sha or ""):
        raise ValueError("no repo id or no commit")
    files = tuple(
        RepoFile(
            path=sibling.rfilename,
            size_bytes=sibling.size,
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
        )
        for sibling in info.siblings or ()
    )
    return RepoSnapshot(
        repo=info.id,
        revision=revision,
        commit=info.sha,
        files=files,
        configs={},
        gated=None if info.gated is None else bool(info.gated),
    )


def _wait_s(error: HfHubHTTPError) -> float | None:
    """How long a busy Hub wants to be left alone; None where waiting does not help."""
    response = error.response
    if response.status_code not in (429, 503):
        return None
    limit = re.search(r"\bt=(\d+)", response.headers.get("ratelimit", ""))
    pause = response.headers.get("retry-after", limit[1] if limit else "")
    return float(pause) if pause.isdecimal() else 1.0


def _first_line(error: HfHubHTTPError) -> str:
    return str(error).strip().splitlines()[0]
