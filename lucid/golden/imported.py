"""Import upstream's code, and a port with small frames and local weights."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from lucid.errors import UpstreamError
from lucid.upstream import use_upstream


def import_upstream(package: str, folder: str = "", *, modules: Sequence[str] = ()) -> Path:
    """Put upstream's code on the import path, import ``modules``, and return its checkout.

    Skip the test if `lucid sync` has not fetched the code, or if a package is missing.
    """
    import pytest

    try:
        checkout = use_upstream(_file_of(f"{package}.engine"), folder)
    except UpstreamError as error:
        pytest.skip(str(error))
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            pytest.skip(f"{error}: run `lucid sync`, and pytest with .lucid/venv/bin/python")
    return checkout


@contextmanager
def tiny_port(package: str, weights: Path, **constants: Any) -> Iterator[ModuleType]:
    """Import ``port.py`` again, with other ``constants`` in its ``engine.py``; yield the module.

    Constants that ``engine.py`` computes from these change too, and ``download_weights`` returns
    the folder ``weights``. The end of the ``with`` block restores the port.
    """
    assert "WIDTH" not in constants or constants["WIDTH"] != constants.get("HEIGHT"), (
        "WIDTH and HEIGHT are equal, so this test would not see it if they are swapped: make one "
        "of them larger"
    )
    root = str(Path(_file_of(f"{package}.engine")).parents[package.count(".") + 1])
    kept = _forget(package)
    sys.path.insert(0, root)  # before upstream's code, which may have a module of the same name
    variable = os.environ.get("LUCID_WEIGHTS")
    os.environ["LUCID_WEIGHTS"] = str(weights)
    try:
        _import_engine(f"{package}.engine", constants)
        yield import_module(f"{package}.port")
    finally:
        _forget(package)
        sys.modules.update(kept)
        sys.path.remove(root)
        del os.environ["LUCID_WEIGHTS"]
        if variable is not None:
            os.environ["LUCID_WEIGHTS"] = variable


def import_with_changes(checkout: Path, name: str, changes: Mapping[str, str]) -> ModuleType:
    """Import a module of upstream, such as ``tools.generate``, with changes in its source."""
    file = checkout / f"{name.replace('.', '/')}.py"
    source = file.read_text("utf-8")
    for theirs, ours in changes.items():
        assert theirs in source, f"{file} has changed: {theirs!r} is not in it"
        source = source.replace(theirs, ours)
    return _import(name, str(file), source)


def check_texts(checkout: Path, texts: Mapping[str, str]) -> None:
    """Check that files of upstream contain these texts, which you make from constants of engine.py.

    Use it for the constants that ``tiny_port`` makes small, because the frames do not check them.

    Raises:
        AssertionError: A file does not contain its text. The message names the file.
    """
    for file, text in texts.items():
        assert text in (checkout / file).read_text("utf-8"), (
            f"a constant of engine.py differs from upstream's: {file} does not say {text!r}"
        )


def _import_engine(name: str, constants: Mapping[str, Any]) -> None:
    file = _file_of(name)
    left = dict(constants)
    body: list[ast.stmt] = []
    for statement in ast.parse(Path(file).read_text("utf-8")).body:
        body.append(statement)
        for target in _assigned(statement) & left.keys():
            body += ast.parse(f"{target} = {left.pop(target)!r}").body
    assert not left, f"{file} has no constant {', '.join(left)}"
    package, _, own_name = name.rpartition(".")
    setattr(import_module(package), own_name, _import(name, file, ast.Module(body, [])))


def _import(name: str, file: str, source: str | ast.Module) -> ModuleType:
    loader = _Loader(name, file)
    loader.source = source
    spec = spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = sys.modules[name] = module_from_spec(spec)
    loader.exec_module(module)
    return module


class _Loader(SourceFileLoader):
    """Loads a module from ``source`` instead of from its file."""

    source: str | ast.Module

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.source, self.path, "exec")
        return code


def _file_of(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None, f"there is no module {module}"
    return spec.origin


def _assigned(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return set()
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _forget(package: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}
