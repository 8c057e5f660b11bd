"""The page people read."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator
from typing_extensions import override

from api.app import create_app
from api.docs.markup import prose
from api.docs.page import render
from api.docs.samples import bounds, sample
from api.openapi import openapi
from api.settings import ServiceSettings
from tests.api.people import Json, Service, expect
from tests.conftest import unavailable

_VOID = {"meta", "input", "wbr", "br", "hr"}
without_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Outline(HTMLParser):
    """What a page is made of; raises for elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for name, text in attrs:
            if name == "id":
                self.ids.append(text or "")
            elif name == "href":
                self.links.append(text or "")
            elif name in {"src", "srcset", "action", "data", "poster"}:
                self.loaded.append(text or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def page(service: Service) -> str:
    response = await service.nobody.get("/docs")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    return response.text


@without_database
async def test_everything_is_on_it_without_scripts(service: Service) -> None:
    shown = await page(service)
    document = expect(await service.nobody.get("/openapi.json"))
    without = re.sub(r"<script>.*?</script>", "", shown, flags=re.DOTALL)
    for item in document["paths"].values():
        for operation in item.values():
            assert f'id="op-{operation["operationId"]}"' in without
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in without
    for code in ("ROOM_FULL", "VALIDATION_FAILED", "USER_NOT_FOUND"):
        assert f"<code>{code}</code>" in without


@without_database
async def test_it_is_sound_and_loads_nothing(service: Service) -> None:
    shown = await page(service)
    outline = Outline()
    outline.feed(shown)
    outline.close()
    assert outline.open == []
    assert len(set(outline.ids)) == len(outline.ids)
    assert (outline.loaded, outline.inline) == ([], [])
    inside = {link[1:] for link in outline.links if link.startswith("#")}
    assert inside <= set(outline.ids)
    assert {link for link in outline.links if not link.startswith("#")} == {"/api/v1/openapi.json"}
    assert not re.search(r"url\(|@import|https?://(?!(syncode\.)?example)", shown)


@without_database
async def test_what_a_browser_has_is_not_sent_again(service: Service) -> None:
    for path in ("/docs", "/openapi.json"):
        first = await service.nobody.get(path)
        tag = first.headers["ETag"]
        again = await service.nobody.request("GET", path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        other = await service.nobody.request("GET", path, headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content)


@without_database
async def test_browsers_run_only_what_is_ours(service: Service) -> None:
    response = await service.nobody.get("/docs")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", response.text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_text_of_a_document_is_never_markup() -> None:
    evil = "</script><img src=x onerror=alert(1)>\"'"
    operation: Json = {
        "operationId": evil,
        "summary": evil,
        "description": f"{evil} `{evil}` **{evil}**",
        "tags": [evil],
        "parameters": [{"name": evil, "in": "query", "description": evil, "schema": {"enum": [evil], "default": evil}}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{evil}"}}}},
        "responses": {
            "200": {"description": evil, "content": {evil: {}}},
            "400": {"description": evil, "content": {"application/json": {"examples": {evil: {"summary": evil}}}}},
        },
    }
    shown = render(
        {
            "openapi": evil,
            "info": {"title": evil, "version": evil, "description": evil},
            "tags": [{"name": evil, "description": evil}],
            "paths": {f"/{evil}/{{{evil}}}": {"get": operation}},
            "components": {"schemas": {evil: {"description": evil, "properties": {evil: {"const": evil}}}}},
        },
        document_url=evil,
    )
    outline = Outline()
    outline.feed(shown)
    outline.close()
    assert "<img" not in shown
    assert (outline.open, outline.loaded, outline.inline) == ([], [], [])


def test_prose_has_paragraphs_lists_and_code() -> None:
    assert prose("One `a<b` and **two**\nlines.\n\n- x\n- ``y``\n") == (
        "<p>One <code>a&lt;b</code> and <strong>two</strong> lines.</p><ul><li>x</li><li><code>y</code></li></ul>"
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "examples": ["ada"]}, "ada"),
        ({"type": "string", "format": "uuid"}, "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b"),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["a"]),
        ({"$ref": "#/components/schemas/Tree"}, {"children": [{"children": []}]}),
        ({"type": "object", "additionalProperties": {"type": "integer", "minimum": 3}}, {"key": 3}),
        ({}, {}),
    ],
)
def test_samples_are_values_of_their_schema(schema: Json, expected: object) -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/x/Tree"}}}}
    made = sample(schema, {"Tree": tree})
    if "$ref" in schema:
        depth = 0
        while isinstance(made, dict) and made.get("children"):
            made = made["children"][0]
            depth += 1
        assert 1 <= depth < 10
    else:
        assert made == expected


def test_every_sample_of_the_page_is_a_value_of_its_schema() -> None:
    document = openapi(create_app(ServiceSettings()))
    schemas = document["components"]["schemas"]
    checked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            good = [answer for status, answer in operation["responses"].items() if status < "400"]
            for message in (*good, operation.get("requestBody", {})):
                schema = message.get("content", {}).get("application/json", {}).get("schema")
                if schema is not None:
                    validator = Draft202012Validator({**schema, "components": document["components"]})
                    wrong = [str(error) for error in validator.iter_errors(sample(schema, schemas))]
                    assert wrong == [], (method, path)
                    checked += 1
    assert checked > 80


def test_limits_are_said_in_words() -> None:
    assert bounds({"minimum": 1, "maximum": 60000.0}) == ["1–60\u202f000"]  # noqa: RUF001 - from, to
    assert bounds({"maxLength": 5, "default": False}) == ["≤ 5 characters", "default false"]
    assert bounds({"anyOf": [{"minItems": 2}, {"type": "null"}], "default": None}) == ["≥ 2 items"]


@pytest.mark.browser
def test_a_browser_filters_and_turns_dark(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        unavailable("Chromium is not installed")
    path = tmp_path / "page.html"
    probe = (
        "<script>addEventListener('load',()=>{const f=document.getElementById('filter');f.value='force-close';"
        "f.dispatchEvent(new Event('input'));document.getElementById('theme').click();"
        "document.title=[...document.querySelectorAll('details.operation')].filter(o=>!o.hidden).length+' '"
        "+document.documentElement.dataset.theme;});</script>"
    )
    shown = render(openapi(create_app(ServiceSettings())), document_url="x")
    path.write_text(shown.replace("</body>", probe + "</body>"))
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()]
    dumped = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    assert "<title>1 dark</title>" in dumped
