"""A local server that speaks the Hub's REST, so that tests run the real client with no network.

It serves folders of recorded metadata: ``<root>/ORG__NAME/`` with the recorded files and a
``_siblings.json`` that lists all files of the repo. Files that were not recorded (weights, code)
return 404, and ``HubServer.requests`` lists the requests for them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.repos import RECORDED

LFS_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".npy")


def commit_of(repo: str) -> str:
    """Return the commit that the server gives for a repo: the recorded one, or an invented one."""
    return recorded_commit(repo) or hashlib.sha1(repo.encode()).hexdigest()


def recorded_commit(repo: str) -> str | None:
    """Return the commit in a repo's recording; its ``_provenance.json`` says where it was seen."""
    listing = RECORDED / repo.replace("/", "__") / "_siblings.json"
    if not listing.is_file():
        return None
    commit: str | None = json.loads(listing.read_text("utf-8"))["sha"]
    return commit


@dataclass
class Answer:
    """A response that replaces the server's usual one."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Path | None = None
    """A file to send as the body. Only the requested part is read: it may be sparse and huge."""

    @property
    def size_bytes(self) -> int:
        return self.file.stat().st_size if self.file else len(self.body)

    def part(self, start: int, length: int) -> bytes:
        if self.file is None:
            return self.body[start : start + length]
        with self.file.open("rb") as file:
            file.seek(start)
            return file.read(length)


@dataclass
class HubServer:
    """A running server, with a record of its requests."""

    endpoint: str
    root: Path
    requests: list[tuple[str, str]] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    """The paths requested without a Range header."""
    """Method and path of every request, in order, without the query."""

    faults: list[tuple[str, Answer]] = field(default_factory=list)
    sent_bytes: int = 0
    """The bytes of all response bodies sent so far."""

    honours_range: bool = True
    redirect_files_to: str | None = None
    """The address of another server to which file requests are redirected, as to a CDN."""

    authorizations: list[str | None] = field(default_factory=list)
    """The Authorization header of every request."""

    def fail(self, status: int, *, path: str = "/", times: int = 1, **headers: str) -> None:
        """Respond with this status to the next ``times`` requests whose path contains ``path``.

        Headers are named with underscores: ``X_Error_Code="GatedRepo"``, ``Retry_After="1"``.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.extend([(path, Answer(status, named))] * times)

    def answer(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, query: str = ""
    ) -> Answer:
        self.requests.append((method, path))
        self.authorizations.append((headers or {}).get("authorization"))
        if not (headers or {}).get("range"):
            self.whole.append(path)
        for fault in self.faults:
            if fault[0] in path:
                self.faults.remove(fault)
                return fault[1]
        match path.strip("/").split("/"):
            case ["api", "models"]:
                return self._search(parse_qs(query)["search"][0])
            case ["api", "models", org, name]:
                return self._model(f"{org}/{name}", "main")
            case ["api", "models", org, name, "revision", revision]:
                return self._model(f"{org}/{name}", unquote(revision))
            case ["api", "models", org, name, "tree", revision]:
                return self._tree(f"{org}/{name}", unquote(revision))
            case [org, name, "resolve", revision, *parts]:
                if self.redirect_files_to:
                    return Answer(302, {"Location": self.redirect_files_to + path})
                found = self._file(f"{org}/{name}", unquote(revision), unquote("/".join(parts)))
                return self._range(found, (headers or {}).get("range"))
        return Answer(404)

    def _range(self, answer: Answer, wanted: str | None) -> Answer:
        """Return the part of a file that the Range header ``bytes=first-last`` names."""
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "")
        if span is None or answer.status != 200 or not self.honours_range:
            return answer
        first, total = int(span[1]), answer.size_bytes
        last = min(int(span[2] or total), total - 1)
        if first > last:
            return Answer(416, {"Content-Range": f"bytes */{total}"})
        part = {"Content-Range": f"bytes {first}-{last}/{total}"}
        return Answer(206, {**answer.headers, **part}, answer.part(first, last + 1 - first))

    def _search(self, words: str) -> Answer:
        """Return the models whose name contains these words, in any case."""
        names = sorted(folder.name.replace("__", "/", 1) for folder in self.root.iterdir())
        found = [{"id": name} for name in names if words.casefold() in name.casefold()]
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(found).encode())

    def _model(self, repo: str, revision: str) -> Answer:
        model = self._load(repo)
        if model is None:
            return Answer(401, {"X-Error-Code": "RepoNotFound"})
        if revision not in ("main", model["sha"]):
            return Answer(404, {"X-Error-Code": "RevisionNotFound"})
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(model).encode())

    def _tree(self, repo: str, revision: str) -> Answer:
        answer = self._model(repo, revision)
        if answer.status != 200:
            return answer
        entries = [
            {
                "type": "file",
                "path": sibling["rfilename"],
                "size": sibling.get("size") or 0,
                "oid": hashlib.sha1(sibling["rfilename"].encode()).hexdigest(),
            }
            for sibling in json.loads(answer.body)["siblings"]
        ]
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(entries).encode())

    def _file(self, repo: str, revision: str, path: str) -> Answer:
        model = self._load(repo)
        if model is None:
            return Answer(401, {"X-Error-Code": "RepoNotFound"})
        if revision not in ("main", model["sha"]):
            return Answer(404, {"X-Error-Code": "RevisionNotFound"})
        recorded = self._folder(repo) / path
        listed = any(sibling["rfilename"] == path for sibling in model["siblings"])
        if not listed or not recorded.is_file():
            return Answer(404, {"X-Error-Code": "EntryNotFound"})
        with recorded.open("rb") as file:
            etag = hashlib.sha1(file.read(1024 * 1024)).hexdigest()
        return Answer(200, {"X-Repo-Commit": model["sha"], "ETag": f'"{etag}"'}, file=recorded)

    def _folder(self, repo: str) -> Path:
        return self.root / repo.replace("/", "__")

    def _load(self, repo: str) -> dict[str, Any] | None:
        folder = self._folder(repo)
        if not folder.is_dir():
            return None
        listing = folder / "_siblings.json"
        model = json.loads(listing.read_text("utf-8")) if listing.is_file() else _list(folder)
        model["id"] = repo
        model["sha"] = model.get("sha") or commit_of(repo)
        for sibling in model["siblings"]:
            path = sibling["rfilename"]
            if path.endswith(LFS_SUFFIXES) and sibling.get("size"):
                sha256 = hashlib.sha256(f"{repo}:{path}".encode()).hexdigest()
                sibling["lfs"] = {"sha256": sha256, "size": sibling["size"], "pointerSize": 134}
        return dict(model)


def _list(folder: Path) -> dict[str, Any]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    siblings = [
        {"rfilename": path.relative_to(folder).as_posix(), "size": path.stat().st_size}
        for path in files
    ]
    return {"gated": False, "private": False, "siblings": siblings}


@contextmanager
def hub_server(root: Path) -> Iterator[HubServer]:
    """Serve the repos recorded under ``root`` on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = urlsplit(self.path)
            answer = hub.answer(self.command, url.path, headers, url.query)
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": answer.size_bytes}.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                with suppress(ConnectionError):  # the client closed the connection
                    for start in range(0, answer.size_bytes, 64 * 1024):
                        part = answer.part(start, 64 * 1024)
                        hub.sent_bytes += len(part)  # counted before the client can receive it
                        self.wfile.write(part)

        do_HEAD = do_GET
        do_CONNECT = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub = HubServer(endpoint=f"http://127.0.0.1:{server.server_port}", root=root)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
