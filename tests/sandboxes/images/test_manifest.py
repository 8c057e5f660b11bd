from __future__ import annotations

from pathlib import Path

import pytest

from sandboxes import ImageError
from sandboxes.images import Manifest
from sandboxes.images.manifest import installed_packages, read_manifest, write_manifest

MANIFEST = Manifest(
    digest="ab" * 32,
    architecture="x86_64",
    suite="trixie",
    languages=("c", "cpp"),
    packages={"gcc-14": "14.2.0-19", "npm:@types/node": "24.0.0"},
    created="2026-01-02T03:04:05+00:00",
    size_bytes=123,
    entries=4,
    builder="mmdebstrap",
    tree="cd" * 32,
)


def test_reads_what_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert read_manifest(tmp_path / "missing") is None
    (tmp_path / "file").touch()
    assert read_manifest(tmp_path / "file") is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b"null", b"{}", b'{"languages": []}', b'{"languages": 3}', b"\xff\xfe\x00"]
)
def test_a_damaged_one_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ImageError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_an_unknown_field_is_damage(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace('"suite"', '"swite"'))
    with pytest.raises(ImageError, match="is damaged"):
        read_manifest(tmp_path)


def test_lists_installed_packages_only(tree: Path) -> None:
    assert installed_packages(tree) == {"tool": "1.2-3"}


def test_a_tree_without_packages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no package database"):
        installed_packages(tmp_path)
