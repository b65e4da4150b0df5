"""The tools that write and prove a port. They run Lucid's commands, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated, Literal

import anyio
from pydantic import Field

from lucid.errors import LucidError, TargetError

FINDINGS = 1
"""The exit code of a command that worked and found something."""

Port = Annotated[
    str | None,
    Field(
        description="A port's folder or module:Class; by default the only port in the server's "
        "folder, else the bundled world."
    ),
]


async def inspect(repo: str, revision: str | None = None, evidence: bool = False) -> str:
    """Say what a repo is (ORG/NAME on the Hub, or a local folder), what a player can do in it, and
    whether it runs on this machine. With evidence, print every fact with its source. It reads
    metadata only.
    """
    options = [f"--revision={revision}"] if revision else []
    return await _run("inspect", *options, *["--evidence"] * evidence, "--", repo)


async def new(
    name: str,
    folder: Annotated[str, Field(description="The folder to write the port's folder in.")] = ".",
    from_hf: Annotated[
        str | None,
        Field(description="ORG/NAME on the Hub or a local folder; without it, a blank port."),
    ] = None,
    revision: str | None = None,
    variant: str | None = None,
    family: str | None = None,
    answers: Annotated[
        tuple[str, ...], Field(description="Answers to open questions, as KEY=VALUE.")
    ] = (),
) -> str:
    """Write a port of a repo, check it, and play it on Lucid's stub engine. AGENTS.md in the port
    lists what is still open.
    """
    named = {"from-hf": from_hf, "revision": revision, "variant": variant, "family": family}
    options = [f"--{option}={value}" for option, value in named.items() if value]
    options += [f"--set={answer}" for answer in answers]
    return await _run("new", *options, "--", name, folder=folder)


async def check(port: Port = None, fix: bool = False) -> str:
    """Check the source of a port with Lucid's rules; each finding says what to write. It does not
    import the port. With fix, apply the safe fixes.
    """
    return await _run("check", *["--fix"] * fix, *_target(port))


async def conformance(
    port: Port = None, profile: Literal["stub", "full", "certified"] = "stub"
) -> str:
    """Play a port as a player would, and say which checks fail and why. This runs the port,
    for about 30 s: on its stub engine, or with its weights (full, certified).
    """
    return await _run("check", "--conformance", f"--profile={profile}", *_target(port))


def _target(port: str | None) -> list[str]:
    return [] if port is None else ["--", port]


async def _run(*arguments: str, folder: str = ".") -> str:
    """Run ``lucid`` with these arguments in a folder; return what it printed.

    Raises:
        LucidError: the command failed. The message is its own.
        TargetError: there is no such folder.
    """
    try:
        done = await anyio.run_process(
            [sys.executable, "-P", "-m", "lucid", *arguments],
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
        )
    except OSError as error:
        raise TargetError(f"{folder}: {error.strerror}", hint="pass a folder that exists") from None
    printed, said = (part.decode(errors="replace").strip() for part in (done.stdout, done.stderr))
    if done.returncode not in (0, FINDINGS):
        raise LucidError(said.removeprefix("error: ") or f"lucid ended with {done.returncode}")
    return "\n".join(filter(None, (printed, said)))
