from __future__ import annotations

from pathlib import Path

import pytest

from lucid.errors import ScaffoldError
from lucid.scaffold.names import (
    check_hides_nothing,
    check_name,
    class_name,
    suggest_name,
)
from lucid.scaffold.render import RenderedFile


@pytest.mark.parametrize("name", ["waypoint", "my_world", "Oasis2", "w"])
def test_an_ordinary_identifier_is_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "reason", "suggested"),
    [
        ("my-world", "letters, digits and _", "my_world"),
        ("9lives", "letters, digits and _", "world_9lives"),
        ("_hidden", "letters, digits and _", "hidden"),
        ("trailing_", "letters, digits and _", "trailing"),
        ("wörld", "letters, digits and _", "w_rld"),
        ("", "letters, digits and _", "my_world"),
        ("two words", "letters, digits and _", "two_words"),
        ("newline\n", "letters, digits and _", "newline"),
        ("../escape", "it is a path", "escape"),
        ("a/b", "it is a path", "b"),
        ("a\\b", "it is a path", "b"),
        ("..", "it is a path", "my_world"),
        ("/etc", "it is a path", "etc"),
        ("class", "Python keyword", "class_world"),
        ("match", "Python keyword", "match_world"),
        ("json", "another module", "json_world"),
        ("Lucid", "another module", "lucid_world"),
        ("torch", "another module", "torch_world"),
        ("tests", "another module", "tests_world"),
        ("av", "another module", "av_world"),
        ("PIL", "another module", "pil_world"),
        ("yaml", "another module", "yaml_world"),
        ("diffusers", "another module", "diffusers_world"),
        ("Transformers", "another module", "transformers_world"),
        ("safetensors", "another module", "safetensors_world"),
        ("huggingface_hub", "another module", "huggingface_hub_world"),
        ("prometheus_client", "another module", "prometheus_client_world"),
        ("upstream", "another module", "upstream_world"),
        ("CON", "Windows", "con_world"),
        ("lpt1", "Windows", "lpt1_world"),
        ("x" * 31, "longer than 30", "x" * 22),
    ],
)
def test_any_other_name_is_refused_with_one_that_works(
    name: str, reason: str, suggested: str
) -> None:
    with pytest.raises(ScaffoldError, match=reason) as caught:
        check_name(name)
    assert caught.value.hint == f"try {suggested}"
    check_name(suggested)


def test_a_suggestion_can_always_be_used() -> None:
    for text in ["print", "None", "import", "  ", "://", "数", "a" * 500, "__init__", "lucid_"]:
        check_name(suggest_name(text))


def test_classes_are_named_after_the_port() -> None:
    assert class_name("my_world") == "MyWorld"
    assert class_name("waypointHD") == "WaypointHD"


@pytest.mark.parametrize("name", ["brotli_like", "Brotli_Like", "one_file", "namespace_only"])
def test_what_can_be_imported_here_is_no_name_and_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    packages = tmp_path / "site-packages"
    (packages / "brotli_like").mkdir(parents=True)
    (packages / "brotli_like" / "__init__.py").write_text("raise SystemExit('imported')")
    (packages / "one_file.py").write_text("raise SystemExit('imported')")
    (packages / "namespace_only").mkdir()
    monkeypatch.syspath_prepend(packages)
    with pytest.raises(ScaffoldError, match="another module") as caught:
        check_name(name, tmp_path / name)
    assert caught.value.hint == f"try {name.lower()}_world"


def test_a_port_that_is_installed_from_its_folder_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_port" / "my_port").mkdir(parents=True)
    (tmp_path / "my_port" / "my_port" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "my_port")
    monkeypatch.syspath_prepend(tmp_path)
    check_name("my_port", tmp_path / "my_port")


@pytest.mark.parametrize("name", ["diffusers2", "cosmos_predict2", "cv2", "wan", "Wan"])
def test_what_the_port_requires_or_imports_is_no_name(name: str) -> None:
    files = [
        RenderedFile(
            "pyproject.toml",
            """[project]
dependencies = ["lucid-runtime"]
[project.optional-dependencies]
engine = ["Diffusers2==1", "cosmos-predict2[x] @ git+https://a.b/c", "opencv-python>=4"]
""",
        ),
        RenderedFile("wan/engine.py", "def load():\n    from wan.modules.vae import WanVAE\n"),
        RenderedFile("tests/test_port.py", "from wan.port import Wan\nimport wan2.port"),
        RenderedFile("wan/port.py", ""),
    ]
    with pytest.raises(ScaffoldError, match="would hide") as caught:
        check_hides_nothing(name, files)
    assert caught.value.hint == f"try {name.lower()}_world"


def test_a_port_may_import_itself() -> None:
    files = [
        RenderedFile("tests/test_port.py", "from mine.port import Mine\nfrom mine import port"),
        RenderedFile("mine/port.py", "from .engine import load"),
        RenderedFile("mine/__init__.py", ""),
    ]
    check_hides_nothing("mine", files)
