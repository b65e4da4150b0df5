"""``lucid lsp``: show findings in the editor."""

from lucid.errors import needs_extra


def lsp() -> None:
    """Run a language server on stdin and stdout: `lucid check` as you type, with quick fixes."""
    with needs_extra("lsp", "the language server"):
        from lucid.lsp import make_server
    make_server().start_io()
