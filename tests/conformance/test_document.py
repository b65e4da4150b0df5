"""docs/conformance.md says what the checks say."""

from __future__ import annotations

from tests.conformance.document import PATH, document


def test_the_page_is_what_the_checks_say() -> None:
    assert PATH.read_text("utf-8") == document(), "run python -m tests.conformance.document"
