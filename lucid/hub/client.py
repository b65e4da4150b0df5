"""The Hugging Face Hub: one request for the list of files, then configs and weights' headers.

The only module that talks to the Hub; huggingface_hub is imported inside functions, so that
importing this is light.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from lucid.errors import HubError, HubUnreachableError, RepoGatedError, RepoNameError
from lucid.hub.facts import Cost, RepoFile
from lucid.hub.network import read_token
from lucid.hub.request import Place, ask
from lucid.hub.snapshot import (
    MAX_CONFIG_BYTES,
    MAX_OPENED,
    Opened,
    RepoSnapshot,
    config_paths,
    keep_files,
    open_weights,
)
from lucid.hub.weights.copies import worth_opening
from lucid.hub.weights.facts import UnreadableWeightsError

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

T = TypeVar("T")

DEFAULT_REVISION = "main"
TIMEOUT_S = 10.0
DEADLINE_S = 30.0
"""Of one answer's body: a server that drips is cut off."""
MAX_REQUESTS = 11
"""huggingface_hub may add one of its own, to a cold start."""
MAX_BYTES = 280_000
"""What is over is left unread; where the list of files alone exceeds it, a little more is read."""
AFTER_LISTING_BYTES = 100_000
MAX_LISTING_BYTES = 32 * 1024 * 1024
CARD_BYTES = 16 * 1024
_CARD_KEYS = ("license", "license_name", "tags", "pipeline_tag", "library_name", "base_model")

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
    closed_too: bool = False,
) -> RepoSnapshot:
    """A repo at the commit that ``revision`` (by default main) points to now.

    ``endpoint`` is by default huggingface_hub's own, which HF_ENDPOINT sets. With ``closed_too``,
    of a gated repo that is not open to you: what is public, its list of files and its card.

    Raises:
        HubError: the repo, the revision or the Hub itself is not there, or not open to you.
    """
    hub = _Hub(repo, revision or DEFAULT_REVISION, endpoint, sleep)
    listing = hub.listing()
    try:
        configs = {path: hub.read(path, listing) for path in config_paths(listing.files)}
        read = replace(
            listing,
            configs={path: data for path, data in configs.items() if data is not None},
            opened=tuple(hub.look_into(listing)),
        )
    except RepoGatedError:
        if not (closed_too and listing.gated):
            raise
        read = replace(listing, closed=True)
    return replace(read, cost=Cost(requests=hub.requests, received_bytes=hub.received_bytes))


def list_files(repo: str, commit: str, endpoint: str | None = None) -> tuple[RepoFile, ...]:
    """The files of a repo at a commit.

    Raises:
        HubError: as of ``hub_snapshot``.
    """
    return _Hub(repo, commit, endpoint, time.sleep).listing().files


def current_commit(repo: str, revision: str | None, endpoint: str | None = None) -> str:
    """The commit that ``revision`` (by default main) points to now; a commit is its own.

    Raises:
        HubError: as of ``hub_snapshot``.
    """
    wanted = revision or DEFAULT_REVISION
    if _COMMIT.fullmatch(wanted):
        return wanted
    commit = _Hub(repo, wanted, endpoint, time.sleep).listing().commit
    assert commit is not None, "a listing of the Hub has one"
    return commit


def ask_hub(repo: str, commit: str, endpoint: str | None, request: Callable[[], T]) -> T:
    """What a call of huggingface_hub returns; it is tried again while the Hub is busy.

    Raises:
        HubError: as of ``hub_snapshot``.
        EntryNotFoundError: huggingface_hub's, as it is.
    """
    return _Hub(repo, commit, endpoint, time.sleep).ask(request)


def hub_endpoint() -> str:
    """The Hub's address, which HF_ENDPOINT sets."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def has_token() -> bool:
    """Whether a token is set, by HF_TOKEN or by `hf auth login`.

    Raises:
        MachineError: what is set cannot be a token.
    """
    return read_token() is not None


@dataclass(frozen=True)
class _Part:
    """What came of a file: all of it, or the range that was asked for."""

    data: bytes
    ranged: bool


class _CutOffError(Exception):
    """A body longer or slower than it may be."""


class _Hub:
    """Requests about one repo, with a few retries, and with errors in the user's words."""

    def __init__(
        self, repo: str, revision: str, endpoint: str | None, sleep: Callable[[float], None]
    ) -> None:
        self._repo = repo
        self._revision = revision
        self._endpoint = (endpoint or hub_endpoint()).rstrip("/")
        self._place = Place(repo, revision, self._endpoint)
        self._sleep = sleep
        self.requests = 0
        self.received_bytes = 0
        self._limit_bytes = MAX_BYTES
        if not _ENDPOINT.fullmatch(self._endpoint):
            raise HubUnreachableError(
                f"the Hub's address {self._endpoint!r} is not a URL",
                hint="set HF_ENDPOINT to one such as https://huggingface.co, or unset it",
            )

    def listing(self) -> RepoSnapshot:
        """Commit, files, and the card's front matter. Asked first: a download would stall."""
        from huggingface_hub import ModelInfo

        revision = quote(self._revision, safe="")
        query = "blobs=true&securityStatus=true"
        url = f"{self._endpoint}/api/models/{self._name()}/revision/{revision}?{query}"
        try:
            part = self.ask(lambda: self._get(url, MAX_LISTING_BYTES))
            self._limit_bytes = max(MAX_BYTES, self.received_bytes + AFTER_LISTING_BYTES)
            answer = json.loads(part.data)
            info = ModelInfo(**answer)  # type: ignore[no-untyped-call] # as it is
            return replace(self._as_snapshot(info), configs=_card(answer.get("cardData")))
        except _CutOffError:
            raise HubUnreachableError(
                f"the list of {self._repo}'s files is longer than "
                f"{MAX_LISTING_BYTES // 1024**2} MB, or came too slowly",
                hint="try again later, or download a part of it and name that folder",
            ) from None
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
            raise HubUnreachableError(
                f"{self._endpoint} answered, but not as the Hub does",
                hint="check HF_ENDPOINT, and whether a proxy or a login page is in between",
            ) from None

    def read(self, path: str, listing: RepoSnapshot) -> bytes | None:
        """A config's content; None where it is gone, too large, or there is no budget left."""
        from huggingface_hub.errors import EntryNotFoundError

        card = path == "README.md"
        room = min(MAX_CONFIG_BYTES, self._limit_bytes - self.received_bytes)
        if room <= 0 or self.requests >= MAX_REQUESTS:
            return None
        size = next((file.size_bytes for file in listing.files if file.path == path), None)
        start = (0, CARD_BYTES) if card and (size is None or size > CARD_BYTES) else None
        try:
            return self.ask(lambda: self._get(self._url(path, listing), room, start)).data
        except (EntryNotFoundError, _CutOffError):
            return None

    def look_into(self, listing: RepoSnapshot) -> list[Opened]:
        """The headers of the weights that say most, as far as the budget goes."""
        opened: list[Opened] = []
        for file in worth_opening(listing.files)[:MAX_OPENED]:
            if self.requests + 2 > MAX_REQUESTS or self.received_bytes >= self._limit_bytes:
                break

            def read(start: int, length: int, path: str = file.path) -> bytes:
                return self._range(path, listing, start, length)

            try:
                opened.append(open_weights(file, read))
            except HubError as error:  # the rest of the report stands without it
                opened.append(Opened(file.path, None, error.message))
        return opened

    def _range(self, path: str, listing: RepoSnapshot, start: int, length: int) -> bytes:
        from huggingface_hub.errors import EntryNotFoundError

        length = min(length, self._limit_bytes - self.received_bytes)
        if self.requests + 2 > MAX_REQUESTS or length <= 0:  # large files are redirected once
            raise UnreadableWeightsError("the inspection's budget is spent")
        url = self._url(path, listing)
        try:
            part = self.ask(lambda: self._get(url, length, (start, length)))
        except EntryNotFoundError:
            raise UnreadableWeightsError("the Hub does not give it out") from None
        except _CutOffError:
            raise UnreadableWeightsError("the server ignores Range: it was cut off") from None
        if start and not part.ranged:
            raise UnreadableWeightsError("the server ignores Range: it was cut off")
        return part.data

    def _url(self, path: str, listing: RepoSnapshot) -> str:
        return f"{self._endpoint}/{listing.repo}/resolve/{listing.commit}/{quote(path)}"

    def _name(self) -> str:
        from huggingface_hub.errors import HFValidationError
        from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
            validate_repo_id,
        )

        try:
            validate_repo_id(self._repo)
        except HFValidationError:
            raise RepoNameError(
                f"{self._repo!r} cannot be a repo's name",
                hint="write ORG/NAME, such as Overworld/Waypoint-1.5-1B, or a folder as ./NAME",
            ) from None
        return self._repo

    def _get(self, url: str, room: int, span: tuple[int, int] | None = None) -> _Part:
        """A body of at most ``room`` bytes; of a span (start, length) what is in it.

        Raises:
            _CutOffError: more came, or too slowly; the connection is closed.
        """
        from huggingface_hub import get_session, hf_raise_for_status
        from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented there
            build_hf_headers,
        )

        # identity: a body that unpacks to gigabytes is none then, and bytes are what they cost.
        headers = build_hf_headers(library_name=_CLIENT_NAME) | {"Accept-Encoding": "identity"}
        if span:
            headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
        self.requests += 1
        with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT_S) as response:
            self.requests += len(response.history)
            if response.is_error:
                self.received_bytes += len(response.read())  # the error's message is in it
                if span and response.status_code == 416:
                    return _Part(b"", ranged=True)
            hf_raise_for_status(response)
            ranged = response.status_code == 206
            data = self._body(response, span[1] if span else room, cut=span is None)
            return _Part(data, ranged)

    def _body(self, response: Any, room: int, *, cut: bool) -> bytes:
        """At most ``room`` bytes; where more come, they are an error (``cut``) or left unread."""
        data = bytearray()
        deadline_s = time.monotonic() + DEADLINE_S
        for part in response.iter_raw(16 * 1024):
            self.received_bytes += len(part)
            data += part
            if time.monotonic() > deadline_s:
                raise _CutOffError
            if len(data) > room:
                if cut:
                    raise _CutOffError
                break
            if len(data) == room and not cut:
                break
        return bytes(data[:room])

    def _as_snapshot(self, info: ModelInfo) -> RepoSnapshot:
        """The Hub's answer without configs; ValueError where it is no such answer."""
        if not _REPO_ID.fullmatch(info.id) or not _COMMIT.fullmatch(info.sha or ""):
            raise ValueError("no repo id or no commit")
        files, left_out = keep_files(
            RepoFile(
                path=sibling.rfilename,
                size_bytes=_size(sibling.size),
                sha256=sibling.lfs.sha256 if sibling.lfs else None,
            )
            for sibling in info.siblings or ()
        )
        return RepoSnapshot(
            repo=info.id,
            revision=self._revision,
            commit=info.sha,
            files=files,
            configs={},
            gated=None if info.gated is None else bool(info.gated),
            scan=_scan(info.security_repo_status),
            url=f"{self._endpoint}/{info.id}",
            files_left_out=left_out,
        )

    def ask(self, request: Callable[[], T]) -> T:
        """See ``lucid.hub.request.ask``."""
        return ask(request, self._place, self._sleep)


def _size(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None


def _card(declared: object) -> dict[str, bytes]:
    """The model card as far as the Hub repeats it beside the list of files, which is public."""
    if not isinstance(declared, dict):
        return {}
    kept = {key: declared[key] for key in _CARD_KEYS if key in declared}
    # As they are: YAML knows no pairs of \u escapes, in which JSON writes an emoji.
    text = json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")
    return {"README.md": b"---\n" + text + b"\n---\n"} if len(text) <= CARD_BYTES else {}


def _scan(status: Mapping[str, Any] | None) -> str | None:
    """What the Hub's virus and pickle scanners say of the repo."""
    if not isinstance(status, dict):
        return None
    issues = status.get("filesWithIssues")
    if isinstance(issues, list) and issues:
        paths = [str(item.get("path")) for item in issues[:5] if isinstance(item, dict)]
        return f"{len(issues)} file(s) with issues: {', '.join(paths)}"
    return "no issues found" if status.get("scansDone") else "the scans are not done"
