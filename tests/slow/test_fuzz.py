"""Fuzzing finds nothing in what init reads, and would find it if there were something."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes.init.fuzz import HARNESS, FuzzBuildError, build_fuzzer, fuzz
from tests.conftest import unavailable

pytestmark = pytest.mark.slow

CHECK = "if (size > (size_t)(reader->end - reader->at))"


@pytest.fixture
def keep() -> Iterator[Path]:
    """A directory that others can reach: the fuzzer does not run as root."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        try:
            build_fuzzer(HARNESS, directory)
        except FuzzBuildError as error:
            unavailable(str(error))
        found = directory / "found"
        found.mkdir()
        yield found


def test_nothing_is_found(keep: Path) -> None:
    assert fuzz(10, keep=keep) is None


def test_a_reader_without_its_bounds_check_is_found_out(keep: Path, tmp_path: Path) -> None:
    for name in ("fuzz.c", "request.h", "protocol.h"):
        shutil.copy(HARNESS.with_name(name), tmp_path)
    header = tmp_path / "request.h"
    assert CHECK in header.read_text()
    header.write_text(header.read_text().replace(CHECK, "if (size == SIZE_MAX)"))
    found = fuzz(60, keep=keep, harness=tmp_path / "fuzz.c")
    assert found is not None
    assert found.name.startswith("crash-")
    assert found.stat().st_uid != 0 or os.geteuid() != 0
