"""Which parameters of a port's inputs take text, a file or an rng seed, and what releases them."""

import math
from collections.abc import Mapping
from typing import Any

from lucid.authoring.files import FileSpec
from lucid.authoring.manifest import InputSpec, Manifest


def texts_of(spec: InputSpec) -> list[str]:
    """Return the names of the arguments that take free text."""
    return [
        name
        for name, schema in spec.arguments.get("properties", {}).items()
        if schema.get("type") == "string" and "enum" not in schema and "format" not in schema
    ]


def files_of(spec: InputSpec) -> dict[str, FileSpec]:
    """Return the arguments that take a file."""
    return {
        name: FileSpec.model_validate(schema["file"])
        for name, schema in spec.arguments.get("properties", {}).items()
        if schema.get("format") == "lucid-file"
    }


def images_of(spec: InputSpec) -> dict[str, FileSpec]:
    """Return the arguments that take a picture."""
    return {name: file for name, file in files_of(spec).items() if file.kind == "image"}


def rng_seed_input(manifest: Manifest) -> tuple[InputSpec, str] | None:
    """Return the input and the argument that take an rng seed, or None."""
    for spec in manifest.inputs:
        for name, schema in spec.arguments.get("properties", {}).items():
            if name in ("seed", "rng_seed") and schema.get("type") == "integer":
                return spec, name
    return None


def prompt_input(manifest: Manifest) -> tuple[InputSpec, str] | None:
    """Return the input and the argument that take the prompt, or None.

    It is the first input that needs one text only; one that is named after a prompt comes first.
    """
    found = [
        (spec, texts[0])
        for spec in manifest.inputs
        if len(texts := texts_of(spec)) == 1
        and {*texts} >= {*spec.arguments.get("required", ())}
        and not files_of(spec)
    ]
    return min(found, key=lambda pair: "prompt" not in f"{pair[0].name} {pair[1]}", default=None)


def picture_input(manifest: Manifest) -> tuple[InputSpec, str] | None:
    """Return the first input and argument that take a picture, or None."""
    found = ((spec, name) for spec in manifest.inputs for name in images_of(spec))
    return next(found, None)


def bounds_of(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value of a number; None if there is no such bound."""
    low, high = schema.get("minimum"), schema.get("maximum")
    is_whole = schema.get("type") == "integer"
    if schema.get("type") not in ("integer", "number"):
        return None, None
    if (above := schema.get("exclusiveMinimum")) is not None:
        low = above + 1 if is_whole else math.nextafter(above, math.inf)
    if (below := schema.get("exclusiveMaximum")) is not None:
        high = below - 1 if is_whole else math.nextafter(below, -math.inf)
    return low, high


def releases(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Return the arguments that release each hold and axis, by input."""
    by_name = {spec.name: release_args(spec) for spec in manifest.inputs}
    return {name: args for name, args in by_name.items() if args is not None}


def release_args(spec: InputSpec) -> dict[str, Any] | None:
    """Return the arguments that release a hold or an axis; None for any other input."""
    match spec.binding.kind if spec.binding else None:
        case "hold":
            return {"pressed": False}
        case "axis":
            return {"value": 0.0}
    return None
