"""Validate values against the JSON schemas that Lucid writes into a manifest."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, core_schema

_BOUNDS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}
_LENGTHS = {"minLength": "min_length", "maxLength": "max_length"}
_COUNTS = {"minItems": "min_length", "maxItems": "max_length"}


def schema_validator(schema: Mapping[str, Any]) -> SchemaValidator:
    """Return a strict validator for a JSON schema.

    It supports the keywords that pydantic writes for a handler's parameters. It ignores patterns
    and formats, because the port validates every value again.
    """
    definitions = [
        {**_compiled(definition), "ref": f"#/$defs/{name}"}
        for name, definition in schema.get("$defs", {}).items()
    ]
    compiled = _compiled(schema)
    if definitions:
        compiled = core_schema.definitions_schema(compiled, definitions)  # type: ignore[arg-type]  # each is a CoreSchema with a ref
    return SchemaValidator(compiled)


def _compiled(schema: Any) -> CoreSchema:
    if not isinstance(schema, Mapping):  # the schema `true` accepts any value
        return core_schema.any_schema()
    if "$ref" in schema:
        return core_schema.definition_reference_schema(schema["$ref"])
    if "const" in schema:
        return _one_of([schema["const"]])
    if "enum" in schema:
        return _one_of(list(schema["enum"]))
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _any_of(options)
    compiled = _TYPES.get(str(schema.get("type")))
    return core_schema.any_schema() if compiled is None else compiled(schema)


def _one_of(values: list[Any]) -> CoreSchema:
    if any(isinstance(value, list | dict) for value in values):
        return core_schema.any_schema()
    return core_schema.literal_schema(values)


def _any_of(options: list[Any]) -> CoreSchema:
    others = [option for option in options if option != {"type": "null"}]
    compiled = [_compiled(option) for option in others]
    schema = compiled[0] if len(compiled) == 1 else core_schema.union_schema(list(compiled))
    return schema if len(others) == len(options) else core_schema.nullable_schema(schema)


def _string(schema: Mapping[str, Any]) -> CoreSchema:
    # With a format, the lengths may count something other than characters.
    lengths = {} if "format" in schema else _chosen(schema, _LENGTHS)
    return core_schema.str_schema(strict=True, **lengths)


def _number(schema: Mapping[str, Any]) -> CoreSchema:
    bounds = _chosen(schema, _BOUNDS)
    return core_schema.float_schema(strict=True, allow_inf_nan=False, **bounds)


def _array(schema: Mapping[str, Any]) -> CoreSchema:
    if items := schema.get("prefixItems"):
        return core_schema.tuple_schema([_compiled(item) for item in items], strict=False)
    items = _compiled(schema.get("items", True))
    return core_schema.list_schema(items, strict=True, **_chosen(schema, _COUNTS))


def _object(schema: Mapping[str, Any]) -> CoreSchema:
    others = schema.get("additionalProperties", True)
    if "properties" not in schema and others is not False:
        return core_schema.dict_schema(
            core_schema.str_schema(strict=True), _compiled(others), strict=True
        )
    required = schema.get("required", ())
    fields = {
        name: core_schema.typed_dict_field(_compiled(field), required=name in required)
        for name, field in schema.get("properties", {}).items()
    }
    return core_schema.typed_dict_schema(
        fields, strict=True, extra_behavior="forbid" if others is False else "ignore"
    )


def _chosen(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: schema[key] for key, name in names.items() if key in schema}


_TYPES: dict[str, Callable[[Mapping[str, Any]], CoreSchema]] = {
    "null": lambda schema: core_schema.none_schema(),
    "boolean": lambda schema: core_schema.bool_schema(strict=True),
    "integer": lambda schema: core_schema.int_schema(strict=True, **_chosen(schema, _BOUNDS)),
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
}
