"""Test data that stays on disk until somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge import ArtefactError, Data


class TestData:
    def test_bytes_are_themselves(self) -> None:
        data = Data(b"abc")
        assert (data.size_bytes, data.read(), b"".join(data)) == (3, b"abc", b"abc")

    def test_a_file_is_read_each_time_and_in_blocks(self, tmp_path: Path) -> None:
        path = tmp_path / "1.in"
        path.write_bytes(b"x" * 1_000_000)
        data = Data(path)
        assert data.size_bytes == 1_000_000
        assert max(map(len, data)) < 1_000_000
        path.write_bytes(b"other")
        assert data.read() == b"".join(data) == b"other"

    def test_a_file_that_is_gone_is_our_failure_and_named(self, tmp_path: Path) -> None:
        data = Data(tmp_path / "1.in")
        with pytest.raises(ArtefactError, match=r"1\.in"):
            data.read()
        with pytest.raises(ArtefactError, match=r"1\.in"):
            list(data)
        with pytest.raises(ArtefactError, match=r"1\.in"):
            _ = data.size_bytes
