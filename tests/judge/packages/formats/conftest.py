"""Packages of other formats, made of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import Package, read_package
from judge.packages.formats import Conversion, convert
from languages import Language

Content = str | bytes


@pytest.fixture
def put(tmp_path: Path) -> Callable[[Mapping[str, Content]], Path]:
    """A directory with files."""

    def write(files: Mapping[str, Content]) -> Path:
        root = tmp_path / "given"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def converted(
    put: Callable[[Mapping[str, Content]], Path], tmp_path: Path, languages: Mapping[str, Language]
) -> Callable[[Mapping[str, Content]], tuple[Conversion, Package]]:
    """The same, converted and read."""

    def make(files: Mapping[str, Content]) -> tuple[Conversion, Package]:
        (tmp_path / "converted").mkdir()
        found = convert(put(files), tmp_path / "converted")
        return found, read_package(found.directory, languages)

    return make
