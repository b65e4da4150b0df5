"""Generate the tables of docs/protocol.md from the models: python -m tests.server.wire_doc."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from lucid.server import wire

PATH = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
_PARTS = {
    "from the server": wire.FROM_SERVER,
    "from the page": wire.FROM_PAGE,
    "control": wire.CONTROL,
    "channel": wire.CHANNEL,
}


def generated(text: str) -> str:
    """Return the document with regenerated tables."""
    for part, models in _PARTS.items():
        begin, end = f"<!-- generated: {part} -->", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
        assert pattern.search(text), f"docs/protocol.md has no {begin}"
        table = f"{begin}\n{_table(models)}\n{end}"
        text = pattern.sub(lambda _, table=table: table, text, count=1)  # type: ignore[misc]  # mypy knows no default of a lambda
    return text


def _table(models: tuple[type[BaseModel], ...]) -> str:
    rows = ["| message | when | fields |", "|---|---|---|"]
    for model in models:
        schema = model.model_json_schema()
        fields = [
            _field(name, field, schema.get("$defs", {}))
            for name, field in schema["properties"].items()
            if name != "type"
        ]
        name = schema["properties"]["type"]["const"]
        rows.append(
            f"| `{name}` | {' '.join((model.__doc__ or '').split())} | {'; '.join(fields)} |"
        )
    return "\n".join(rows)


def _field(name: str, field: dict[str, object], defs: dict[str, dict[str, object]]) -> str:
    said = " ".join(str(field.get("description", "")).split())
    kind = _kind(field, defs)
    return f"`{name}` ({kind})" + (f": {said.rstrip('.')}" if said else "")


def _kind(field: dict[str, object], defs: dict[str, dict[str, object]]) -> str:
    if "$ref" in field:
        field = defs[str(field["$ref"]).rpartition("/")[2]]
    if isinstance(options := field.get("anyOf"), list):
        return " or ".join(_kind(option, defs) for option in options)
    if isinstance(values := field.get("enum"), list):
        return ", ".join(f"`{value}`" for value in values)
    return str(field.get("type", "any"))


if __name__ == "__main__":
    PATH.write_text(generated(PATH.read_text("utf-8")), "utf-8")
