"""The language server, asked by a real client over its stdin and stdout."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write
from tests.waits import LIMIT_S

BROKEN = EXAMPLE.replace('("KeyW",)', "('w',)")


class Editor:
    """An editor: what it was told last of each file."""

    def __init__(self) -> None:
        self.client = LanguageClient("editor", "1")
        self.told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        def keep(told: types.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(told)

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(keep)

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        document = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return uri

    def change(self, uri: str, text: str) -> None:
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=2)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def next(self) -> types.PublishDiagnosticsParams:
        return await asyncio.wait_for(self.told.get(), LIMIT_S)


@pytest_asyncio.fixture
async def editor() -> AsyncIterator[Editor]:
    made = Editor()
    await made.client.start_io(sys.executable, "-m", "lucid", "lsp")
    await made.client.initialize_async(
        types.InitializeParams(capabilities=types.ClientCapabilities())
    )
    made.client.initialized(types.InitializedParams())
    yield made
    await made.client.shutdown_async(None)
    made.client.exit(None)
    await made.client.stop()  # type: ignore[no-untyped-call]  # as pygls declares it


def place(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


async def test_what_is_typed_is_checked_and_offered_a_fix(editor: Editor, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": EXAMPLE})
    uri = editor.open(tmp_path / "world" / "port.py", EXAMPLE)
    assert not (await editor.next()).diagnostics
    editor.change(uri, BROKEN)
    told = await editor.next()
    (found,) = told.diagnostics
    assert (told.uri, found.code, found.source) == (uri, "LUC109", "lucid")
    assert found.range == place(17, 30, 33)
    document = types.TextDocumentIdentifier(uri)
    context = types.CodeActionContext(diagnostics=[])
    asked = types.CodeActionParams(document, found.range, context)
    actions = await editor.client.text_document_code_action_async(asked)
    assert actions
    (action,) = actions
    assert isinstance(action, types.CodeAction)
    assert action.title == 'LUC109: Write "KeyW"'
    assert action.is_preferred
    assert action.edit
    assert action.edit.changes
    assert list(action.edit.changes[uri]) == [types.TextEdit(place(17, 30, 33), '"KeyW"')]
    elsewhere = types.CodeActionParams(document, place(0, 0, 1), context)
    assert not await editor.client.text_document_code_action_async(elsewhere)


async def test_places_are_counted_in_utf_16(editor: Editor, tmp_path: Path) -> None:
    text = "from lucid import hold\nX = '\N{GLOBE WITH MERIDIANS}'; Y = hold(keys=('w',))\n"
    editor.open(tmp_path / "alone.py", text)
    (found,) = (await editor.next()).diagnostics
    assert found.range == place(1, 25, 28)


async def test_a_file_is_checked_with_its_port(editor: Editor, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "pyproject.toml": PYPROJECT,
        "world/keys.py": "FORWARD = ('KeyW',)\n",
        "world/port.py": f"from .keys import FORWARD\n{EXAMPLE}".replace('("KeyW",)', "FORWARD"),
    }
    write(tmp_path, files)
    editor.open(tmp_path / "world" / "keys.py", "FORWARD = ('w',)\n")
    (found,) = (await editor.next()).diagnostics
    assert (found.code, found.range) == ("LUC109", place(0, 11, 14))
