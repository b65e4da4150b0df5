"""Which parameters of a port's inputs take text, a file or an rng seed."""

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


def rng_seed_input(manifest: Manifest) -> tuple[InputSpec, str] | None:
    """Return the input and the argument that take an rng seed, or None."""
    for spec in manifest.inputs:
        for name, schema in spec.arguments.get("properties", {}).items():
            if name in ("seed", "rng_seed") and schema.get("type") == "integer":
                return spec, name
    return None
