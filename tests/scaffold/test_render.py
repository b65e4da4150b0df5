from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from lucid.scaffold.escape import identifier
from lucid.scaffold.render import RenderedFile, render


def templates(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_a_family_s_template_replaces_the_common_one(tmp_path: Path) -> None:
    common = templates(tmp_path / "common", a_dot_md_dot_jinja="common", b_dot_md_dot_jinja="b")
    family = templates(tmp_path / "family", a_dot_md_dot_jinja="family")
    assert render([family, common], "w", {}) == [
        RenderedFile("a.md", "family"),
        RenderedFile("b.md", "b"),
    ]


def test_the_package_folder_gets_the_port_s_name(tmp_path: Path) -> None:
    folder = templates(tmp_path, package__x_dot_py_dot_jinja="x = {{ value|literal }}\n")
    assert render([folder], "w", {"value": "it's"}) == [RenderedFile("w/x.py", 'x = "it\'s"\n')]


def test_a_file_to_include_is_no_file_of_the_port(tmp_path: Path) -> None:
    folder = templates(
        tmp_path, _part_dot_md_dot_jinja="part", a_dot_md_dot_jinja="{% include '_part.md.jinja' %}"
    )
    assert render([folder], "w", {}) == [RenderedFile("a.md", "part")]


@pytest.mark.parametrize("suffix", ["py", "md", "toml"])
def test_a_value_without_a_filter_is_refused(tmp_path: Path, suffix: str) -> None:
    folder = templates(tmp_path, **{f"a_dot_{suffix}_dot_jinja": "{{ value }}"})
    assert render([folder], "w", {"value": identifier("fine")})[0].text == "fine"
    with pytest.raises(TypeError, match="without a filter"):
        render([folder], "w", {"value": "fine"})


def test_a_value_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    folder = templates(tmp_path, a_dot_md_dot_jinja="{{ nothing|code }}")
    with pytest.raises(UndefinedError):
        render([folder], "w", {})
