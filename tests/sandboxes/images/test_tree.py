from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes.images.tree import measure, walk


def test_counts_and_sizes(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory/file").write_bytes(b"12345")
    os.link(tmp_path / "directory/file", tmp_path / "name")
    (tmp_path / "link").symlink_to("/somewhere/else/entirely")
    measured = measure(tmp_path)
    assert (measured.size_bytes, measured.entries) == (5, 4)


def test_parents_come_first_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "b/c").mkdir(parents=True)
    (tmp_path / "b/c/d").write_text("")
    (tmp_path / "a").symlink_to("b")
    assert [entry.path for entry in walk(tmp_path)] == ["a", "b", "b/c", "b/c/d"]


def test_a_current_directory_may_be_removed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    seen = []
    for entry in walk(tmp_path):
        seen.append(entry.path)
        os.rmdir(entry.full)
    assert seen == ["a", "b"]


def test_the_same_tree_elsewhere_and_later_is_the_same(tmp_path: Path) -> None:
    digests: set[str] = set()
    for name in ("one", "two"):
        root = tmp_path / name
        (root / "directory").mkdir(parents=True)
        (root / "directory/file").write_text("content")
        os.utime(root / "directory/file", (0, len(name) + len(digests)))
        digests.add(measure(root).digest)
    assert len(digests) == 1


def _relink(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("other")


def _to_directory(root: Path) -> None:
    (root / "file").unlink()
    (root / "file").mkdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "content of the same length": lambda root: (root / "file").write_text("CONTENT"),
    "mode": lambda root: (root / "file").chmod(0o600),
    "name": lambda root: (root / "file").rename(root / "fila"),
    "place": lambda root: (root / "file").rename(root / "directory/file"),
    "one more": lambda root: (root / "more").write_text(""),
    "one less": lambda root: (root / "file").unlink(),
    "target of a link": _relink,
    "kind": _to_directory,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_shows(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("content")
    (tmp_path / "link").symlink_to("file")
    before = measure(tmp_path).digest
    change(tmp_path)
    assert measure(tmp_path).digest != before


def test_names_that_are_no_text_are_fine(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe")).write_text("")
    assert measure(tmp_path).entries == 1
