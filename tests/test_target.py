from __future__ import annotations

from pathlib import Path

import pytest

from lucid import LucidModel, TargetError
from lucid._target import find_port
from lucid.runtime.loading import load_model_class, stub_config
from tests.ports import EverythingModel, UnloadableModel

PORT = """
from lucid import LucidModel, LucidSession, publish

class Session(LucidSession["Model"]):
    pass

class Model(LucidModel):
    name = "{name}"
    session_cls = Session
    outputs = (publish.video(name="v", width=64, height=48),)
"""


def write_port(folder: Path, entry: str | None, source: str | None = None) -> Path:
    folder.mkdir(parents=True)
    tool = f'[tool.lucid]\nport = "{entry}"\n' if entry else ""
    (folder / "pyproject.toml").write_text(f'[project]\nname = "x"\n{tool}')
    if source is not None and entry is not None:
        (folder / f"{entry.partition(':')[0]}.py").write_text(source)
    return folder


def test_a_folder_module_class_or_nothing_names_a_port(tmp_path: Path) -> None:
    write_port(tmp_path / "one", "target_one:Model", PORT.format(name="one"))
    for target in ("one", str(tmp_path / "one"), None):
        location = find_port(target, tmp_path)
        assert location.entry == "target_one:Model"
        assert location.source == tmp_path / "one" / "target_one.py"
    assert find_port(None, tmp_path / "one").root == tmp_path / "one"
    assert find_port("target_one:Model", tmp_path / "one").entry == "target_one:Model"
    model_cls = load_model_class(find_port("one", tmp_path))
    assert issubclass(model_cls, LucidModel)
    assert model_cls.name == "one"


def test_where_no_port_is_the_bundled_world_plays(tmp_path: Path) -> None:
    assert load_model_class(find_port(None, tmp_path)).name == "landscape"


def test_of_several_ports_one_must_be_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_port(tmp_path / name, f"{name}:Model")
    write_port(tmp_path / "no-port", None)
    with pytest.raises(TargetError) as caught:
        find_port(None, tmp_path)
    assert (
        str(caught.value) == "there are several ports here: a, b\npass one of them, for example a"
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere", "nowhere: no such folder"),
        ("bad-toml/pyproject.toml", "is a file, not a folder"),
        ("empty", "empty holds no port: it has no pyproject.toml"),
        ("no-entry", "no-entry holds no port: its pyproject.toml has no [tool.lucid] port"),
        ("bad-toml", "cannot be read"),
        ("bad-entry", "is not module:Class"),
        ("bad-type", "port must be a string"),
        ("a b:C", "is not module:Class"),
    ],
)
def test_a_target_that_is_none_says_why(tmp_path: Path, target: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    for name, text in (
        ("bad-toml", "[tool.lucid"),
        ("no-entry", "[project]"),
        ("bad-entry", '[tool.lucid]\nport = "no-colon"'),
        ("bad-type", "[tool.lucid]\nport = 1"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(text)
    with pytest.raises(TargetError) as caught:
        find_port(target, tmp_path)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("module", "source", "said", "hint"),
    [
        ("t_gone", None, "there is no module 't_gone'", "[tool.lucid] port"),
        (
            "t_import",
            "import no_such_library",
            "'no_such_library'",
            "list the package of no_such_library",
        ),
        ("t_near", "import t_nea", "'t_nea'", "list the package of t_nea"),
        ("t_raise", "x = 1\n1 / 0", "ZeroDivisionError: division by zero", "lucid check"),
        ("t_syntax", "def f(:", "SyntaxError", "lucid check"),
        ("t_none", "x = 1", "t_none defines none", "lucid check"),
        ("t_other", PORT.format(name="x").replace("class Model", "class Other"), "Other", ":Class"),
    ],
)
def test_a_port_that_does_not_import_says_why(
    tmp_path: Path, module: str, source: str | None, said: str, hint: str
) -> None:
    write_port(tmp_path / "p", f"{module}:Model", source)
    with pytest.raises(TargetError) as caught:
        load_model_class(find_port("p", tmp_path))
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")
    if module == "t_raise":
        assert "t_raise.py:2" in caught.value.message


def test_a_port_with_a_stub_engine_can_be_played_with_it() -> None:
    assert stub_config(UnloadableModel).model_dump() == {"engine": "stub"}
    with pytest.raises(TargetError, match="EverythingModel has no stub engine"):
        stub_config(EverythingModel)
