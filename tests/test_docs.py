"""The documentation agrees with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lucid import errors
from lucid.check.rules import RULES
from lucid.conformance.checks import PROMISES
from lucid.runtime.states import SessionState
from lucid.server import connect_timeout, offer, protocol, sessions, sharing, signaling, uploads
from tests.engines.mutants import MUTANTS
from tests.hub import schema
from tests.server import wire_doc

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")
WIRE = (
    "input.",
    "media.",
    "session.failed",
    "session.port_changed",
    "session.queue_full",
    "session.recording",
    "session.removed",
    "session.sharing",
    "session.timeout",
    "session.turn",
    "session.unknown",
    "model.",
    "output.",
)


def test_the_protocol_names_every_error_code_that_a_page_can_get() -> None:
    codes = {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}
    sent = {code for code in codes if code.startswith(WIRE)}
    assert sent == {code for code in codes if "." in code and f"`{code}`" in PROTOCOL}


def test_the_protocol_names_every_state_and_message_type() -> None:
    assert wire_doc.generated(PROTOCOL) == PROTOCOL, "run python -m tests.server.wire_doc"
    for state in SessionState:
        assert f"`{state.value}`" in PROTOCOL


def test_the_protocol_names_its_version_and_its_times() -> None:
    assert PROTOCOL.startswith(f"# The wire protocol, version {protocol.PROTOCOL_VERSION}\n")
    assert (
        f"every {signaling.PING_S:g} s. A page that is silent for {signaling.SILENCE_S:g} s"
        in PROTOCOL
    )
    assert f"kept for {sessions.KEEP_S:g} s" in PROTOCOL
    assert f"could connect for {connect_timeout.GIVE_UP_S:g} s" in PROTOCOL
    assert f"as a warning after {connect_timeout.WARN_S:g} s" in PROTOCOL
    assert f"the first {offer.MAX_CANDIDATES} of each transport" in PROTOCOL
    assert f"keeps {uploads.MAX_FILES} files" in PROTOCOL
    assert f"links work for {sharing.LINK_S / 3600:g} hours" in PROTOCOL
    assert f"at most {sharing.MAX_GUESTS} guests, and {sharing.MAX_VIEWERS} guests" in PROTOCOL


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
    ],
)
def test_what_a_document_links_to_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = re.findall(r"`((?:lucid|docs|tests|templates|examples)/[\w./-]*\w/?)`", text)
    for target in targets:
        assert ((ROOT / name).parent / target).exists(), target
    for path in paths:
        assert (ROOT / path).exists() or any(ROOT.glob(f"scaffolds/*/{path}")), path


def test_the_workflows_name_no_secret() -> None:
    workflows = list((ROOT / ".github" / "workflows").glob("*.yml"))
    assert len(workflows) == 2
    for workflow in workflows:
        assert not re.search("secret|password|api.token", workflow.read_text("utf-8"), re.I)


def test_pre_commit_runs_the_versions_of_ci() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    revisions = re.findall(r"/([\w-]+?)(?:-pre-commit)?\n    rev: v?(\S+)", hooks)
    assert [name for name, _ in revisions] == ["ruff", "check-jsonschema"]
    for name, version in revisions:
        assert f"\n{name}=={version}\n" in pins


def test_the_readme_has_exactly_two_set_up_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^```sh (\w+)$", readme, re.MULTILINE)
    assert commands == ["play", "test"]


def test_the_readme_counts_the_rules_and_the_checks() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"{len(RULES)} rules" in readme
    assert f"{len(PROMISES)} conformance checks" in readme
    tests = [path.read_text("utf-8") for path in ROOT.glob("scaffolds/*/tests/test_engine.py")]
    outlines = sum("upstream in tests/test_engine.py are not written yet" in text for text in tests)
    assert f"Of the {len(tests)} ports that ship, {len(tests) - outlines} have a test" in readme
    assert f"in {len(MUTANTS)} ways" in readme
    assert f"The other {outlines} ports" in readme


def test_the_readme_has_no_line_over_120_columns() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [line for line in readme.splitlines() if len(line) > 120] == []


def test_the_schema_of_inspect_says_what_the_code_does() -> None:
    assert schema.PATH.read_text("utf-8") == schema.schema_text(), "run python -m tests.hub.schema"
    required = json.loads(schema.schema_text())["properties"]
    assert required.keys() >= {
        "repo", "commit", "family", "evidence", "inputs", "outputs", "variants", "realtime",
        "open_questions",
    }  # fmt: skip
