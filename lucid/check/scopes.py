"""LibCST's scopes and contexts of expressions, each in one walk.

LibCST's own providers take twice as long: they walk the tree once more, and link each use of a name
to its assignments, which no rule needs.
"""

from typing import Any

import libcst as cst
from libcst.metadata import (
    ExpressionContext,
    ExpressionContextProvider,
    Scope,
    ScopeProvider,
    VisitorMetadataProvider,
)
from libcst.metadata.expression_context_provider import ExpressionContextVisitor
from libcst.metadata.scope_provider import ScopeVisitor

_LAYOUT = frozenset({
    cst.Colon, cst.Comma, cst.Comment, cst.Dot, cst.EmptyLine,
    cst.LeftCurlyBrace, cst.LeftParen, cst.LeftSquareBracket, cst.Newline,
    cst.ParenthesizedWhitespace, cst.RightCurlyBrace, cst.RightParen, cst.RightSquareBracket,
    cst.Semicolon, cst.SimpleWhitespace, cst.TrailingWhitespace,
})  # fmt: skip


class _Quick(cst.CSTVisitor):
    """Skips blanks and punctuation, which have no name below them and are half of all nodes."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        return type(node) not in _LAYOUT and super().on_visit(node)

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        if type(node) is cst.ClassDef:  # LibCST's visitors look at attributes of no other node
            super().on_visit_attribute(node, attribute)

    def on_leave_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        if type(node) is cst.ClassDef:
            super().on_leave_attribute(node, attribute)


class _ContextVisitor(_Quick, ExpressionContextVisitor):
    pass


class _ScopeVisitor(_Quick, ScopeVisitor):
    pass


class Contexts(VisitorMetadataProvider[ExpressionContext]):
    """Find out whether a name, an attribute or a subscript is read, assigned or deleted."""

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(_ContextVisitor(self, ExpressionContext.LOAD))  # type: ignore[arg-type]  # it only sets metadata
        return False


class Scopes(VisitorMetadataProvider[Scope]):
    """Find the scope that contains each node."""

    METADATA_DEPENDENCIES = (Contexts,)

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(_ScopeVisitor(self))  # type: ignore[arg-type]  # it only sets and gets metadata
        return False

    def get_metadata(self, key: Any, node: cst.CSTNode, default: Any = None) -> Any:
        """Answer what ScopeVisitor asks of LibCST's own provider."""
        own = {ExpressionContextProvider: Contexts, ScopeProvider: Scopes}
        return super().get_metadata(own.get(key, key), node, default)
