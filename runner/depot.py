"""Data of tests that lie elsewhere: too large to travel with every job that needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from judge import Data

Deposit = Callable[[Data], str | None]
"""Has data elsewhere; what a job calls them, or ``None``: they travel with it."""

Fetch = Callable[[str], Data]
"""The data of that name. Raises :class:`runner.errors.DepotError` when they cannot be had."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory of this host: its files are named, nothing else is put there; they need not be there yet."""

    path: Path

    def deposit(self, data: Data) -> str | None:
        """See :data:`Deposit`."""
        if isinstance(data.source, Path) and data.source.is_relative_to(self.path):
            return data.source.relative_to(self.path).as_posix()
        return None

    def fetch(self, name: str) -> Data:
        """See :data:`Fetch`."""
        return Data(self.path / name)
