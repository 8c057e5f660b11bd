"""What was compiled on this host already, by everything that it was compiled from."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.artefact import artefact_directories, artefact_files
from judge.cache.entry import ARTEFACT, read_entry, seal, write_entry
from judge.cache.key import CacheKey
from judge.cache.record import Record, may_be_kept
from judge.cache.shelf import Lease, Shelf
from judge.compilation import CompileResult
from judge.source import Source
from sandboxes import Outcome

_BLOCK_BYTES: Final = 4096
# What an entry counts for beside its files: its record and directories; and so much that entries never become so many
# that looking through them takes long.
_ENTRY_BYTES: Final = 64 * 1024


class CachedArtefact:
    """A compiled program in the cache: ``path`` stays as it is until :meth:`close` gives it back."""

    def __init__(self, shelf: Shelf, lease: Lease, *, shared: bool) -> None:
        self.path = lease.path / ARTEFACT
        self._shelf = shelf
        self._lease = lease
        self._shared = shared

    def close(self) -> None:
        """Give it back: the cache may keep or remove it. To be called once."""
        if self._shared:
            self._lease.close()
        else:
            self._shelf.remove(self._lease)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of an earlier compilation; ``artefact`` ``None``: the compiler refused."""

    compilation: CompileResult
    artefact: CachedArtefact | None


class CompileCache:
    """Finished compilations, kept below ``directory`` and shared by all engines of this host.

    Never raises and never makes a submission fail: what cannot be kept, found or believed is compiled. What is kept
    counts for ``limit_bytes`` at most; what was of no use for longest goes first, but nothing that is in use.
    """

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        self._shelf = Shelf(directory, limit_bytes=limit_bytes)

    def find(self, key: CacheKey, source: Source) -> Found | None:
        """What became of compiling ``source`` the last time, if that is known and untouched."""
        digest = key.digest
        lease = self._shelf.find(digest)
        if lease is None:
            return None
        with contextlib.ExitStack() as owned:
            owned.callback(lease.close)
            try:
                record = read_entry(lease.path, digest)
            except (OSError, ValueError):
                owned.pop_all()
                self._shelf.remove(lease)
                return None
            lease.touch()
            compilation = record.compilation(source)
            if not compilation.ok:
                return Found(compilation, None)
            owned.pop_all()
            return Found(compilation, CachedArtefact(self._shelf, lease, shared=True))

    def keep(
        self, key: CacheKey, source: Source, outcome: Outcome, compilation: CompileResult
    ) -> CachedArtefact | None:
        """Keep a compilation that has just ended, if it may be; its artefact, if that is in the cache now.

        Raises :class:`judge.errors.ArtefactError` when what the compiler left can stand in no artefact at all.
        """
        if not may_be_kept(source, outcome, compilation):
            return None
        files = artefact_files(source.files, outcome.collected) if compilation.ok else {}
        charge_bytes = _charge_bytes(files)
        lease = self._shelf.make(charge_bytes)
        if lease is None:
            return None
        with contextlib.ExitStack() as owned:
            owned.callback(self._shelf.remove, lease)
            record = Record.of(
                compilation,
                key=key.digest,
                charge_bytes=charge_bytes,
                seal=seal(files) if compilation.ok else None,
                content_bytes=sum(map(len, files.values())),
            )
            try:
                write_entry(lease.path, record, files)
            except OSError:
                return None
            shared = self._shelf.place(lease, record.key)
            if compilation.ok:
                owned.pop_all()
                return CachedArtefact(self._shelf, lease, shared=shared)
            if shared:
                owned.pop_all()
                lease.close()
            return None


def _charge_bytes(files: Mapping[str, bytes]) -> int:
    blocks = sum(-(-len(content) // _BLOCK_BYTES) for content in files.values()) + len(artefact_directories(files))
    return _ENTRY_BYTES + blocks * _BLOCK_BYTES
