"""A whole port on disk: which files are read, and how names are followed through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucid._target import PortLocation, find_port
from lucid.check.engine import check_port
from lucid.errors import TargetError
from tests.check.example import EXAMPLE

PYPROJECT = """\
[project]
name = "world"

[tool.lucid]
port = "world.port:MyModel"
"""

SESSION, MODEL = EXAMPLE.split("class MyModel")
MODEL = f"from lucid import LucidModel, SessionContext, publish\n\nclass MyModel{MODEL}"


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def check(
    root: Path, files: dict[str, str | bytes], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str, int, int]]:
    write(root, {"pyproject.toml": PYPROJECT, **files})
    monkeypatch.chdir(root)
    found = check_port(find_port(".", root))
    return [(d.code, Path(d.path).as_posix(), d.line, d.column) for d in found]


def test_a_port_in_several_files_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | bytes] = {
        "world/__init__.py": "",
        "world/play/__init__.py": "from .session import MySession",
        "world/play/session.py": SESSION,
        "world/port.py": f"from .play import MySession\n{MODEL}",
    }
    assert check(tmp_path, files, monkeypatch) == []


@pytest.mark.parametrize(
    "line",
    [
        "from .session import MySession",
        "from world.session import MySession",
        "from . import session\nMySession = session.MySession",
        "import world.session\nMySession = world.session.MySession",
        "from .sessions import MySession",
    ],
)
def test_a_session_is_followed_through_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    files: dict[str, str | bytes] = {
        "world/session.py": SESSION.replace('"main_video", frame', '"main", frame'),
        "world/sessions.py": "from .session import MySession",
        "world/port.py": f"{line}\n{MODEL}",
    }
    assert check(tmp_path, files, monkeypatch) == [("LUC202", "world/session.py", 25, 36)]


def test_inherited_inputs_and_shared_keys_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "world/keys.py": 'FORWARD = ("KeyW", "ArrowUp")\nFLY = ("Spce", *FORWARD)\n',
        "world/session.py": SESSION.replace('("KeyW",)', "keys.FORWARD").replace(
            "from lucid", "from . import keys\nfrom lucid", 1
        ),
        "world/port.py": f"""\
from lucid import input, press
from .keys import FLY
from .session import MySession as Base

class MySession(Base):
    @input(binding=press(keys=FLY))
    def fly(self) -> None:
        self.prompt = "fly"

{MODEL}""",
    }
    assert check(tmp_path, files, monkeypatch) == [
        ("LUC109", "world/keys.py", 2, 8),
        ("LUC110", "world/port.py", 6, 20),
    ]


def test_a_base_model_of_the_port_need_not_be_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "world/base.py": "import lucid\n\nclass Base(lucid.LucidModel): ...\n",
        "world/port.py": "from .base import Base\n"
        + EXAMPLE.replace("MyModel(LucidModel)", "MyModel(Base)"),
    }
    assert check(tmp_path, files, monkeypatch) == []


def test_files_that_are_not_the_port_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "x = ("
    files: dict[str, str | bytes] = {
        "world/port.py": EXAMPLE,
        "setup.py": wrong,
        "tests/test_port.py": wrong,
        "world/tests/test_port.py": wrong,
        "world/upstream/model.py": wrong,
        "world/.cache/x.py": wrong,
        "world/python/pyvenv.cfg": "",
        "world/python/x.py": wrong,
    }
    assert check(tmp_path, files, monkeypatch) == []


def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "world/latin.py": b"# caf\xe9\n",
        "world/cookie.py": b"# -*- coding: klingon -*-\n",
        "world/cookie2.py": b"# -*- coding: rot13 -*-\nx = 1\n",
        "world/late.py": "x = 'é'\n\n\ny = '".encode() + b"\xff'\n",
        "world/port.py": EXAMPLE.replace("prompt: str)", "prompt)"),
    }
    assert check(tmp_path, files, monkeypatch) == [
        ("LUC001", "world/cookie.py", 1, 1),
        ("LUC001", "world/cookie2.py", 1, 1),
        ("LUC001", "world/late.py", 4, 6),
        ("LUC001", "world/latin.py", 1, 6),
        ("LUC103", "world/port.py", 15, 26),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + EXAMPLE.encode(),
        b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n" + EXAMPLE.encode(),
        EXAMPLE.replace("\n", "\r\n").encode(),
    ],
    ids=["byte-order mark", "latin-1", "CRLF"],
)
def test_every_encoding_that_python_reads_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    assert check(tmp_path, {"world/port.py": data}, monkeypatch) == []


# Entry points


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ("LUC003", "pyproject.toml", 5, 8)),
        ({"world/engine.py": EXAMPLE}, ("LUC003", "pyproject.toml", 5, 8)),
        (
            {"world/port.py": EXAMPLE.replace("MyModel", "MyWorld")},
            ("LUC003", "pyproject.toml", 5, 8),
        ),
        ({"world/port.py": ""}, ("LUC002", "world/port.py", 1, 1)),
        (
            {"world/port.py": EXAMPLE.replace("MyModel(LucidModel)", "MyModel")},
            ("LUC002", "world/port.py", 1, 1),
        ),
    ],
    ids=["empty folder", "no file", "no class", "empty file", "no model"],
)
def test_an_entry_point_that_leads_nowhere_is_a_finding(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str | bytes],
    found: tuple[str, str, int, int],
) -> None:
    (tmp_path / "world").mkdir()
    assert check(tmp_path, files, monkeypatch) == [found]


def test_the_message_names_the_model_that_is_there(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"pyproject.toml": PYPROJECT, "world/port.py": EXAMPLE.replace("MyModel", "MyWorld")},
    )
    (found,) = check_port(find_port(".", tmp_path))
    assert found.message == (
        'the entry point "world.port:MyModel" names no model, because that file has no such class: '
        'write "world.port:MyWorld"'
    )


def test_a_broken_file_hides_no_model_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(tmp_path, {"world/port.py": "class MyModel(\n"}, monkeypatch) == [
        ("LUC001", "world/port.py", 1, 14)
    ]


def test_a_port_of_one_file_is_read_without_a_package(tmp_path: Path) -> None:
    write(tmp_path, {"world.py": EXAMPLE.replace("prompt: str)", "prompt)"), "other.py": "x = ("})
    (found,) = check_port(find_port("world:MyModel", tmp_path))
    assert (found.code, found.path) == ("LUC103", str(tmp_path / "world.py"))


def test_a_named_module_that_does_not_exist_is_a_mistake_of_usage(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"world\.port:MyModel: no file"):
        check_port(PortLocation(tmp_path, "world.port", "MyModel"))


def test_a_port_is_never_run(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": PYPROJECT,
            "world/port.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n{EXAMPLE}",
        },
    )
    assert check_port(find_port(".", tmp_path)) == []
    assert not (tmp_path / "ran").exists()


STAR = EXAMPLE.replace(EXAMPLE.splitlines()[0], "{line}")
WRONG = STAR.replace('("KeyW",)', '("W",)').replace("await self.ctx", "self.ctx")


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("from lucid import *", {}),
        ("from .names import *", {"world/names.py": "from lucid import *\n"}),
        (
            "from .names import *",
            {
                "world/names.py": "from lucid import *\nfrom .more import *\n"
                "__all__ = ['input', 'publish', 'hold', 'image_input', 'InputFile', 'LucidModel',"
                " 'LucidSession', 'SessionContext']\n",
                "world/more.py": "",
            },
        ),
    ],
)
def test_a_star_import_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, files: dict[str, str | bytes]
) -> None:
    found = check(tmp_path, {**files, "world/port.py": WRONG.replace("{line}", line)}, monkeypatch)
    assert [code for code, *_ in found] == ["LUC109", "LUC302"]


@pytest.mark.parametrize("module", ["world/port.py", "src/world/port.py"])
def test_a_port_is_found_in_a_src_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    folder = Path(module).parent.as_posix()
    source = EXAMPLE.replace('("KeyW",)', "UP")
    keys = f"{folder}/keys.py"
    files: dict[str, str | bytes] = {
        "src/other/port.py": "x = (",
        module: f"from world.keys import UP\n{source}",
        keys: "UP = ('w',)\n",
    }
    assert check(tmp_path, files, monkeypatch) == [("LUC109", keys, 1, 7)]


def test_a_package_with_the_name_of_a_library_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "world/__init__.py": "",
        "world/engine.py": "from world import Transformer\nimport world\n\nworld.pipelines.run()\n",
        "world/port.py": f"from world.engine import Transformer\nimport world.engine\n{EXAMPLE}",
    }
    assert check(tmp_path, files, monkeypatch) == [
        ("LUC009", "world/engine.py", 1, 1),
        ("LUC009", "world/engine.py", 2, 1),
    ]
