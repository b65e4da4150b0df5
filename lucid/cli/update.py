"""``lucid update``: render a port again, and merge it with its author's changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lucid.cli.printing import echo, echo_json, progress
from lucid.cli.style import PortFolder, json_option

if TYPE_CHECKING:
    from lucid.hub.facts import RepoFacts
    from lucid.lock import Lock, Upstream
    from lucid.scaffold.render import RenderedFile
    from lucid.scaffold.update import Update


def update(
    target: PortFolder = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing. Exit 1 if the repo or a template changed."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change. Write nothing.")
    ] = False,
    json_output: Annotated[bool, json_option("each file's status")] = False,
) -> None:
    """Render a port again from the current repo, and merge your changes into it.

    If the update changes lines that you changed, the file contains both
    versions between conflict markers, and the exit code is 1.
    """
    from lucid._target import find_own_port
    from lucid.lock import read_lock
    from lucid.scaffold.update import Status, apply_update, plan_update

    port = find_own_port(target, Path.cwd()).root
    lock = read_lock(port)
    if check:
        _check(lock, json_output)
        return
    facts, files = _render_again(lock)
    planned = plan_update(port, lock, files, _their_name(facts))
    if not dry_run:
        apply_update(port, planned)
    if json_output:
        _print_json(port, lock, facts, planned, dry_run)
    else:
        _print(planned, dry_run)
    conflicts = [change for change in planned.changes if change.status is Status.CONFLICT]
    if dry_run:
        echo("nothing was written", err=True)
    elif conflicts:
        names = ", ".join(change.path for change in conflicts)
        echo(f"resolve the conflicts that are marked in {names}", err=True)
    else:
        echo(f"next:\n  lucid check {target or '.'}", err=True)
    if conflicts:
        raise typer.Exit(1)


def _check(lock: Lock, json_output: bool) -> None:
    from lucid.scaffold.update import what_is_newer

    with progress("Looking for changes"):
        newer = what_is_newer(lock)
    if json_output:
        echo_json({"update_available": bool(newer), "newer": newer})
    else:
        echo("\n".join(newer) or "up to date")
    if newer:
        raise typer.Exit(1)


def _render_again(lock: Lock) -> tuple[RepoFacts | None, list[RenderedFile]]:
    from lucid.hub.inspect import take_snapshot
    from lucid.scaffold.plan import plan, upstream_of
    from lucid.scaffold.prepare import prepare

    if lock.source is None:
        _say_upstream(lock, None)
        return None, plan(lock.name, None, upstream=lock.upstream, remote=lock.remote)
    with progress(f"Reading {lock.source.repo}"):
        snapshot = take_snapshot(lock.source.repo, lock.source.revision)
    facts, choices = prepare(snapshot, lock.choices)
    if facts.family != lock.family:
        echo(f"the family is now {facts.family}; it was {lock.family}", err=True)
    _say_upstream(lock, upstream_of(facts))
    return facts, plan(lock.name, facts, choices, lock.upstream)


def _say_upstream(lock: Lock, theirs: Upstream | None) -> None:
    """Say if the templates name other upstream code than the lock."""
    mine = lock.upstream
    if mine and theirs is None:
        echo(f"kept the upstream code of lucid.lock: {mine.url} at {mine.commit}", err=True)
    elif mine and theirs and mine != theirs:
        echo(
            f"the upstream code is now {theirs.url} at {theirs.commit}; it was {mine.url} at "
            f"{mine.commit}",
            err=True,
        )


def _their_name(facts: RepoFacts | None) -> str:
    from lucid.lock import lucid_version

    at = f", commit {facts.commit[:8]}" if facts and facts.commit else ""
    return f"lucid {lucid_version()}{at}"


def _print(planned: Update, dry_run: bool) -> None:
    from lucid.scaffold.diff import file_diff

    for change in planned.changes:
        echo(f"{change.status:<9}  {change.path}")
    if dry_run:
        diffs = [file_diff(change.path, change.before, change.after) for change in planned.changes]
        echo("".join(f"\n{diff}" for diff in diffs if diff), nl=False)


def _print_json(
    port: Path, lock: Lock, facts: RepoFacts | None, planned: Update, dry_run: bool
) -> None:
    from lucid.scaffold.diff import file_diff

    report: dict[str, Any] = {
        "path": str(port),
        "written": not dry_run,
        "family": facts.family if facts else lock.family,
        "commit": facts.commit if facts else None,
        "commit_before": lock.source.commit if lock.source else None,
        "files": [
            {
                "path": change.path,
                "status": change.status.value,
                "conflicts": change.conflicts,
                "diff": file_diff(change.path, change.before, change.after),
            }
            for change in planned.changes
        ],
    }
    echo_json(report)
