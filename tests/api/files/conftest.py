"""Files have nothing to do with the database: one kind will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "syncode.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"
