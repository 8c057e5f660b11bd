"""What is written reads back as it was, in both families of formats."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import (
    read_package,
)
from judge.packages import Format, PackageContent, content_of
from judge.packages.writer import prepared
from tests.judge.packages.contents import (
    FORMATS,
    LANGUAGES,
    assert_same,
    contents,
    loaded,
    written,
)
from tests.judge.packages.test_packages import listed


@settings(max_examples=60)
@given(content=contents(), format_=st.sampled_from(FORMATS))
def test_what_is_written_reads_back_as_it_was(content: PackageContent, format_: Format) -> None:
    with tempfile.TemporaryDirectory() as directory:
        found, _ = written(content, format_, Path(directory) / "p")
        assert_same(found, loaded(prepared(content, format_)))


def at_hand() -> list[Any]:
    """The packages that the project ships, and any others that are at hand."""
    ours = sorted(path.parent for path in Path(__file__).parents[3].joinpath("tests").rglob("problem.yaml"))
    named = os.environ.get("SYNCODE_CASES")
    others = [Path(named) / entry["path"] for entry in listed()] if named else []
    return [pytest.param(path, id=path.name) for path in (*ours, *others)]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("path", at_hand())
def test_packages_at_hand_come_back_as_they_were(path: Path, format_: Format, tmp_path: Path) -> None:
    first = loaded(content_of(read_package(path, LANGUAGES)))
    wanted = replace(first, uuid=first.uuid or "0-1")
    found, _ = written(wanted, format_, tmp_path / path.name)
    assert_same(found, wanted)
