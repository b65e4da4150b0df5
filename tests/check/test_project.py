"""What the checker reads around a port's package: requirements, modules, upstream code."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucid._target import find_port
from lucid.check.engine import check
from lucid.check.project import Project, read_project, requirements
from lucid.check.sources import read_tree
from tests.check.example import EXAMPLE

PYPROJECT = """\
[project]
name = "my-port"
dependencies = ["lucid-runtime[serve, demo]>=0.1", "Some_Code @ git+https://github.com/org/code"]

[project.optional-dependencies]
engine = ["einops==0.8"]

[dependency-groups]
dev = ["pytest", { include-group = "more" }]

[tool.lucid]
port = "port:MyModel"
"""


def make_port(folder: Path) -> Path:
    files = {
        "pyproject.toml": PYPROJECT,
        "port.py": EXAMPLE,
        "einops.py": "",
        "notes/readme.md": "",
        "upstream/code/src/einops/__init__.py": "",
        "upstream/code/demo.py": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_project_is_read_from_its_folder(tmp_path: Path) -> None:
    location = find_port(".", make_port(tmp_path / "world"))
    assert read_project(location) == Project(
        "world",
        ("einops", "lucid-runtime", "lucid-runtime[demo]", "lucid-runtime[serve]", "pytest",
         "some-code"),
        ("einops", "port"),
        ("demo", "src/einops"),
    )  # fmt: skip


def test_requirements_that_a_build_computes_are_unknown() -> None:
    assert requirements({"project": {"name": "x", "dynamic": ["dependencies"]}}) is None
    project = {"dependencies": [], "dynamic": ["optional-dependencies"]}
    assert requirements({"project": project}) is None


def test_a_module_beside_the_port_that_hides_a_library_is_found(tmp_path: Path) -> None:
    root = make_port(tmp_path / "world")
    (found,) = check(read_tree(find_port(".", root), root))
    assert (found.code, found.path, found.line) == ("LUC010", "pyproject.toml", 12)


@pytest.mark.parametrize("line", ["import port", "    from port.parts import P", "import os, port"])
def test_a_module_of_upstream_matters_if_upstream_imports_it(line: str, tmp_path: Path) -> None:
    root = make_port(tmp_path / "world")
    (root / "upstream/code/port.py").write_text("import gradio\n", "utf-8")  # a script
    assert not read_project(find_port(".", root)).upstream_imports_package
    (root / "upstream/code/src/model.py").write_text(f"import torch\n{line}\n", "utf-8")
    assert read_project(find_port(".", root)).upstream_imports_package
