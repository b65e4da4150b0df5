from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lucid._port_files import digest_files
from lucid.hub.facts import RepoFacts
from lucid.lock import Choices
from lucid.scaffold.plan import plan
from tests.scaffold.facts import recorded_facts


def lock_of(facts: RepoFacts | None) -> tuple[dict[str, Any], dict[str, str]]:
    files = {file.path: file.text for file in plan("waypoint", facts)}
    return json.loads(files.pop("lucid.lock")), files


def test_the_lock_says_what_the_port_was_made_from() -> None:
    facts = recorded_facts("Overworld/Waypoint-1.5-1B")
    lock, _ = lock_of(facts)
    assert lock["lock_version"] == 1
    assert lock["lucid_version"] == version("lucid-runtime")
    assert lock["name"] == lock["family"] == "waypoint"
    assert lock["source"]["repo"] == "Overworld/Waypoint-1.5-1B"
    assert lock["source"]["commit"] == facts.commit
    assert {"path": "model.safetensors", "size_bytes": 3720000000, "sha256": None} in lock[
        "source"
    ]["files"]


def test_the_lock_has_every_answer_also_the_unknown_ones() -> None:
    lock, _ = lock_of(recorded_facts("Overworld/Waypoint-1.5-1B"))
    assert lock["answers"]["frames_per_step"] == 4
    assert lock["answers"]["prompt_encoder_repo"] is None
    assert lock["answers"]["inputs"] == ["keyboard", "mouse", "scroll", "image"]


def test_the_lock_has_the_hash_of_every_other_file() -> None:
    lock, files = lock_of(None)
    assert lock["source"] is None
    assert lock["rendered"] == {
        path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()
    }


def test_the_digest_changes_with_any_template(tmp_path: Path) -> None:
    template = tmp_path / "a.md.jinja"
    template.write_text("one", "utf-8")
    before = digest_files(tmp_path, [template])
    assert digest_files(tmp_path, [template, tmp_path / "gone"]) == before
    template.write_text("two", "utf-8")
    assert digest_files(tmp_path, [template]) != before
    template.rename(tmp_path / "b.md.jinja")
    assert digest_files(tmp_path, [tmp_path / "b.md.jinja"]) != before


def test_the_lock_pins_upstream_code_that_is_no_package() -> None:
    facts = recorded_facts("eloialonso/diamond", Choices(variant="csgo"))
    lock, _ = lock_of(facts)
    assert facts.engine and facts.engine.value.requirement is None
    url, _, commit = (facts.engine.value.source or "").removeprefix("git+").rpartition("@")
    assert lock["upstream"] == {"url": url, "commit": commit}
    assert lock_of(recorded_facts("Overworld/Waypoint-1.5-1B"))[0]["upstream"] is None


def test_the_lock_keeps_what_was_chosen() -> None:
    choices = Choices(family="waypoint", answers={"fps": "24"})
    files = plan("w", recorded_facts("Overworld/Waypoint-1.5-1B", choices), choices)
    (lock,) = [json.loads(file.text) for file in files if file.path == "lucid.lock"]
    assert lock["choices"] == {"family": "waypoint", "variant": None, "answers": {"fps": "24"}}
