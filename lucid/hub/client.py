"""Read a repo from the Hugging Face Hub: the list of files, then configs and weights' headers.

The functions import huggingface_hub, so that the import of this module is fast.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from lucid.errors import (
    HubError,
    HubUnreachableError,
    RepoGatedError,
    RepoNameError,
    RepoNotFoundError,
)
from lucid.hub.derived import has_no_weights
from lucid.hub.facts import CARD_BYTES, NOT_PINNED, Cost, RepoFile
from lucid.hub.http import open_url
from lucid.hub.listing import REPO_ID, read_listing
from lucid.hub.request import Place, ask
from lucid.hub.snapshot import (
    COMMIT,
    MAX_CONFIG_BYTES,
    MAX_OPENED,
    Opened,
    RepoSnapshot,
    config_paths,
    open_weights,
)
from lucid.hub.weights.copies import worth_opening
from lucid.hub.weights.facts import ReadRange, UnreadableWeightsError

T = TypeVar("T")

DEFAULT_REVISION = "main"
TIMEOUT_S = 10.0
DEADLINE_S = 30.0
"""Limit for the body of one response; a slower server is cut off."""
MAX_REQUESTS = 11
"""On a cold start, huggingface_hub may send one more request."""
MAX_BYTES = 280_000
"""Limit for all bodies. If the list of files needs more, AFTER_LISTING_BYTES may follow it."""
AFTER_LISTING_BYTES = 100_000
MAX_LISTING_BYTES = 32 * 1024 * 1024

_CLIENT_NAME = "lucid-runtime"
_ENDPOINT = re.compile(r"https?://[\w.:\[\]-]+(/\S*)?", re.ASCII)


def hub_snapshot(
    repo: str,
    revision: str | None = None,
    *,
    endpoint: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
    public_part: bool = False,
) -> RepoSnapshot:
    """Read a repo at the commit that ``revision`` (default: main) points to now.

    ``endpoint`` defaults to the endpoint of huggingface_hub, which HF_ENDPOINT sets. If you have no
    access to a gated repo, ``public_part`` returns its list of files and its card instead of
    raising RepoGatedError.

    Raises:
        HubError: The repo, the revision or the Hub does not exist, or refuses access.
    """
    hub = _Hub(repo, revision or DEFAULT_REVISION, endpoint, sleep)
    snapshot = hub.listing()
    try:
        configs = {path: hub.read(path, snapshot) for path in config_paths(snapshot.files)}
        snapshot = replace(
            snapshot,
            configs={path: data for path, data in configs.items() if data is not None},
            opened=tuple(hub.look_into(snapshot)),
            same_name=hub.same_name(snapshot),
        )
    except RepoGatedError:
        if not (public_part and snapshot.gated):
            raise
        snapshot = replace(snapshot, access_refused=True)
    return replace(snapshot, cost=Cost(requests=hub.requests, received_bytes=hub.received_bytes))


def list_files(repo: str, commit: str, endpoint: str | None = None) -> tuple[RepoFile, ...]:
    """Return the files of a repo at a commit.

    Raises:
        HubError: See ``hub_snapshot``.
    """
    return _Hub(repo, commit, endpoint, time.sleep).listing().files


def read_parts(
    repo: str, revision: str, endpoint: str | None = None
) -> tuple[RepoSnapshot, Callable[[str], ReadRange]]:
    """Return the list of a repo's files, and a function that returns the reader of a file.

    Unlike an inspection, the reads have no limit.

    Raises:
        HubError: See ``hub_snapshot``.
    """
    hub = _Hub(repo, revision, endpoint, time.sleep, has_budget=False)
    listing = hub.listing()
    return listing, lambda path: partial(hub.range, _url(path, listing))


def repo_listing(repo: str, revision: str | None) -> RepoSnapshot:
    """Return the commit and the files of ``revision`` (default: main), in one request.

    Raises:
        HubError: See ``hub_snapshot``.
    """
    hub = _Hub(repo, revision or DEFAULT_REVISION, None, time.sleep)
    listing = hub.listing(suggests=False)
    return replace(listing, cost=Cost(requests=hub.requests, received_bytes=hub.received_bytes))


def current_commit(repo: str, revision: str | None) -> str:
    """Return the commit that ``revision`` (default: main) points to now; it may be ``NOT_PINNED``.

    Raises:
        HubError: See ``hub_snapshot``.
    """
    wanted = revision or DEFAULT_REVISION
    if COMMIT.fullmatch(wanted):
        return wanted
    commit = repo_listing(repo, wanted).commit
    assert commit is not None, "the Hub's answer has no commit"
    return commit


def hub_endpoint() -> str:
    """Return the Hub's address, which HF_ENDPOINT sets."""
    from huggingface_hub import constants

    return constants.ENDPOINT


class _CutOffError(Exception):
    """The body is too long or too slow, or is not the requested range."""


class _Hub:
    """Sends requests about one repo, within a budget."""

    def __init__(
        self,
        repo: str,
        revision: str,
        endpoint: str | None,
        sleep: Callable[[float], None],
        *,
        has_budget: bool = True,
    ) -> None:
        self._place = Place(repo, revision, (endpoint or hub_endpoint()).rstrip("/"))
        self._sleep = sleep
        self.requests = 0
        self.received_bytes = 0
        self._limit_bytes = MAX_BYTES if has_budget else sys.maxsize
        self._most_requests = MAX_REQUESTS if has_budget else sys.maxsize
        if not _ENDPOINT.fullmatch(self._place.endpoint):
            raise HubUnreachableError(
                f"the Hub's address {self._place.endpoint!r} is not a URL",
                hint="set HF_ENDPOINT to a URL such as https://huggingface.co, or unset it",
            )
        _check_repo_name(repo)

    def listing(self, *, suggests: bool = True) -> RepoSnapshot:
        """Return the commit, the files and the card's front matter.

        If there is no such repo, one more request finds similar names, which the error suggests.
        """
        place = self._place
        url = f"{place.endpoint}/api/models/{place.repo}/revision/{quote(place.revision, safe='')}"
        try:
            data = self._ask(
                lambda: self._get(f"{url}?blobs=true&securityStatus=true", MAX_LISTING_BYTES)
            )
            self._limit_bytes = max(self._limit_bytes, self.received_bytes + AFTER_LISTING_BYTES)
            return read_listing(json.loads(data), place)
        except _CutOffError:
            raise HubUnreachableError(
                f"the list of {place.repo}'s files is longer than "
                f"{MAX_LISTING_BYTES // 1024**2} MB, or arrived too slowly",
                hint="try again later, or download a part of the repo and name that folder",
            ) from None
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
            raise HubUnreachableError(
                f"{place.endpoint} answered, but it does not seem to be the Hub",
                hint="check HF_ENDPOINT, and whether a proxy or a login page answered instead",
            ) from None
        except RepoNotFoundError as error:
            if not suggests or not (similar := self._similar()):
                raise
            hint = f"did you mean {' or '.join(similar)}? A private repo needs `hf auth login`"
            raise RepoNotFoundError(error.message, hint=hint) from None

    def same_name(self, listing: RepoSnapshot) -> tuple[str, ...]:
        """Return the repos of other owners with the same name, if this repo has no weights."""
        if not has_no_weights(listing.files) or self.requests >= self._most_requests:
            return ()
        name = listing.repo.rpartition("/")[2].casefold()
        found = [repo for repo in self._search(name) if repo != listing.repo]
        return tuple(repo for repo in found if repo.rpartition("/")[2].casefold() == name)

    def _similar(self) -> list[str]:
        """Return up to three repos of a similar name; neither case nor ORG must match."""
        asked = self._place.repo.casefold()
        repos = self._search(asked.rpartition("/")[2])
        repos.sort(key=lambda repo: SequenceMatcher(None, repo.casefold(), asked).ratio())
        return repos[:-4:-1]

    def _search(self, name: str) -> list[str]:
        """Return up to 20 repos that the Hub finds by a name, the most downloaded first."""
        place = self._place
        url = f"{place.endpoint}/api/models?limit=20&sort=downloads&search={quote(name, safe='')}"
        try:
            found = json.loads(self._ask(lambda: self._get(url, AFTER_LISTING_BYTES)))
            return [str(each["id"]) for each in found if REPO_ID.fullmatch(str(each["id"]))]
        except (HubError, _CutOffError, LookupError, TypeError, ValueError, RecursionError):
            return []

    def read(self, path: str, listing: RepoSnapshot) -> bytes | None:
        """Return a config's content; None if it is missing or too large, or beyond the budget."""
        from huggingface_hub.errors import EntryNotFoundError

        room = min(MAX_CONFIG_BYTES, self._limit_bytes - self.received_bytes)
        if room <= 0 or self.requests >= self._most_requests:
            return None
        size = next((file.size_bytes for file in listing.files if file.path == path), None)
        long_card = path == "README.md" and (size is None or size > CARD_BYTES)
        span = (0, CARD_BYTES) if long_card else None
        try:
            return self._ask(lambda: self._get(_url(path, listing), room, span))
        except (EntryNotFoundError, _CutOffError):
            return None

    def look_into(self, listing: RepoSnapshot) -> list[Opened]:
        """Read the headers of the most informative weights, as far as the budget allows."""
        opened: list[Opened] = []
        for file in worth_opening(listing.files)[:MAX_OPENED]:
            if self.requests + 2 > self._most_requests or self.received_bytes >= self._limit_bytes:
                break
            try:
                opened.append(open_weights(file, partial(self.range, _url(file.path, listing))))
            except HubError as error:  # the rest of the report is valid without it
                opened.append(Opened(file.path, None, error.message))
        return opened

    def range(self, url: str, start: int, length: int) -> bytes:
        """Return a part of a file; see ``ReadRange``."""
        from huggingface_hub.errors import EntryNotFoundError

        length = min(length, self._limit_bytes - self.received_bytes)
        if (
            self.requests + 2 > self._most_requests or length <= 0
        ):  # the Hub redirects large files once
            raise UnreadableWeightsError(
                "the inspection has reached its limit of requests or bytes"
            )
        try:
            return self._ask(lambda: self._get(url, length, (start, length)))
        except EntryNotFoundError:
            raise UnreadableWeightsError("the Hub does not serve the file") from None
        except _CutOffError:
            raise UnreadableWeightsError(
                "the server ignores Range requests, so the file was cut off"
            ) from None

    def _ask(self, request: Callable[[], T]) -> T:
        return ask(request, self._place, self._sleep)

    def _get(self, url: str, room: int, span: tuple[int, int] | None = None) -> bytes:
        """Return a body of at most ``room`` bytes, or the part of it in ``span`` (start, length).

        Raises:
            _CutOffError: The connection was closed before the end of the body.
        """
        from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
            build_hf_headers,
            hf_raise_for_status,
        )

        # Without compression, no body unpacks to gigabytes, and the cost counts real bytes.
        headers = build_hf_headers(library_name=_CLIENT_NAME) | {"Accept-Encoding": "identity"}
        if span:
            headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
        self.requests += 1
        with open_url(url, headers, TIMEOUT_S) as (response, parts):
            self.requests += len(response.history)
            if response.status_code >= 400:
                self.received_bytes += len(response.content)
                if span and response.status_code == 416:
                    return b""
            hf_raise_for_status(response)
            if span and span[0] and response.status_code != 206:
                raise _CutOffError
            return self._body(parts, span[1] if span else room, may_be_longer=span is not None)

    def _body(self, parts: Iterator[bytes], room: int, *, may_be_longer: bool) -> bytes:
        """Return the first ``room`` bytes.

        Raises:
            _CutOffError: The body is longer, and not ``may_be_longer``; or it is too slow.
        """
        data = bytearray()
        deadline_s = time.monotonic() + DEADLINE_S
        for part in parts:
            self.received_bytes += len(part)
            data += part
            if time.monotonic() > deadline_s or (len(data) > room and not may_be_longer):
                raise _CutOffError
            if len(data) >= room and may_be_longer:
                break
        return bytes(data[:room])


def _check_repo_name(repo: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
        validate_repo_id,
    )

    try:
        validate_repo_id(repo)
        if not REPO_ID.fullmatch(repo):  # before version 1.0, huggingface_hub allows more
            raise HFValidationError
    except HFValidationError:
        raise RepoNameError(
            f"{repo!r} cannot be a repo's name",
            hint="write ORG/NAME, such as Overworld/Waypoint-1.5-1B, or a folder as ./NAME",
        ) from None


def _url(path: str, listing: RepoSnapshot) -> str:
    revision = listing.revision if listing.commit == NOT_PINNED else listing.commit
    return f"{listing.url}/resolve/{quote(revision or '', safe='')}/{quote(path)}"
