"""LUC101: a method that looks like a handler, that nobody calls and that is no input."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_PREFIXES = ("set_", "on_")


def _check(port: Port) -> Iterator[Diagnostic]:
    named = _named(port)
    for session in port.sessions:
        bases = port.lineage(session).classes[1:]
        for method in session.methods:
            is_plain = method.name.startswith(_PREFIXES) and not method.node.decorator_list
            is_override = any(method.name in base.names.bound for base in bases)
            if is_plain and not is_override and method.name not in named:
                yield RULE.at(session.module, method.node, name=method.name)


def _named(port: Port) -> set[str]:
    """What is called or passed on anywhere, or named in a string."""
    found = {str(text.value) for module in port.modules.values() for text in module.strings}
    for module in port.modules.values():
        found |= {node.attr for node in module.attributes}
    return found


RULE = Rule(
    code="LUC101",
    name="undecorated-handler",
    message="nothing calls `{name}` and it is no input: write `@input()` above it",
    why="Only what is decorated becomes a control; this one is missing from the page.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.set_text(prompt)

            def set_text(self, text: str) -> None: ...

        class Other:
            def set_prompt(self, prompt: str) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def set_prompt(self, prompt: str) -> None:
                    self.prompt = prompt
            """,
            line=4,
            column=9,
        ),
    ),
    check=_check,
)
