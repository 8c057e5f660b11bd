"""Where data of tests lie that are too large to travel with every job that needs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from judge import Data


class Depot(Protocol):
    """A place that whoever encodes jobs and whoever decodes them both reach."""

    def deposit(self, data: Data) -> str | None:
        """Have them there; what a job calls them, or ``None``: they travel with it."""
        ...

    def fetch(self, name: str) -> Data:
        """The data of that name. Raises :class:`runner.errors.DepotError` when they cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory of this host: its files are named, nothing else is put there; they need not be there yet."""

    path: Path

    def deposit(self, data: Data) -> str | None:
        """See :meth:`Depot.deposit`."""
        if isinstance(data.source, Path) and data.source.is_relative_to(self.path):
            return data.source.relative_to(self.path).as_posix()
        return None

    def fetch(self, name: str) -> Data:
        """See :meth:`Depot.fetch`."""
        return Data(self.path / name)
