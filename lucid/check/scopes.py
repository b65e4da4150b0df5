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


class Contexts(VisitorMetadataProvider[ExpressionContext]):
    """Find out whether a name, an attribute or a subscript is read, assigned or deleted."""

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(ExpressionContextVisitor(self, ExpressionContext.LOAD))  # type: ignore[arg-type]  # it only sets metadata
        return False


class Scopes(VisitorMetadataProvider[Scope]):
    """Find the scope that contains each node."""

    METADATA_DEPENDENCIES = (Contexts,)

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(ScopeVisitor(self))  # type: ignore[arg-type]  # it only sets and gets metadata
        return False

    def get_metadata(self, key: Any, node: cst.CSTNode, default: Any = None) -> Any:
        """Answer what ScopeVisitor asks of LibCST's own provider."""
        own = {ExpressionContextProvider: Contexts, ScopeProvider: Scopes}
        return super().get_metadata(own.get(key, key), node, default)
