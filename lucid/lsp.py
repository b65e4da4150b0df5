"""A language server: it shows findings while you type, and their fixes as quick fixes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

import lucid
from lucid._target import PortLocation, read_port
from lucid.check.config import read_selection
from lucid.check.diagnostics import Diagnostic, Range
from lucid.check.engine import check
from lucid.check.rules import RULES
from lucid.check.sources import SourceFile, SourceTree, read_file, read_tree
from lucid.check.text import Text
from lucid.errors import LucidError

DocumentParams = (
    types.DidOpenTextDocumentParams
    | types.DidChangeTextDocumentParams
    | types.DidSaveTextDocumentParams
)


class Server(LanguageServer):
    """A language server with the last findings of each file, and the texts they refer to."""

    def __init__(self) -> None:
        super().__init__("lucid", lucid.__version__)
        self.found: dict[str, list[Diagnostic]] = {}
        self.texts: dict[str, Text] = {}

    def look(self, uri: str) -> None:
        """Check the port of a document and publish the findings; open texts replace the files."""
        path = Path(to_fs_path(uri) or "")
        if path.suffix != ".py":
            return
        try:
            tree = self._with_open_texts(_tree(path))
            root = _root(path)
            codes = read_selection(root.root if root else path.parent, (), ()).codes(
                rule.code for rule in RULES
            )
            diagnostics = check(tree, codes)
        except LucidError as error:  # a broken pyproject.toml, say
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, str(error)))
            return
        for file in tree.files:
            self.texts[file.path] = Text(file.text)
            mine = [found for found in diagnostics if found.path == file.path]
            if mine or self.found.get(file.path) or file.path == str(path):
                self._publish(file.path, mine)

    def quick_fixes(self, uri: str, where: types.Range) -> list[types.CodeAction]:
        """Return the fixes of the findings in a range of a document."""
        path = str(Path(to_fs_path(uri) or ""))
        text = self.texts.get(path, Text(""))
        actions: list[types.CodeAction] = []
        for found in self.found.get(path, ()):
            place = self._range(text, found.range)
            if found.fix is None or place.start > where.end or place.end < where.start:
                continue
            edits = [types.TextEdit(self._range(text, e.range), e.text) for e in found.fix.edits]
            actions.append(
                types.CodeAction(
                    title=f"{found.code}: {found.fix.title}",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[self._diagnostic(text, found)],
                    edit=types.WorkspaceEdit(changes={uri: edits}),
                    is_preferred=found.fix.is_safe,
                )
            )
        return actions

    def _with_open_texts(self, tree: SourceTree) -> SourceTree:
        documents = self.workspace.text_documents
        texts = {to_fs_path(uri): document.source for uri, document in documents.items()}
        files: list[SourceFile] = []
        for file in tree.files:
            text = texts.get(file.path)
            files.append(file if text is None else replace(file, text=text, fault=None))
        return replace(tree, files=tuple(files))

    def _publish(self, path: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.found[path] = list(diagnostics)
        shown = [self._diagnostic(self.texts[path], found) for found in diagnostics]
        uri = from_fs_path(path)
        if uri is not None:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown))

    def _diagnostic(self, text: Text, found: Diagnostic) -> types.Diagnostic:
        return types.Diagnostic(
            range=self._range(text, found.range),
            message=found.message,
            severity=types.DiagnosticSeverity.Information
            if found.is_note
            else types.DiagnosticSeverity.Error,
            code=found.code,
            source="lucid",
        )

    def _range(self, text: Text, where: Range) -> types.Range:
        return types.Range(
            self._position(text, where.line, where.column),
            self._position(text, where.end_line, where.end_column),
        )

    def _position(self, text: Text, line: int, column: int) -> types.Position:
        """Return a position in the client's units: UTF-16 unless it asked for others."""
        before = text.line(line)[: column - 1] if line <= len(text.starts) else ""
        if self.workspace.position_encoding == types.PositionEncodingKind.Utf8:
            units = len(before.encode(errors="replace"))
        elif self.workspace.position_encoding == types.PositionEncodingKind.Utf32:
            units = len(before)
        else:
            units = len(before.encode("utf-16-le", errors="replace")) // 2
        return types.Position(line - 1, units)


def make_server() -> Server:
    """Return a server with its features, not started yet."""
    server = Server()
    for event in (
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_SAVE,
    ):
        server.feature(event)(_look)
    server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )(_quick_fixes)
    return server


def _look(server: Server, params: DocumentParams) -> None:
    server.look(params.text_document.uri)


def _quick_fixes(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    return server.quick_fixes(params.text_document.uri, params.range)


def _tree(path: Path) -> SourceTree:
    """Return the port that a file belongs to, with absolute paths, or else only the file."""
    location = _root(path)
    if location:
        tree = read_tree(location, path.parent / "nowhere")  # keeps the paths absolute
        if any(file.path == str(path) for file in tree.files):
            return tree
    return SourceTree((read_file(path, path.parent, path.parent / "nowhere"),))


def _root(path: Path) -> PortLocation | None:
    """Return the port in the nearest folder above a file whose pyproject.toml names one."""
    return next(filter(None, map(read_port, path.parents)), None)
