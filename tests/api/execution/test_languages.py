"""The languages that are offered (API.md 11.7)."""

from __future__ import annotations

import re

import pytest

from tests.api.execution.work import ran
from tests.api.people import Person, expect

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIELDS = {
    "id",
    "name",
    "available",
    "extensions",
    "defaultEntrypoint",
    "compiled",
    "versions",
    "standards",
    "flagPatterns",
    "timeMultiplier",
    "memoryAllowanceMb",
    "compileCommand",
    "runCommand",
}
MAIN = {
    "python": "main.py",
    "javascript": "main.js",
    "typescript": "main.ts",
    "java": "Main.java",
    "cpp": "main.cpp",
    "c": "main.c",
    "go": "main.go",
    "rust": "main.rs",
}


async def test_every_language_is_described(ann: Person) -> None:
    body = expect(await ann.get("/languages"))
    assert set(body) == {"data"}
    languages = {language["id"]: language for language in body["data"]}
    assert {id_: language["defaultEntrypoint"] for id_, language in languages.items()} == MAIN
    for language in languages.values():
        assert set(language) == FIELDS
        assert isinstance(language["available"], bool)
        assert sum(version["isDefault"] for version in language["versions"]) == 1
        assert all(set(version) == {"id", "version", "isDefault"} for version in language["versions"])
        assert sum(standard["isDefault"] for standard in language["standards"]) == bool(language["standards"])
        assert all(re.compile(pattern) for pattern in language["flagPatterns"])
        assert language["timeMultiplier"] >= 1
        assert language["memoryAllowanceMb"] >= 0
        assert language["runCommand"]
        assert any(language["defaultEntrypoint"].endswith(extension) for extension in language["extensions"])
    compiled = {id_ for id_, language in languages.items() if language["compiled"]}
    assert {"c", "cpp", "go", "rust", "java"} <= compiled
    assert not compiled & {"python", "javascript"}
    assert {standard["id"] for standard in languages["cpp"]["standards"]} >= {"c++17", "c++20"}
    commands = {id_: language["compileCommand"].split()[0] for id_, language in languages.items()}
    assert (commands["c"], commands["cpp"], commands["go"], commands["java"]) == ("gcc", "g++", "go", "java")


async def test_what_a_list_says_can_be_asked_for(ann: Person) -> None:
    languages = {language["id"]: language for language in expect(await ann.get("/languages"))["data"]}
    version = languages["python"]["versions"][0]["id"]
    result = await ran(ann, "print(1)\n", languageVersion=version)
    assert (result["verdict"], result["languageVersion"]) == ("accepted", version)
