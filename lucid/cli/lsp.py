"""``lucid lsp``: show findings in the editor."""


def lsp() -> None:
    """Run a language server on stdin and stdout: `lucid check` as you type, with quick fixes."""
    try:
        from lucid.lsp import make_server
    except ModuleNotFoundError as error:
        from lucid.errors import MachineError

        raise MachineError(
            f"the language server needs {error.name}", hint='pip install "lucid-runtime[lsp]"'
        ) from None
    make_server().start_io()
