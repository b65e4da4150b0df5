"""``lucid manifest``: print what a port declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid.cli.printing import echo, echo_json
from lucid.cli.style import json_option

if TYPE_CHECKING:
    from lucid._target import PortLocation
    from lucid.authoring.manifest import Manifest


def manifest(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="PORT", help="A port's folder or module:Class; by default the only port here."
        ),
    ] = None,
    static: Annotated[
        bool, typer.Option("--static", help="Read the source, without importing the port.")
    ] = False,
    json_output: Annotated[bool, json_option("the manifest")] = False,
) -> None:
    """Print a port's manifest: the inputs that a player can send, and the outputs."""
    from lucid._target import find_port

    location = find_port(target, Path.cwd())
    found = _from_text(location) if static else _from_class(location)
    if json_output:
        echo_json(found.model_dump(mode="json"))
    else:
        echo("\n".join(_lines(found)))


def _from_text(location: PortLocation) -> Manifest:
    from lucid.check.engine import read_port_text
    from lucid.check.manifest import static_manifest
    from lucid.check.sources import read_tree

    return static_manifest(read_port_text(read_tree(location, Path.cwd())))


def _from_class(location: PortLocation) -> Manifest:
    from lucid.authoring.definition import manifest
    from lucid.runtime.loading import load_model_class

    return manifest(load_model_class(location))


def _lines(found: Manifest) -> list[str]:
    """Return a line per input and output: name, binding or arguments, description."""
    lines = [f"{found.model.name}  {found.model.description}".rstrip(), "", "inputs"]
    for spec in found.inputs:
        how = spec.binding.kind if spec.binding else ", ".join(spec.arguments["properties"]) or "-"
        keys = [key for end in ("keys", "positive_keys", "negative_keys")
                for key in getattr(spec.binding, end, ())]  # fmt: skip
        lines.append(f"  {spec.name:<20} {' '.join([how, *keys]):<32} {spec.description}".rstrip())
    lines += ["", "outputs"]
    for output in found.outputs:
        lines.append(f"  {output.name:<20} {output.kind:<32} {output.description}".rstrip())
    return lines
