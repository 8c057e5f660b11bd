"""Taking files out of a directory that a hostile program has filled."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes import boxfiles
from sandboxes.boxfiles import Harvest, collect


@pytest.fixture
def box(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "out").mkdir()
    descriptor = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def harvest(box: int, *, most_bytes: int = 1000) -> Harvest:
    return collect(box, "out", most_bytes=most_bytes)


class TestCollect:
    def test_files_of_all_depths_come_out_sorted(self, box: int, tmp_path: Path) -> None:
        (tmp_path / "out/b").mkdir()
        (tmp_path / "out/b/c").write_bytes(b"two")
        (tmp_path / "out/a").write_bytes(b"one")
        assert list(harvest(box).files.items()) == [("a", b"one"), ("b/c", b"two")]

    def test_a_missing_directory_is_empty(self, box: int) -> None:
        assert collect(box, "nothing", most_bytes=10) == Harvest({}, ())

    def test_symbolic_links_are_refused_and_the_rest_comes_out(self, box: int, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        (tmp_path / "out/link").symlink_to(secret)
        (tmp_path / "out/relative").symlink_to("../secret")
        (tmp_path / "out/directory").symlink_to(tmp_path)
        (tmp_path / "out/good").write_bytes(b"good")
        result = harvest(box)
        assert result.files == {"good": b"good"}
        assert len(result.refused) == 3

    def test_the_directory_itself_may_not_be_a_link(self, box: int, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real/file").write_bytes(b"x")
        (tmp_path / "out").rmdir()
        (tmp_path / "out").symlink_to("real")
        assert harvest(box).files == {}
        assert harvest(box).refused

    def test_pipes_sockets_and_devices_are_refused_without_blocking(self, box: int, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "out/fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "out/socket"))
            result = harvest(box)
        assert result.files == {}
        assert {line.split(":")[0] for line in result.refused} == {"fifo", "socket"}

    def test_a_file_with_two_names_is_refused(self, box: int, tmp_path: Path) -> None:
        (tmp_path / "other").write_text("x")
        os.link(tmp_path / "other", tmp_path / "out/hard")
        assert harvest(box).refused == ("hard: has more than one name",)

    def test_bytes_are_capped_over_all_files(self, box: int, tmp_path: Path) -> None:
        for name in "abc":
            (tmp_path / "out" / name).write_bytes(b"x" * 400)
        result = harvest(box, most_bytes=1000)
        assert list(result.files) == ["a", "b"]
        assert result.refused == ("c: is larger than what may be taken out",)

    def test_a_huge_sparse_file_is_refused_unread(self, box: int, tmp_path: Path) -> None:
        with open(tmp_path / "out/sparse", "wb") as file:
            file.truncate(1 << 40)
        assert harvest(box).files == {}

    def test_too_many_names_end_the_walk(self, box: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(boxfiles, "MOST_FILES", 5)
        for number in range(10):
            (tmp_path / "out" / str(number)).touch()
        result = harvest(box)
        assert len(result.files) == 5
        assert "more than 5 names" in result.refused[-1]

    def test_too_deep_is_refused(self, box: int, tmp_path: Path) -> None:
        deep = tmp_path / "out" / "/".join(["d"] * (boxfiles.MOST_DEPTH + 2))
        deep.mkdir(parents=True)
        (deep / "file").touch()
        assert harvest(box).files == {}
        assert "deeper" in harvest(box).refused[0]

    def test_a_path_that_nobody_could_store_is_refused(self, box: int, tmp_path: Path) -> None:
        directory = tmp_path / "out" / ("d" * 40) / ("e" * 250) / ("f" * 250) / ("g" * 250)
        directory.mkdir(parents=True)
        (directory / ("h" * 250)).mkdir()
        (directory / ("i" * 250)).touch()
        (directory / "kept").touch()
        result = harvest(box)
        assert [os.path.basename(path) for path in result.files] == ["kept"]
        assert [reason.rpartition(": ")[2] for reason in result.refused] == ["has a path of more than 1024 bytes"] * 2

    def test_a_name_that_is_not_text_is_refused(self, box: int, tmp_path: Path) -> None:
        Path(os.fsdecode(os.fsencode(tmp_path / "out") + b"/\xff")).touch()
        (refused,) = harvest(box).refused
        assert "UTF-8" in refused
        refused.encode()  # what we say about it is text

    def test_what_is_said_is_one_line_whatever_the_name(self, box: int, tmp_path: Path) -> None:
        (tmp_path / "out" / ("a\nb\x1b[2J" + "c" * 200)).symlink_to("/")
        (refused,) = harvest(box).refused
        assert refused.startswith("a\\nb\\x1b[2Jccc")
        assert refused.isprintable()
        assert len(refused) < 200

    def test_no_descriptor_is_left_open(self, box: int, tmp_path: Path) -> None:
        (tmp_path / "out/file").write_bytes(b"x")
        (tmp_path / "out/link").symlink_to("file")
        harvest(box)
        before = os.listdir("/proc/self/fd")
        for _ in range(10):
            harvest(box)
        assert len(os.listdir("/proc/self/fd")) == len(before)
