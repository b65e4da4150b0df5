"""``lucid check``, and ``python -m lucid.check``.

It uses argparse, because importing typer takes longer than the check itself.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lucid._target import LOCAL_WEIGHTS, PROFILES, find_port
from lucid._text import counted, plain, unified_diff
from lucid.check.cache import cached_check
from lucid.check.config import read_selection
from lucid.check.diagnostics import Diagnostic
from lucid.check.sources import SourceFile, SourceTree, encode, read_file, read_tree
from lucid.errors import TargetError, reason

FORMATS = ("full", "concise", "json", "github", "sarif", "junit")
Play = Callable[[argparse.Namespace], int]
"""Runs a port's conformance checks and returns the exit code."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="lucid check",
        description="Check a port's source without running it. Exits 1 on a finding. "
        "`lucid rule` explains the rules. `# lucid: noqa[LUC106] reason` accepts a finding.",
        add_help=False,  # `lucid check --help` looks like the help of the other commands
    )
    add = made.add_argument
    add(
        "target",
        nargs="?",
        metavar="PORT",
        help="A port's folder, module:Class or a Python file; by default the only port here.",
    )
    add("--fix", action="store_true", help="Apply the safe fixes.")
    add("--unsafe-fixes", action="store_true", help="With --fix: also apply fixes that may "
        "change what the port does.")  # fmt: skip
    add("--diff", action="store_true", help="Print what --fix would change, and change nothing.")
    add("--select", type=_codes, default=(), metavar="CODES",
        help="Use only these rules, such as LUC1,LUC303.")  # fmt: skip
    add("--ignore", type=_codes, default=(), metavar="CODES", help="Do not use these rules.")
    add("--add-noqa", nargs="?", const="", metavar="REASON",
        help="Accept every finding: write a noqa comment beside it.")  # fmt: skip
    add("--watch", action="store_true", help="Check again whenever a file changes.")
    add("--format", choices=FORMATS, default="full", help="How to print findings.")
    add("--json", action="store_const", const="json", dest="format",
        help="The same as --format json.")  # fmt: skip
    add = made.add_argument_group("With the port running").add_argument
    add("--conformance", action="store_true", help="Also run the port and check how it behaves.")
    add("--profile", choices=PROFILES, default="stub", help="stub: on its stub engine, without "
        "weights. full: with its weights. certified: full, and no check may be skipped or "
        "expected to fail.")  # fmt: skip
    add("--weights", nargs="?", const="", metavar="DIR", help="Compare upstream's modules with the "
        "tensors of the checkpoint. It reads only the headers, on the Hub, or in DIR/ORG/NAME or "
        "DIR itself. With --profile full: play with the weights in DIR.")  # fmt: skip
    add("--wire", action="store_true", help="Also play through the real server.")
    add("--junit", type=Path, metavar="FILE", help="Write the results as JUnit XML.")
    add("--badge", type=Path, metavar="FILE", help="Write a record of the result as JSON.")
    return made


def main(arguments: Sequence[str] | None = None, play: Play | None = None) -> int:
    """Run the command and return the exit code. ``play`` runs --conformance and --weights.

    Raises:
        TargetError: there is no such port, or a selection names no rule.
    """
    options = parser().parse_args(arguments)
    runs_port = options.conformance or options.weights is not None
    plays = {"wire": options.wire, "badge": options.badge, "profile": options.profile != "stub"}
    if not options.conformance and (given := [name for name, value in plays.items() if value]):
        raise TargetError(
            f"--{given[0]} needs --conformance, which plays the port",
            hint="add --conformance: without it, the port is only read, or loaded with --weights",
        )
    if runs_port and play is not None:
        if options.weights:
            options.weights = str(_folder_of_weights(options.weights, options.target))
        if options.conformance and options.weights:
            os.environ[LOCAL_WEIGHTS] = options.weights
        found = 0 if options.format == "json" else run(options)  # stdout is one JSON value
        return max(found, play(options))
    alone = ("junit", "weights", "conformance")
    if given := [name for name in alone if getattr(options, name) not in (None, False)]:
        raise TargetError(
            f"--{given[0]} needs the port to run", hint="run `lucid check PORT --conformance`"
        )
    if options.watch:
        from lucid.check.watch import watch

        return watch(lambda: _read(options.target, Path.cwd())[0], lambda: run(options))
    return run(options)


def _folder_of_weights(named: str, target: str | None) -> Path:
    folder = Path(named).expanduser().resolve()
    is_port = target is None and (folder / "pyproject.toml").is_file()
    if is_port or not folder.is_dir():
        problem = "is a port, not a folder of weights" if is_port else "is not a folder"
        raise TargetError(
            f"--weights {named}: {named} {problem}",
            hint="write the port first: lucid check PORT --weights DIR",
        )
    return folder


def run(options: argparse.Namespace) -> int:
    """Check once, as the options say, and return the exit code."""
    cwd = Path.cwd()
    tree, root = _read(options.target, cwd)
    selection = read_selection(root, options.select, options.ignore)
    found = cached_check(tree, selection)
    if options.add_noqa is not None:
        return _add_noqas(tree, found, options.add_noqa)
    if options.fix or options.diff:
        from lucid.check.fixes import fix_tree

        fixed = fix_tree(
            tree, lambda changed: cached_check(changed, selection), unsafe=options.unsafe_fixes
        )
        if options.diff:
            return _print_diff(tree, fixed.tree)
        _write(tree, fixed.tree)
        tree, found = fixed.tree, fixed.diagnostics
        _print(options, tree, found, fixed.count)
    else:
        _print(options, tree, found, 0)
    return 0 if all(each.is_note for each in found) else 1


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in text.replace(",", " ").split() if code)


def _read(target: str | None, cwd: Path) -> tuple[SourceTree, Path]:
    """Return the files to check, and the folder whose pyproject.toml has the settings."""
    if target and target.endswith(".py"):
        path = cwd / target
        if not path.is_file():
            raise TargetError(f"{target}: no such file", hint="name a port's folder or a .py file")
        return SourceTree((read_file(path, path.parent, cwd),)), path.parent
    location = find_port(target, cwd)
    if target is None and not location.root.is_relative_to(cwd.resolve()):
        raise TargetError(
            "no port is here",
            hint="name a port's folder, module:Class or a .py file; `lucid new NAME` writes a port",
        )
    return read_tree(location, cwd), location.root


def _print(
    options: argparse.Namespace, tree: SourceTree, found: list[Diagnostic], fixed: int
) -> None:
    from lucid.check import formats, render

    match options.format:
        case "json":
            text = render.as_json(found)
        case "github":
            text = formats.as_github(found)
        case "sarif":
            text = formats.as_sarif(found)
        case "junit":
            text = formats.as_junit(found, [file.path for file in tree.files])
        case "concise":
            text = render.concise(found)
        case _:
            entry = {tree.entry.path: tree.entry.text} if tree.entry else {}
            texts = entry | {file.path: file.text for file in tree.files}
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            text = render.full(found, texts, colour=colour)
    if text:
        print(text)
    print(render.summary(found, len(tree.files), fixed), file=sys.stderr)


def _print_diff(before: SourceTree, after: SourceTree) -> int:
    """Print a unified diff on stdout; return 1 if there is one."""
    changed = _changed(before, after)
    for old, new in changed:
        diff = unified_diff(old.text, new.text, old.path, new.path)
        # Keep a diff in a file or a pipe as it is, so that `patch` can apply it.
        sys.stdout.write(plain(diff) if sys.stdout.isatty() else diff)
    summary = f"Would change {counted(len(changed), 'file')}" if changed else "Nothing to fix"
    print(summary, file=sys.stderr)
    return 1 if changed else 0


def _write(before: SourceTree, after: SourceTree) -> None:
    for _, new in _changed(before, after):
        if new.location is None:
            continue
        path = new.location.resolve()
        draft = path.with_name(f".{path.name}.lucid")
        try:  # write the whole file or nothing
            draft.write_bytes(encode(new, new.text))
            draft.chmod(path.stat().st_mode)
            draft.replace(path)
        except (OSError, UnicodeEncodeError) as error:
            draft.unlink(missing_ok=True)
            raise TargetError(
                f"{new.path} cannot be written: {reason(error)}", hint="the file was not changed"
            ) from None


def _changed(before: SourceTree, after: SourceTree) -> list[tuple[SourceFile, SourceFile]]:
    pairs = zip(before.files, after.files, strict=True)
    return [(old, new) for old, new in pairs if old.text != new.text]


def _add_noqas(tree: SourceTree, found: list[Diagnostic], reason: str) -> int:
    from dataclasses import replace

    from lucid.check.noqa import add_noqas

    files: list[SourceFile] = []
    count = 0
    for file in tree.files:
        text, added = add_noqas(file.text, [d for d in found if d.path == file.path], reason)
        files.append(replace(file, text=text))
        count += added
    _write(tree, replace(tree, files=tuple(files)))
    left = len(found) - count
    print(f"Accepted {count} of {len(found)} findings", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
