"""The JSON schema of ``lucid inspect --json``; ``python -m tests.hub.schema`` writes it again."""

from __future__ import annotations

import json
from pathlib import Path

from lucid.hub.machine_fit import Inspection

PATH = Path(__file__).resolve().parent.parent.parent / "docs" / "inspect.schema.json"


def schema_text() -> str:
    """The schema as the document holds it."""
    schema = Inspection.model_json_schema(mode="serialization")
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    PATH.write_text(schema_text(), "utf-8")
