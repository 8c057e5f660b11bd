"""``syncode db upgrade`` and ``syncode seed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.migrations import is_current
from api.problems.seeding import read_seeds

Command = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of a service that nobody has used."""
    monkeypatch.setenv("SYNCODE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNCODE_DATABASE_URL", raising=False)
    return tmp_path / "home"


def test_a_database_is_made_and_seeded_once(cli: Command, home: Path) -> None:
    first = cli("db", "upgrade")
    assert (first.code, first.text, first.remark) == (0, "the database is up to date now\n", "")
    assert is_current(f"sqlite:///{home / 'syncode.db'}")
    again = cli("db", "upgrade")
    assert (again.code, again.text) == (0, "the database was up to date already\n")
    seeded = cli("seed")
    assert (seeded.code, seeded.remark) == (0, "5 problems added\n")
    assert seeded.text.splitlines() == [given.body.title for given in read_seeds()]
    again = cli("seed")
    assert (again.code, again.text, again.remark) == (0, "", "all example problems are there already\n")


@pytest.mark.parametrize("there", [True, False])
def test_a_database_without_a_schema_is_not_seeded(cli: Command, home: Path, *, there: bool) -> None:
    if there:
        home.mkdir()
        (home / "syncode.db").touch()
    answer = cli("seed")
    assert (answer.code, answer.text) == (2, "")
    assert answer.remark.count("\n") == 1
    assert "run 'syncode db upgrade' first" in answer.remark
    assert (home / "syncode.db").exists() is there


@pytest.mark.parametrize("command", [("seed",), ("db", "upgrade")])
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:very-secret@127.0.0.1:1/none",
        "sqlite:////proc/none/syncode.db",
        "oracle://user:very-secret@127.0.0.1/x",
        "no address, very-secret",
    ],
)
def test_a_database_that_cannot_be_used(
    cli: Command, home: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], address: str
) -> None:
    monkeypatch.setenv("SYNCODE_DATABASE_URL", address)
    answer = cli(*command)
    assert (answer.code, answer.text) == (2, "")
    assert answer.remark.startswith("syncode: SYNCODE_DATABASE_URL: ")
    assert answer.remark.count("\n") == 1
    assert "very-secret" not in answer.remark
    assert not list(home.glob("*.db"))
