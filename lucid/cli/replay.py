"""``lucid replay``: play a saved session again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid.cli.printing import check_folder_of, echo, progress, update_progress
from lucid.errors import CapsuleError, needs_extra

if TYPE_CHECKING:
    from lucid._target import PortLocation
    from lucid.capsule.replay import Comparison
    from lucid.capsule.schema import Capsule
    from lucid.runtime.stepped_port import SteppedPort

SHOW_EVERY = 24


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .lucid file.")],
    target: Annotated[
        str | None,
        typer.Option(
            "--port",
            metavar="PORT",
            help="The port's folder or module:Class; by default the only port here, else the "
            "bundled world.",
        ),
    ] = None,
    video: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the frames to this MP4 file.")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Compare with the saved frames: exit 1 if one has less than 40 dB. Frames of "
            "the bundled world must be equal bit for bit.",
        ),
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Play it even if the port has changed since.")
    ] = False,
) -> None:
    """Play a saved session again: every input at its step, as fast as the port goes."""
    from lucid._target import find_port
    from lucid.capsule.read import read_capsule

    if video is not None:
        check_folder_of(video)
    capsule = read_capsule(file)
    location = find_port(target, Path.cwd())
    with needs_extra("serve", "lucid replay"):
        from lucid.runtime.stepped_port import SteppedPort

    if capsule.head.captures:
        echo(
            f"{capsule.head.captures} pictures or sounds of a camera or microphone are not in the "
            "file: the frames may differ.",
            err=True,
        )
    with (
        progress(f"Loading {location.entry}") as status,
        SteppedPort(location, stub=capsule.head.port.stub) as port,
    ):
        _check_port(capsule, location, port, anyway)
        found = _play(capsule, port, video, lambda count: update_progress(status, f"Frame {count}"))
    echo(f"Played {capsule.head.frames} frames of {capsule.head.port.model} again.", err=True)
    if verify and not _verified(found, location.is_bundled and not capsule.head.from_i420):
        raise typer.Exit(1)


def _check_port(capsule: Capsule, location: PortLocation, port: SteppedPort, anyway: bool) -> None:
    from lucid.capsule.port import PortFolder, check_port

    now = PortFolder(location.root, capsule.head.port.stub).played(port.manifest)
    hint = "name the port with --port, or play it on this one with --anyway: its frames may differ"
    try:
        check_port(capsule.head.port, now, hint)
    except CapsuleError as error:
        if not anyway:
            raise
        echo(f"{error.message}; its frames may differ.", err=True)


def _play(
    capsule: Capsule, port: SteppedPort, video: Path | None, say: Callable[[int], None]
) -> Comparison:
    from lucid.capsule.replay import Comparison, replay
    from lucid.media.movie import Movie

    found = Comparison(capsule)
    with Movie(video, port.video, port.manifest.model) if video else nullcontext() as movie:
        for index, frame in enumerate(replay(capsule, port)):
            found.add(index, frame)
            if movie is not None:
                movie.add(frame)
            if index % SHOW_EVERY == 0:
                say(index)
    return found


def _verified(found: Comparison, exact: bool) -> bool:
    """Print how the frames compare; return whether that is good enough."""
    from lucid.capsule.replay import WANTED_DB

    if not found.compared:
        echo("The file holds no frames to compare with.")
        return False
    if found.equal == found.compared:
        echo(f"All {found.compared} saved frames are equal bit for bit.")
        return True
    echo(
        f"{found.compared - found.equal} of {found.compared} saved frames differ: frame "
        f"{found.worst} has {found.lowest_db:.1f} dB."
    )
    wanted = "bit for bit is wanted" if exact else f"{WANTED_DB:g} dB is wanted"
    is_good = not exact and found.lowest_db >= WANTED_DB
    if not is_good:
        echo(f"That is not the same rollout: {wanted}.")
    return is_good
