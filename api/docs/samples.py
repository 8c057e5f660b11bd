"""What a value of a JSON schema may look like, and how its type is called."""

from __future__ import annotations

import json
from typing import Any, Final

Schema = dict[str, Any]

_FORMATS: Final = {
    "date-time": "2026-03-03T12:00:00.000Z",
    "date": "2026-03-03",
    "uuid": "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b",
    "email": "ada@example.com",
    "uri": "https://example.com",
    "binary": "…",
}
_DEEPEST: Final = 6
_RANGES: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
)


def resolve(schema: Schema, schemas: Schema) -> Schema:
    """What a reference refers to; any other schema as it is."""
    name = reference(schema)
    found: Schema = schema if name is None else schemas.get(name, {})
    return found


def reference(schema: Schema) -> str | None:
    """The name of the schema that this one refers to; ``None``: it says itself what it is."""
    path = schema.get("$ref")
    return None if path is None else str(path).rsplit("/", 1)[-1]


def alternatives(schema: Schema) -> list[Schema]:
    """What a value may be, but ``null``; the schema itself if there is no choice."""
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return [each for each in choices if each.get("type") != "null"]


def nullable(schema: Schema) -> bool:
    """Whether a value may be ``null``."""
    choices = schema.get("anyOf") or schema.get("oneOf") or ()
    return any(each.get("type") == "null" for each in choices)


def bounds(schema: Schema) -> list[str]:
    """The limits of a value, in words."""
    found = []
    for choice in (schema, *(each for each in alternatives(schema) if each is not schema)):
        for least, most, unit in _RANGES:
            if words := _range(choice.get(least), choice.get(most)):
                found.append(f"{words}{unit}")
        if "exclusiveMinimum" in choice:
            found.append(f"> {_number(choice['exclusiveMinimum'])}")
        if "pattern" in choice:
            found.append(f"matches {choice['pattern']}")
        if choice.get("default") not in (None, [], {}):
            found.append(f"default {json.dumps(choice['default'], ensure_ascii=False)}")
    return found


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{_number(least)}–{_number(most)}"  # noqa: RUF001 - from, to
    if most is not None:
        return f"≤ {_number(most)}"
    return "" if least is None else f"≥ {_number(least)}"


def _number(value: float) -> str:
    return f"{int(value):_}".replace("_", "\u202f") if value == int(value) else str(value)


def sample(schema: Schema, schemas: Schema, *, depth: int = 0) -> object:  # noqa: C901, PLR0911, PLR0912 - a table
    """A value of that schema: its own example if it has one, else one made of its parts."""
    if "const" in schema:
        return schema["const"]
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema and schema["default"] not in (None, [], {}):
        return schema["default"]
    if "$ref" in schema:
        return sample(resolve(schema, schemas), schemas, depth=depth)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema or "oneOf" in schema or "allOf" in schema:
        choices = alternatives(schema) if "allOf" not in schema else schema["allOf"]
        return sample(choices[0], schemas, depth=depth) if choices else None
    match schema.get("type"):
        case "object":
            if depth > _DEEPEST:
                return {}
            parts = schema.get("properties", {})
            if not parts and isinstance(schema.get("additionalProperties"), dict):
                key = sample(schema.get("propertyNames", {"const": "key"}), schemas, depth=depth)
                return {str(key): sample(schema["additionalProperties"], schemas, depth=depth + 1)}
            return {name: sample(part, schemas, depth=depth + 1) for name, part in parts.items()}
        case "array":
            return [] if depth > _DEEPEST else [sample(schema.get("items", {}), schemas, depth=depth + 1)]
        case "string":
            return _FORMATS.get(schema.get("format", ""), "text")
        case "integer":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "number":
            return schema.get("minimum", 1.5)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return {}
