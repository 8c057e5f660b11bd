"""What the tests of all sandboxes share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.sandboxes.conformance")


@pytest.fixture
def artefact() -> Iterator[Path]:
    """A directory that a jail's user can reach (pytest's own temporary directories are private)."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory
