"""LibCST's scopes and contexts of expressions, each in one walk.

LibCST's own providers walk the tree once more for nothing, as they can share a walk, and link each
use of a name to its assignments, which no rule asks for. That is half of their time.
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
    """Whether a name, an attribute or a subscript is read, assigned or deleted."""

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(ExpressionContextVisitor(self, ExpressionContext.LOAD))  # type: ignore[arg-type]  # it only sets metadata
        return False


class Scopes(VisitorMetadataProvider[Scope]):
    """The scope that each node stands in."""

    METADATA_DEPENDENCIES = (Contexts,)

    def visit_Module(self, node: cst.Module) -> bool:
        """Walk the module."""
        node.visit(ScopeVisitor(self))  # type: ignore[arg-type]  # it only sets and gets metadata
        return False

    def get_metadata(self, key: Any, node: cst.CSTNode, default: Any = None) -> Any:
        """Answer what ScopeVisitor asks of LibCST's own provider."""
        own = {ExpressionContextProvider: Contexts, ScopeProvider: Scopes}
        return super().get_metadata(own.get(key, key), node, default)
