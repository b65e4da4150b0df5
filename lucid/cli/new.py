"""``lucid new``: write a port, from a repo or blank."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lucid.cli.printing import echo, echo_json, progress
from lucid.cli.style import Revision, json_option
from lucid.errors import ScaffoldError

if TYPE_CHECKING:
    from lucid._git import Lookup
    from lucid.errors import ChoiceError
    from lucid.hub.facts import RepoFacts
    from lucid.lock import Choices, Remote
    from lucid.scaffold.prepare import Question
    from lucid.scaffold.render import RenderedFile

_Repo = Annotated[
    str | None,
    typer.Option(
        "--from-hf",
        metavar="REPO",
        help="A repo on the Hub (ORG/NAME) or a local folder. Without it, the port is blank.",
    ),
]

_Url = Annotated[
    str | None,
    typer.Option(
        "--from-url",
        metavar="URL",
        help="A world that another engine serves, such as SGLang or vLLM-Omni: ws://HOST:PORT.",
    ),
]

_Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Answer an open question, such as fps=24, or save GPU memory: precision=fp8.",
    ),
]


@dataclass(frozen=True)
class _Port:
    """A planned port: its files, and what they were made from."""

    target: Path
    facts: RepoFacts | None
    choices: Choices
    files: list[RenderedFile]
    remote: Remote | None = None


def new(
    name: Annotated[
        str, typer.Argument(help="The name of the port, its folder here, and its Python package.")
    ],
    from_hf: _Repo = None,
    from_url: _Url = None,
    revision: Revision = None,
    variant: Annotated[
        str | None,
        typer.Option(help="Which of the repo's models; by default the first in `lucid inspect`."),
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="The family to use, whatever the evidence says.")
    ] = None,
    answers: _Answers = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show the files and how they differ from files that exist. Write nothing.",
        ),
    ] = False,
    json_output: Annotated[bool, json_option("the result")] = False,
) -> None:
    """Write a port: a small package that plays in the browser at once, on a stub engine.

    The command also checks the port and plays a session on the stub. On a
    terminal, it asks you what the repo does not say. Press Enter to leave a
    question open.
    """
    from lucid.hub.apply_choices import parse_answers
    from lucid.lock import Choices
    from lucid.scaffold.names import check_name
    from lucid.scaffold.write import check_target

    target = Path.cwd() / name
    check_name(name, target)
    if not dry_run:
        check_target(target)
    choices = Choices(family=family, variant=variant, answers=parse_answers(answers or ()))
    if from_url is None:
        port = _plan(target, from_hf, revision, choices, may_ask=not json_output)
    elif from_hf is None and revision is None and choices.family is choices.variant is None:
        port = _plan_remote(target, from_url, choices)
    else:
        raise ScaffoldError(
            "--from-url goes with --set only", hint="a port is made from a repo or from a URL"
        )
    if dry_run:
        _show(port, json_output)
        return
    problems, code = _write(port)
    if json_output:
        _print_json(port, [file.path for file in port.files], code, problems=problems)
    else:
        echo("\n".join(f"{name}/{file.path}" for file in port.files))
    if code:
        echo(code.message, err=True)
    _say_what_is_next(port, problems)


def _plan(
    target: Path, repo: str | None, revision: str | None, choices: Choices, *, may_ask: bool
) -> _Port:
    from lucid.lock import Choices
    from lucid.scaffold.plan import plan

    facts = None
    if repo is not None:
        facts, choices = _inspect(repo, revision, choices, may_ask=may_ask)
    elif revision is not None or choices != Choices():
        raise ScaffoldError(
            "--revision, --variant, --family and --set need a repo",
            hint="add --from-hf ORG/NAME; --set also goes with --from-url URL",
        )
    return _Port(target, facts, choices, plan(target.name, facts, choices))


def _plan_remote(target: Path, url: str, choices: Choices) -> _Port:
    """Plan a port of the world that a server plays. If need be, ask it for its protocol."""
    import asyncio

    from lucid.errors import needs_extra
    from lucid.scaffold.plan import plan
    from lucid.scaffold.remote import check_url, remote_world

    check_url(url)
    protocol = choices.answers.get("protocol")
    if protocol is None:
        with needs_extra("remote", "--from-url"):
            from lucid.remote.recognise import recognise
        with progress(f"Asking {url}"):
            protocol = asyncio.run(recognise(url))
    remote = remote_world(url, protocol, choices.answers)
    files = plan(target.name, None, choices, remote=remote)
    return _Port(target, None, choices, files, remote)


def _inspect(
    repo: str, revision: str | None, choices: Choices, *, may_ask: bool
) -> tuple[RepoFacts, Choices]:
    import sys

    from lucid.hub.inspect import take_snapshot
    from lucid.scaffold.prepare import prepare

    with progress(f"Reading {repo}"):
        snapshot = take_snapshot(repo, revision)
    may_ask = may_ask and sys.stdin.isatty() and sys.stderr.isatty()
    return prepare(snapshot, choices, ask if may_ask else None)


def _write(port: _Port) -> tuple[list[str], Lookup | None]:
    """Write the port, check and play it, and look up the code of its engine.

    Return its problems, and what is known about the code.
    """
    from lucid.cli.proof import problems_of
    from lucid.scaffold.write import record_of, write

    try:
        write([*port.files, record_of(port.files)], port.target)
        with progress("Checking it, and playing it on the stub engine"):
            problems = problems_of(port.target)
        return problems, _look_up_code(port.facts)
    except ScaffoldError:
        raise  # nothing was written
    except BaseException:  # also Ctrl-C
        name = port.target.name
        if port.target.exists():
            echo(f"{name} was written, but not checked: run `lucid check {name}`", err=True)
        raise


def _look_up_code(facts: RepoFacts | None) -> Lookup | None:
    """Ask the server of the engine's code for its commit or tag, unless HF_HUB_OFFLINE is set."""
    from lucid._git import look_up, not_asked
    from lucid.errors import MachineError
    from lucid.hub.cache import is_offline
    from lucid.scaffold.plan import engine_place

    place = engine_place(facts) if facts else None
    if place is None or is_offline():
        return None
    with progress(f"Asking {place[0]}"):
        try:
            return look_up(*place)
        except MachineError as error:
            return not_asked(*place, error.message)


def _show(port: _Port, json_output: bool) -> None:
    """Print the tree of a dry run, and the difference to the files that exist."""
    from lucid.scaffold.diff import file_diff, tree

    name = port.target.name
    diffs = {
        file.path: file_diff(f"{name}/{file.path}", _there(port.target / file.path), file.text)
        for file in port.files
    }
    if json_output:
        _print_json(port, [], diffs=diffs)
    else:
        echo(tree(name, diffs))
        echo("".join(f"\n{diff}" for diff in diffs.values() if diff), nl=False)
    echo("nothing was written", err=True)


def _there(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None


def _print_json(
    port: _Port,
    written: list[str],
    code: Lookup | None = None,
    *,
    diffs: dict[str, str] | None = None,
    problems: list[str] | None = None,
) -> None:
    from lucid.scaffold.plan import BLANK, REMOTE

    facts = port.facts
    report: dict[str, Any] = {
        "path": str(port.target),
        "written": bool(written),
        "family": facts.family if facts else REMOTE if port.remote else BLANK,
        "remote": port.remote.model_dump() if port.remote else None,
        "repo": facts.repo if facts else None,
        "commit": facts.commit if facts else None,
        "choices": port.choices.model_dump(),
        "engine_code": {"answer": code.answer.value, "message": code.message} if code else None,
        "files": [
            {
                "path": file.path,
                "size_bytes": len(file.text.encode()),
                **({"diff": diffs[file.path]} if diffs else {}),
            }
            for file in port.files
        ],
        "open_questions": [
            asked.model_dump(mode="json") for asked in (facts.open_questions if facts else ())
        ],
        "problems": problems or [],
    }
    echo_json(report)


def _say_what_is_next(port: _Port, problems: list[str]) -> None:
    from lucid.cli.proof import can_play
    from lucid.remote.engine import PROTOCOLS

    name, facts = port.target.name, port.facts
    if facts and port.choices.variant:
        echo(f"variant: {port.choices.variant} (--variant chooses another)", err=True)
    if facts and facts.open_questions:
        echo(
            f"{len(facts.open_questions)} open: {name}/AGENTS.md lists the open questions",
            err=True,
        )
    if problems:
        lines = "\n  ".join(problems)
        echo(
            f"error: {name} was written, but it has problems:\n  {lines}\n"
            "This is a bug in Lucid's templates: please report it with the command that you ran.",
            err=True,
        )
        raise typer.Exit(1)
    if not can_play():
        echo("the port was not played, because lucid-runtime[serve] is missing", err=True)
    install = "" if can_play() else '  pip install "lucid-runtime[serve]"\n'
    echo(f"play now, without the model:\n{install}  lucid serve {name} --stub", err=True)
    if facts:
        echo(_how_to_play_the_model(name, facts), err=True)
    if remote := port.remote:
        echo(
            f"play the world at {remote.url} ({PROTOCOLS[remote.protocol].engine}; its pictures "
            f"must be {remote.width}x{remote.height} at {remote.fps:g} fps, or else change "
            f"{name}/{name}/engine.py):\n"
            f"  lucid serve {name}",
            err=True,
        )


def _how_to_play_the_model(name: str, facts: RepoFacts) -> str:
    from lucid.hub.machine_fit import smaller_gpu, smallest_gpu
    from lucid.hub.memory_settings import as_options
    from lucid.hub.report import size_text
    from lucid.scaffold.render import UNWRITTEN, engine_template

    gpu, smaller, download = smallest_gpu(facts), smaller_gpu(facts), facts.download_bytes
    less = f" ({smaller[0]} with {as_options(smaller[1])})" if smaller else ""
    needs = [f"a GPU such as {gpu}{less}"] if gpu else []
    if download and facts.commit is not None:  # a local folder has its weights already
        needs.append(f"{size_text(download.value)} of downloads")
    with_what = f", with {' and '.join(needs)}" if needs else ""
    first = ""
    if engine_template(facts) == UNWRITTEN:
        engine = facts.engine.value.entry if facts.engine else "this model"
        first = (
            f"  write {name}/{name}/engine.py  # Lucid has no template for {engine}: "
            f"{name}/AGENTS.md explains\n"
        )
    return (
        f"play the model{with_what}:\n{first}"
        f"  lucid sync {name}             # its environment, and the upstream code if any\n"
        f"  lucid check {name} --weights  # compare its code with the checkpoint; needs no GPU\n"
        f"  lucid serve {name}"
    )


def ask(question: Question, error: ChoiceError | None) -> str:
    """Print a question, or the error in its last answer, and read a line."""
    if error is None:
        echo(f"\n{question.text}", err=True)
    for line in question.reasons if error is None else (error.message, error.hint or ""):
        echo(f"  {line}", err=True)
    text: str = typer.prompt(
        f"  {question.name} (Enter skips)", default="", show_default=False, err=True
    )
    return text.strip()
