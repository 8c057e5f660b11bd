"""Packages made of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import Package, read_package
from languages import Language

Content = str | bytes | None

MINIMAL: dict[str, Content] = {
    "problem.yaml": "name: Sum\nlimits:\n  memory: 64\n",
    ".timelimit": "1.5\n",
    "data/secret/1.in": "1 2\n",
    "data/secret/1.ans": "3\n",
    "submissions/accepted/sum.py": "print(sum(map(int, input().split())))\n",
}
NEW: dict[str, Content] = {
    **MINIMAL,
    "problem.yaml": (
        "problem_format_version: 2025-09\nname: Sum\nuuid: 00000000-0000-0000-0000-000000000001\n"
        "limits:\n  time_limit: 1.5\n"
    ),
    ".timelimit": None,
}

Read = Callable[..., Package]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A minimal package (``new``: of format 2025-09) with files added, replaced, or (``None``) left out."""

    def make(files: Mapping[str, Content] | None = None, *, new: bool = False) -> Path:
        root = tmp_path / "sum"
        for name, content in {**(NEW if new else MINIMAL), **(files or {})}.items():
            if content is None:
                continue
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def read(write: Callable[..., Path], languages: Mapping[str, Language]) -> Read:
    """The same, read."""
    return lambda files=None, *, new=False: read_package(write(files, new=new), languages)
