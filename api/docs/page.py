"""The page: an index of operations, the operations by tag, and the schemas they use."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

from api.docs.markup import code, escape, line, prose, slug
from api.docs.samples import Schema, alternatives, bounds, nullable, reference, resolve, sample

_HERE: Final = files("api.docs")
STYLE: Final = (_HERE / "style.css").read_text(encoding="utf-8")
SCRIPT: Final = (_HERE / "script.js").read_text(encoding="utf-8")
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def render(document: Schema, *, document_url: str) -> str:
    """The page of an OpenAPI document, as HTML."""
    schemas: Schema = document.get("components", {}).get("schemas", {})
    groups = _by_tag(document)
    info = document["info"]
    index = "".join(_index(tag, operations) for tag, operations in groups)
    sections = "".join(_section(tag, operations, schemas) for tag, operations in groups)
    models = "".join(_model(name, schema) for name, schema in schemas.items())
    name = f"{escape(info['title'])} API {escape(info['version'])}"
    amount = sum(len(operations) for _, operations in groups)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header class="top">
<a class="brand" href="#top"><span class="mark">▸</span> {name}</a>
<div class="tools" hidden>
<label><span class="unseen">Filter operations</span>
<input id="filter" type="search" placeholder="Filter: path, title, error code …" autocomplete="off" spellcheck="false">
<kbd>/</kbd></label>
<button id="expand" type="button" aria-pressed="false">Expand all</button>
<button id="theme" type="button" aria-label="Switch between light and dark">◐</button>
</div>
</header>
<div class="columns">
<nav aria-label="Operations">{index}<p class="group"><a href="#schemas">schemas</a></p></nav>
<main id="main">
<section id="top" class="intro">
<h1>{escape(info["title"])} API</h1>
<p class="lead">{line(info.get("summary", ""))}</p>
<p class="facts"><span>{amount} operations</span><span>OpenAPI {escape(document["openapi"])}</span>
<a href="{escape(document_url)}">openapi.json</a></p>
{prose(info.get("description", ""))}
</section>
<p id="nothing" hidden>Nothing matches.</p>
{sections}
<section id="schemas"><h2>Schemas</h2>{models}</section>
</main>
</div>
<script>{SCRIPT}</script>
</body>
</html>
"""


Operations = list[tuple[str, str, Schema]]


def _by_tag(document: Schema) -> list[tuple[Schema, Operations]]:
    """Tags in their order with their operations: method, path and what the document says."""
    groups: dict[str, Operations] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                tag = item[method].get("tags", ["other"])[0]
                groups.setdefault(tag, []).append((method, path, item[method]))
    texts = {tag["name"]: tag for tag in document.get("tags", ())}
    return [(texts.get(name, {"name": name}), operations) for name, operations in groups.items() if operations]


def _index(tag: Schema, operations: Operations) -> str:
    name = tag["name"]
    entries = "".join(
        f'<li><a href="#{_anchor(operation)}" data-for="{_anchor(operation)}">{_badge(method)}'
        f"<span>{escape(operation.get('summary', path))}</span></a></li>"
        for method, path, operation in operations
    )
    heading = f'<p class="group"><a href="#tag-{slug(name)}">{escape(name)}</a></p>'
    return f'<div class="entry">{heading}<ul>{entries}</ul></div>'


def _section(tag: Schema, operations: Operations, schemas: Schema) -> str:
    name = tag["name"]
    content = "".join(_operation(method, path, operation, schemas) for method, path, operation in operations)
    about = f'<p class="about">{line(tag["description"])}</p>' if tag.get("description") else ""
    return f'<section class="tag" id="tag-{slug(name)}"><h2>{escape(name)}</h2>{about}{content}</section>'


def _operation(method: str, path: str, operation: Schema, schemas: Schema) -> str:
    codes = " ".join(_codes(operation))
    words = " ".join((method, path, operation.get("summary", ""), operation.get("operationId", ""), codes))
    public = "" if operation.get("security") else '<span class="chip" title="Needs no token">public</span>'
    body = "".join(
        (
            prose(operation.get("description", "")),
            _parameters(operation.get("parameters", ()), schemas),
            _request(operation.get("requestBody"), schemas),
            _responses(operation["responses"], schemas),
        )
    )
    return (
        f'<details class="operation {method}" id="{_anchor(operation)}" data-words="{escape(words.lower())}">'
        f"<summary>{_badge(method)}<code class='path'>{_path(path)}</code>"
        f'<span class="title">{escape(operation.get("summary", ""))}</span>{public}</summary>'
        f'<div class="body">{body}</div></details>'
    )


def _anchor(operation: Schema) -> str:
    return slug(f"op-{operation['operationId']}")


def _badge(method: str) -> str:
    return f'<b class="method {method}">{method.upper()}</b>'


def _path(path: str) -> str:
    """The path with its parameters set off, and places where it may be broken."""
    parts = []
    for part in path.split("/")[1:]:
        shown = f"<i>{escape(part)}</i>" if part.startswith("{") else escape(part)
        parts.append(f"<wbr>/{shown}")
    return "".join(parts)


def _codes(operation: Schema) -> list[str]:
    return [
        str(name)
        for response in operation["responses"].values()
        for name in response.get("content", {}).get("application/json", {}).get("examples", {})
    ]


def _parameters(parameters: Any, schemas: Schema) -> str:  # noqa: ANN401 - a list of the document
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{code(each['name'])}{_needed(required=each.get('required', False))}</th>"
        f"<td class='muted'>{escape(each['in'])}</td><td>{_type(each['schema'], schemas)}</td>"
        f"<td>{line(each.get('description', ''))}{_limits(each['schema'])}</td></tr>"
        for each in parameters
    )
    return f"<h3>Parameters</h3><div class='scroll'><table>{rows}</table></div>"


def _needed(*, required: bool) -> str:
    return "<sup title='required'>required</sup>" if required else ""


def _limits(schema: Schema) -> str:
    return "".join(f" <span class='limit'>{escape(each)}</span>" for each in bounds(schema))


def _type(schema: Schema, schemas: Schema) -> str:
    """How a type is called; names of schemas lead to them."""
    words = " or ".join(_one_type(each, schemas) for each in alternatives(schema))
    return f"{words} <span class='muted'>or null</span>" if nullable(schema) else words


def _one_type(schema: Schema, schemas: Schema) -> str:  # noqa: PLR0911 - a table
    name = reference(schema)
    if name is not None:
        found = resolve(schema, schemas)
        if "enum" in found:
            return _choices(found["enum"])
        return f'<a href="#schema-{slug(name)}">{escape(name)}</a>'
    if "enum" in schema:
        return _choices(schema["enum"])
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if schema.get("anyOf") or schema.get("oneOf"):
        return _type(schema, schemas)
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}), schemas)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        values = _type(schema["additionalProperties"], schemas)
        return f"map to ({values})" if nullable(schema["additionalProperties"]) else f"map to {values}"
    shown = schema.get("format") or kind or "any"
    return f"<span class='type'>{escape(shown)}</span>"


def _choices(values: list[object]) -> str:
    return "<span class='choices'>" + " ".join(code(value) for value in values) + "</span>"


def _request(body: Schema | None, schemas: Schema) -> str:
    if not body:
        return ""
    parts = []
    for media, content in body["content"].items():
        schema = content.get("schema", {})
        given = next((each.get("value") for each in content.get("examples", {}).values()), content.get("example"))
        needed = "" if body.get("required") else " <small class='muted'>may be left out</small>"
        parts.append(f"<h3>Request body <small class='muted'>{escape(media)}</small>{needed}</h3>")
        parts.append(_fields(resolve(schema, schemas), schemas) or f"<p>{_type(schema, schemas)}</p>")
        if media == "application/json":
            parts.append(_example(sample(schema, schemas) if given is None else given))
    return "".join(parts)


def _responses(responses: Schema, schemas: Schema) -> str:
    good = "".join(_response(status, each, schemas) for status, each in responses.items() if status < "400")
    bad = "".join(_error(status, each) for status, each in responses.items() if status >= "400")
    errors = f"<h3>Errors</h3><div class='scroll'><table class='errors'>{bad}</table></div>" if bad else ""
    return f"<h3>Answer</h3>{good}{errors}"


def _response(status: str, response: Schema, schemas: Schema) -> str:
    parts = [f"<p><b class='status'>{escape(status)}</b> {line(response['description'])}</p>"]
    for media, content in response.get("content", {}).items():
        schema = content.get("schema", {})
        if media != "application/json":
            parts.append(f"<p class='muted'>{escape(media)}</p>")
            continue
        parts.append(f"<p>{_type(schema, schemas)}</p>{_example(sample(schema, schemas))}")
    return "".join(parts)


def _error(status: str, response: Schema) -> str:
    examples = response.get("content", {}).get("application/json", {}).get("examples", {})
    codes = "".join(f"<li>{code(name)} {escape(each.get('summary', ''))}</li>" for name, each in examples.items())
    return f"<tr><th scope='row'><b class='status bad'>{escape(status)}</b></th><td><ul>{codes}</ul></td></tr>"


def _example(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _fields(schema: Schema, schemas: Schema) -> str:
    """The fields of an object; nothing for what is none."""
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><th scope='row'>{code(name)}{_needed(required=name in required)}</th><td>{_type(field, schemas)}</td>"
        f"<td>{line(field.get('description', ''))}{_limits(field)}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<div class='scroll'><table>{rows}</table></div>" if rows else ""


def _model(name: str, schema: Schema) -> str:
    content = prose(schema.get("description", ""))
    content += _choices(schema["enum"]) if "enum" in schema else _fields(schema, {})
    return (
        f'<details class="model" id="schema-{slug(name)}"><summary><code>{escape(name)}</code></summary>'
        f'<div class="body">{content}</div></details>'
    )
