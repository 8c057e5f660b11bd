"""An entry on the disk is believed only as it was written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.artefact import artefact_files
from judge.cache.entry import read_entry, seal, write_entry
from judge.cache.record import Record

KEY = "k" * 64

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change what nobody may write to")

NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
CONTENTS = st.dictionaries(NAMES, st.binary(max_size=3), max_size=3)


@pytest.fixture
def entry(tmp_path: Path, files: dict[str, bytes], record: Callable[..., Record]) -> Path:
    root = tmp_path / "entry"
    root.mkdir()
    previous = os.umask(0o077)
    try:
        write_entry(root, record(), files)
    finally:
        os.umask(previous)
    return root


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Another content under the same name with the same permissions."""
    path.write_bytes(change(path.read_bytes()))


def linked(entry: Path, name: str) -> None:
    """A link to the very same thing in place of it."""
    aside = entry.parent / "aside"
    (entry / name).rename(aside)
    (entry / name).symlink_to(aside)


TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "content": lambda root: rewritten(root / "app/out/main", lambda old: old[:-1] + b"\1"),
    "shorter": lambda root: rewritten(root / "app/out/main", lambda old: old[:-1]),
    "longer": lambda root: rewritten(root / "app/out/main", lambda old: old + b"\0"),
    "emptied": lambda root: rewritten(root / "app/src/main.c", lambda _: b""),
    "swapped": lambda root: (root / "app/src/main.c").rename(root / "app/src/lib/x.h"),
    "mode of a file": lambda root: (root / "app/src/main.c").chmod(0o555),
    "setuid": lambda root: (root / "app/out/main").chmod(0o4555),
    "writable file": lambda root: (root / "app/out/main").chmod(0o777),
    "writable directory": lambda root: (root / "app/out").chmod(0o777),
    "mode of the artefact": lambda root: (root / "app").chmod(0o755),
    "mode of the entry": lambda root: root.chmod(0o755),
    "missing file": lambda root: (root / "app/src/main.c").unlink(),
    "missing directory": lambda root: shutil.rmtree(root / "app/src/lib"),
    "missing artefact": lambda root: shutil.rmtree(root / "app"),
    "extra file": lambda root: (root / "app/out/extra").write_bytes(b""),
    "extra directory": lambda root: (root / "app/out/extra").mkdir(mode=0o555),
    "extra beside the artefact": lambda root: (root / "extra").write_bytes(b""),
    "extra link": lambda root: (root / "app/src/extra").symlink_to("/etc/passwd"),
    "extra pipe": lambda root: os.mkfifo(root / "app/out/extra", 0o444),
    "link in place of a file": lambda root: linked(root, "app/out/main"),
    "link in place of a directory": lambda root: linked(root, "app/src"),
    "second name elsewhere": lambda root: os.link(root / "app/out/main", root.parent / "elsewhere"),
    "owner of a file": lambda root: os.chown(root / "app/out/main", 65534, -1),
    "owner of a directory": lambda root: os.chown(root / "app/src/lib", 65534, -1),
    "owner of the record": lambda root: os.chown(root / "record", 65534, -1),
    "owner of the entry": lambda root: os.chown(root, 65534, -1),
    "mode of the record": lambda root: (root / "record").chmod(0o644),
    "truncated record": lambda root: os.truncate(root / "record", 100),
    "empty record": lambda root: os.truncate(root / "record", 0),
    "endless record": lambda root: os.truncate(root / "record", 1 << 40),
    "missing record": lambda root: (root / "record").unlink(),
    "link in place of the record": lambda root: linked(root, "record"),
    "changed record": lambda root: rewritten(root / "record", lambda old: old.replace(b"null", b"true", 1)),
}


def test_an_entry_can_be_searched_by_all_and_written_by_none(entry: Path) -> None:
    modes = {path.relative_to(entry).as_posix(): path.stat().st_mode & 0o7777 for path in [entry, *entry.rglob("*")]}
    assert modes == {
        ".": 0o555,
        "record": 0o444,
        "app": 0o555,
        "app/src": 0o555,
        "app/src/main.c": 0o444,
        "app/src/lib": 0o555,
        "app/src/lib/x.h": 0o444,
        "app/out": 0o555,
        "app/out/main": 0o555,
    }


def test_an_entry_is_read_as_it_was_written(entry: Path, record: Callable[..., Record]) -> None:
    assert read_entry(entry, KEY) == record()


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_an_entry_that_was_touched_is_not_believed(entry: Path, tampering: str) -> None:
    TAMPERINGS[tampering](entry)
    with pytest.raises((OSError, ValueError)):
        read_entry(entry, KEY)


def test_an_entry_under_another_name_is_not_believed(entry: Path) -> None:
    with pytest.raises(ValueError, match="another one's"):
        read_entry(entry, "l" * 64)


def test_a_refusal_has_no_artefact_and_must_have_none(tmp_path: Path, record: Callable[..., Record]) -> None:
    root = tmp_path / "entry"
    root.mkdir()
    write_entry(root, record(seal=None, content_bytes=0), {})
    assert read_entry(root, KEY).seal is None
    (root / "app").mkdir()
    with pytest.raises(ValueError, match="something else"):
        read_entry(root, KEY)


@given(CONTENTS, CONTENTS, CONTENTS, CONTENTS)
def test_different_artefacts_never_share_a_seal(
    sources: dict[str, bytes],
    outputs: dict[str, bytes],
    other_sources: dict[str, bytes],
    other_outputs: dict[str, bytes],
) -> None:
    one, other = artefact_files(sources, outputs), artefact_files(other_sources, other_outputs)
    assert (seal(one) == seal(other)) is (one == other)
