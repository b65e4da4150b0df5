"""LUC501: a download without a commit."""

import ast
import re
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Fix
from lucid.check.downloads import downloads, names_repo
from lucid.check.module import Call, Module
from lucid.check.port import Port, Value, argument
from lucid.check.rule import Invalid, Rule, fixed

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOCK = {"source": {"repo": "org/name", "commit": "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"}}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign, repo in downloads(port):
        name = names_repo(port, repo)
        module = repo.module if repo else foreign.module if foreign else None
        if module is None or not (name or foreign) or _is_open(call.node):
            continue
        given = argument(call.node, "revision")
        revision = port.literal(Value(module, given, call.function)) if given else None
        if given is None or (isinstance(revision, str) and not _COMMIT.fullmatch(revision)):
            what = f"revision {revision!r}" if revision else "no revision"
            fix = _fix(port, module, call, name, given)
            yield RULE.at(module, given or call.node.func, fix, what=what)


def _is_open(call: ast.Call) -> bool:
    """Whether ``**options`` may hold a revision, or nothing is downloaded."""
    return any(given.arg in (None, "local_files_only") for given in call.keywords)


def _fix(
    port: Port, module: Module, call: Call, name: str | None, given: ast.expr | None
) -> Fix | None:
    lock = port.lock
    if lock is None or name is None or lock.repo != name:
        return None
    if not lock.commit or not _COMMIT.fullmatch(lock.commit):
        return None
    text = f'"{lock.commit}"'
    if isinstance(given, ast.Constant):
        edit = module.replace(given, text)
    elif given is None:
        edit = module.add_argument(call.node, f"revision={text}")
    else:
        return None
    return fixed("Pin the commit of lucid.lock", edit, is_safe=True)


RULE = Rule(
    code="LUC501",
    name="unpinned-download",
    message="this download has {what}: write `revision=` with the commit of 40 hex digits",
    why="The repo may change under the port: other weights, other code, another world than was "
    "tested.",
    valid=(
        """
        from huggingface_hub import hf_hub_download, snapshot_download
        from transformers import AutoModel

        COMMIT = "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"

        def load(path):
            snapshot_download("org/name", revision=COMMIT)
            hf_hub_download("org/name", "weights.pt", **OPTIONS)
            AutoModel.from_pretrained(path)
            AutoModel.from_pretrained("./weights")
            AutoModel.from_pretrained("org/name", revision=pick())
        """,
    ),
    invalid=(
        Invalid(
            """
            from huggingface_hub import snapshot_download

            def load():
                return snapshot_download(
                    "org/name",
                    allow_patterns=["*.safetensors"],  # not the rest
                )
            """,
            line=4,
            column=12,
            fix=(
                '["*.safetensors"],  #',
                '["*.safetensors"], revision="c0735f86ba7453dfcb5aaea660f32d1b86dc4a98",  #',
            ),
            lock=_LOCK,
        ),
        Invalid(
            """
            from transformers import AutoModel

            REPO = "org/name"

            def load():
                return AutoModel.from_pretrained(REPO, revision="main")
            """,
            line=6,
            column=53,
            fix=('"main"', '"c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"'),
            lock=_LOCK,
        ),
        Invalid(
            """
            import huggingface_hub as hub

            def load(repo):
                return hub.hf_hub_download(repo_id=repo, filename="weights.pt")
            """,
            line=4,
            column=12,
        ),
    ),
    check=_check,
)
