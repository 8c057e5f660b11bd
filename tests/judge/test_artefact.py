"""The directory that jails are shown: what is in it, who may do what with it, and that it goes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from judge import ArtefactError
from judge.artefact import MOST_FILES, Artefact


def modes(root: Path) -> dict[str, int]:
    paths = [root, *root.rglob("*")]
    return {path.relative_to(root).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in paths}


class TestArtefact:
    def test_nothing_in_it_can_be_written_and_only_programs_can_be_run(self, tmp_path: Path) -> None:
        previous = os.umask(0o077)
        try:
            artefact = Artefact(
                tmp_path,
                sources={"main.py": b"#!/bin/sh", "lib/a.py": b"x"},
                outputs={"main": b"\x7fELF...", "classes/A.class": b"\xca\xfe"},
            )
        finally:
            os.umask(previous)
        assert modes(artefact.path) == {
            ".": 0o555,
            "src": 0o555,
            "src/main.py": 0o555,
            "src/lib": 0o555,
            "src/lib/a.py": 0o444,
            "out": 0o555,
            "out/main": 0o555,
            "out/classes": 0o555,
            "out/classes/A.class": 0o444,
        }
        assert (artefact.path / "src/lib/a.py").read_bytes() == b"x"
        artefact.close()

    def test_it_is_gone_after_close_and_close_may_be_repeated(self, tmp_path: Path) -> None:
        artefact = Artefact(tmp_path, sources={"a/b/c": b""}, outputs={})
        artefact.close()
        artefact.close()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a//b", "./a", "a/.", "a\0b", "/".join("a" * 30)])
    def test_no_name_is_believed(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ArtefactError, match="cannot stand"):
            Artefact(tmp_path, sources={}, outputs={name: b""})
        assert list(tmp_path.iterdir()) == []

    def test_the_number_of_files_is_bounded(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactError, match="files are more"):
            Artefact(tmp_path, sources={}, outputs={str(number): b"" for number in range(MOST_FILES + 1)})

    def test_a_name_that_the_disk_refuses_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactError, match="cannot be stored"):
            Artefact(tmp_path, sources={}, outputs={"a": b"", "a/b": b""})
        with pytest.raises(ArtefactError, match="cannot be stored"):
            Artefact(tmp_path, sources={}, outputs={"x" * 300: b""})
        assert list(tmp_path.iterdir()) == []

    def test_a_missing_workspace_is_our_failure(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactError, match="cannot be stored"):
            Artefact(tmp_path / "gone", sources={}, outputs={})
