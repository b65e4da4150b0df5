"""Parse the ways to name a repo: ``ORG/NAME@REVISION``, the URL of its page, or ``hf://``."""

import re
from urllib.parse import unquote, urlsplit

from lucid.errors import RepoNameError

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_KINDS = {
    "datasets": "a dataset",
    "spaces": "a Space",
    "buckets": "a bucket",
    "collections": "a collection",
    "papers": "a paper",
    "docs": "a page of the documentation",
    "blog": "a blog post",
    "kernels": "a kernel",
}
_WITH_REVISION = ("tree", "blob", "raw", "resolve", "commit", "commits", "blame")
_EXAMPLE = "write ORG/NAME, such as Overworld/Waypoint-1.5-1B"


def parse_repo(text: str, revision: str | None, endpoint: str) -> tuple[str, str | None]:
    """Return the repo and the revision that ``text`` names; None if it names no revision.

    A text that is not a URL counts as the name of a repo. ``revision`` is the value of --revision,
    and ``endpoint`` is the URL of the Hub.

    Raises:
        RepoNameError: ``text`` names something that is not a model repo, or a revision other than
            ``revision``.
    """
    text = text.strip()
    path = _path(text, endpoint)
    if path is None:
        repo, _, named = text.partition("@")
    elif path.startswith("hf:"):
        repo, named = _hf_path(text, path.removeprefix("hf:"))
    else:
        repo, named = _page(text, path)
    if named and revision and named != revision:
        raise RepoNameError(
            f"{text} names the revision {named!r}, but --revision names {revision!r}",
            hint=f"lucid inspect {repo} --revision {revision}",
        )
    return repo, revision or named or None


def _path(text: str, endpoint: str) -> str | None:
    """Return the path of a URL of the Hub, or ``hf:`` and the path of an ``hf://`` URL."""
    if text.startswith("hf://"):
        return "hf:" + text.removeprefix("hf://")
    plain = re.split(r"[?#]", text, maxsplit=1)[0]
    _, colon, rest = plain.rpartition("://")
    host, _, path = rest.partition("/")
    own = urlsplit(endpoint)
    if host.lower() in _HOSTS or (colon and host.lower() == own.netloc.lower()):
        return path.removeprefix(own.path.strip("/")) if host == own.netloc else path
    if colon:
        raise RepoNameError(f"{text} is not on the Hugging Face Hub", hint=_EXAMPLE)
    return None


def _page(text: str, path: str) -> tuple[str, str]:
    """Return the repo and the revision of ``ORG/NAME`` or ``ORG/NAME/tree/REVISION/PATH``."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["models"] or parts[:2] == ["api", "models"]:
        parts = parts[parts.index("models") + 1 :]
    _refuse_other(text, parts)
    at = next((i for i in (1, 2) if parts[i : i + 1] and parts[i] in _WITH_REVISION), None)
    if at is None:
        return "/".join(parts[:2]), ""
    named = [unquote(part) for part in parts[at + 1 :]]
    long = named[:1] == ["refs"] and len(named) >= 3  # a browser writes refs%2Fpr%2F1
    return "/".join(parts[:at]), "/".join(named[:3]) if long else "".join(named[:1])


def _hf_path(text: str, path: str) -> tuple[str, str]:
    """Return the repo and the revision of ``hf://ORG/NAME@REVISION``, fsspec's notation."""
    repo, _, named = path.removeprefix("models/").partition("@")
    _refuse_other(text, repo.split("/"))
    return repo.strip("/"), unquote(named)


def _refuse_other(text: str, parts: list[str]) -> None:
    kind = _KINDS.get(parts[0]) if parts else "the Hub itself"
    if kind:
        raise RepoNameError(f"{text} is {kind}, not a model repo", hint=_EXAMPLE)
