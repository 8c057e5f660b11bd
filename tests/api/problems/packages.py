"""Packages to send: files made into an archive, and the requests that send them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from tests.api.people import Json, Person, expect

UUID: Final = "7b1a2c3d-0000-4000-8000-1234567890ab"

YAML: Final = f"""\
problem_format_version: 2025-09
name: Sum of numbers
uuid: {UUID}
keywords: [Easy Maths, sums]
limits:
  time_limit: 2
  memory: 512
"""
SMALL: Final[Mapping[str, bytes]] = {
    "problem.yaml": YAML.encode(),
    "statement/problem.en.md": b"Print the sum of the numbers.\n",
    "data/sample/1.in": b"1 2\n",
    "data/sample/1.ans": b"3\n",
    "data/secret/01.in": b"4 5\n",
    "data/secret/01.ans": b"9\n",
    "submissions/accepted/right.py": b"print(sum(map(int, input().split())))\n",
    "submissions/wrong_answer/wrong.py": b"print(3)\n",
}
"""A small package of format 2025-09."""


def archive(files: Mapping[str, bytes], *, top: str = "sums") -> bytes:
    """The files as a zip archive, in one directory if that is named."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, content in files.items():
            zipped.writestr(f"{top}/{path}" if top else path, content)
    return made.getvalue()


def directory(path: Path) -> dict[str, bytes]:
    """The files of a package that lies on disk."""
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def contents(package: bytes) -> dict[str, bytes]:
    """The files in an archive with one directory."""
    with zipfile.ZipFile(io.BytesIO(package)) as zipped:
        return {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}


async def send(
    person: Person, package: bytes | Mapping[str, bytes], name: str = "sums.zip", **fields: Any
) -> httpx.Response:
    """Ask for a package to be imported; ``headers`` among the fields are the request's."""
    headers = fields.pop("headers", {})
    content = package if isinstance(package, bytes) else archive(package)
    return await person.request(
        "POST",
        "/problems/import",
        files={"package": (name, content, "application/zip")},
        data={field: str(value).lower() for field, value in fields.items()},
        headers=headers,
    )


async def take_over(
    person: Person, package: bytes | Mapping[str, bytes], status: int = 201, *, name: str = "sums.zip", **fields: Any
) -> Json:
    """What came of a package that must be imported."""
    return dict(expect(await send(person, package, name, **fields), status))


async def whole(admin: Person, problem_id: str) -> Json:
    """Everything that the API shows of a problem."""
    problem = expect(await admin.get(f"/problems/{problem_id}", includeHidden="true"))
    solutions = expect(await admin.get(f"/problems/{problem_id}/solutions"))["data"]
    return {**problem, "solutions": solutions}


async def exported(admin: Person, problem_id: str, **query: Any) -> bytes:
    """A problem's archive."""
    answer = await admin.get(f"/problems/{problem_id}/export", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return answer.content
