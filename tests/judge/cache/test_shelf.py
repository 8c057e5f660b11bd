"""The cache's directory among several engines: what fits, what goes first, and what a dead one leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from judge.cache.entry import read_entry
from judge.cache.shelf import Shelf

PROJECT = Path(__file__).parents[3]
CHARGE_BYTES = 100_000
Put = Callable[..., bool]
Other = Callable[[str, Path], AbstractContextManager["subprocess.Popen[bytes]"]]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="engines run as root")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "programs"


def shelf_for(directory: Path, entries: int) -> Shelf:
    """A shelf with room for so many entries."""
    return Shelf(directory, limit_bytes=entries * CHARGE_BYTES)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "entries").iterdir())


def used_at(directory: Path, name: str, seconds: int) -> None:
    os.utime(directory / "entries" / name, (seconds, seconds))


def ledger(directory: Path) -> int:
    return int((directory / "used").read_bytes())


def test_its_directories_can_be_searched_and_not_written_by_others(directory: Path) -> None:
    directory.mkdir(parents=True)
    directory.parent.chmod(0o700)
    directory.chmod(0o777)
    previous = os.umask(0o077)
    try:
        shelf_for(directory, 1)
    finally:
        os.umask(previous)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (directory.parent, directory, *directory.iterdir())}
    assert modes == {"cache": 0o711, "programs": 0o755, "entries": 0o711, "making": 0o711}


def test_what_was_of_no_use_for_longest_goes_first(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 4)
    for age, name in enumerate("abcd"):
        assert put(shelf, name)
        used_at(directory, name, age)
    lease = shelf.find("a")
    assert lease is not None
    lease.touch()
    lease.close()
    assert put(shelf, "e")
    assert names(directory) == ["a", "d", "e"]  # b, and c for the headroom
    assert put(shelf, "f")
    assert names(directory) == ["a", "d", "e", "f"]


def test_the_bound_holds_whatever_comes(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 8)
    with ThreadPoolExecutor(4) as pool:
        placed = list(pool.map(lambda number: put(shelf, str(number)), range(40)))
    assert all(placed)
    assert 4 <= len(names(directory)) <= 8
    assert ledger(directory) >= len(names(directory)) * CHARGE_BYTES
    assert list((directory / "making").iterdir()) == []


def test_what_is_larger_than_the_bound_pushes_nothing_out(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 2)
    assert put(shelf, "a")
    assert not put(shelf, "b", 2 * CHARGE_BYTES + 1)
    assert names(directory) == ["a"]
    assert put(shelf, "c", 2 * CHARGE_BYTES)
    assert names(directory) == ["c"]


def test_a_lower_bound_is_reached_by_the_next_entry(directory: Path, put: Put) -> None:
    for name in "abcdefgh":
        assert put(shelf_for(directory, 8), name)
    assert put(shelf_for(directory, 2), "i")
    assert len(names(directory)) <= 2


def test_an_entry_in_use_by_another_process_stays_until_that_dies(
    directory: Path, put: Put, other_engine: Other
) -> None:
    shelf = shelf_for(directory, 3)
    for age, name in enumerate("abc"):
        assert put(shelf, name)
        used_at(directory, name, age)
    with other_engine("hold", directory) as process:
        assert put(shelf, "d")
        assert "a" in names(directory)
        assert "b" not in names(directory)
        assert put(shelf, "e", 2 * CHARGE_BYTES)
        assert names(directory) == ["a", "e"]
        assert not put(shelf, "f", 3 * CHARGE_BYTES)  # what is in use leaves too little
        assert names(directory) == ["a"]
        process.kill()
        process.wait()
    assert put(shelf, "f", 3 * CHARGE_BYTES)
    assert names(directory) == ["f"]


def test_an_entry_in_use_by_this_process_stays(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 1)
    assert put(shelf, "a")
    lease = shelf.find("a")
    assert lease is not None
    assert not put(shelf, "b")
    lease.close()
    assert put(shelf, "b")
    assert names(directory) == ["b"]


def test_of_two_makers_of_the_same_entry_one_places_it(directory: Path) -> None:
    shelf = shelf_for(directory, 4)
    leases = shelf.make(1), shelf.make(1)
    for lease in leases:
        assert lease is not None
        (lease.path / "something").write_bytes(b"")
        other = shelf_for(directory, 4)  # opens, and leaves alone what is being made
        assert other.place(lease, "a") is (lease is leases[0])
    assert leases[1] is not None
    assert leases[1].path.is_dir()
    shelf.remove(leases[1])
    assert list((directory / "making").iterdir()) == []


def test_what_a_maker_killed_in_between_leaves_is_never_used_and_swept(directory: Path, other_engine: Other) -> None:
    making = directory / "making"
    for _ in range(20):
        with other_engine("make", directory) as process:
            while not any(making.iterdir()):
                time.sleep(0.0005)
            process.kill()
            process.wait()
        if any(making.iterdir()):
            break
    (left,) = making.iterdir()
    shelf = shelf_for(directory, 10_000)
    assert not left.exists()
    assert shelf.find(left.name) is None
    for name in names(directory):
        assert read_entry(directory / "entries" / name, name).key == name


def test_a_ledger_that_is_lost_or_damaged_is_made_anew(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 2)
    for damage in (b"", b"rubbish", b"-000000000000000001", b"9" * 20):
        assert put(shelf, "a") or "a" in names(directory)
        (directory / "used").write_bytes(damage)
        assert put(shelf, "b") or "b" in names(directory)
        assert ledger(directory) <= 2 * CHARGE_BYTES
    (directory / "used").unlink()
    assert shelf.make(1) is None or ledger(directory) <= 2 * CHARGE_BYTES


def test_a_record_nobody_can_read_costs_the_entry_its_place(directory: Path, put: Put) -> None:
    shelf = shelf_for(directory, 2)
    assert put(shelf, "a")
    assert put(shelf, "b")
    os.truncate(directory / "entries/b/record", 3)
    used_at(directory, "a", 2**31)
    assert put(shelf, "c")
    assert names(directory) == ["a", "c"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_directory_is_no_entry_and_makes_way(directory: Path, put: Put, kind: str) -> None:
    shelf = shelf_for(directory, 2)
    assert put(shelf, "elsewhere")
    path = directory / "entries" / "a"
    if kind == "file":
        path.write_bytes(b"")
    else:
        path.symlink_to(directory / "entries/elsewhere")
    assert shelf.find("a") is None
    assert names(directory) == ["elsewhere"]
    assert put(shelf, "a")


def test_a_directory_of_somebody_else_is_not_used(directory: Path, put: Put) -> None:
    directory.mkdir(parents=True)
    os.chown(directory, 65534, -1)
    shelf = shelf_for(directory, 2)
    assert not put(shelf, "a")
    assert shelf.find("a") is None


def test_a_place_where_no_directory_can_be_is_an_empty_shelf(tmp_path: Path, put: Put) -> None:
    (tmp_path / "file").write_bytes(b"")
    shelf = shelf_for(tmp_path / "file" / "programs", 2)
    assert shelf.find("a") is None
    assert not put(shelf, "a")


def test_a_full_disk_refuses_and_nothing_else(tmp_path: Path) -> None:
    """On a file system of 128 KiB of its own, in a mount namespace of its own."""
    script = """
        import sys
        from pathlib import Path
        from judge.cache.shelf import Shelf
        directory = Path(sys.argv[1]) / "programs"
        shelf = Shelf(directory, limit_bytes=10**9)
        lease = shelf.make(1000)
        try:
            (lease.path / "large").write_bytes(bytes(200_000))
        except OSError as error:
            print(error.strerror)
        full = Shelf(directory, limit_bytes=10**9)
        print(full.find("a"))
        shelf.remove(lease)
        print(sorted(path.name for path in directory.rglob("*")))
        lease = shelf.make(1000)
        (lease.path / "small").write_bytes(b"small")
        print(shelf.place(lease, "a"), shelf.find("a") is not None)
    """
    mounted = 'mount -t tmpfs -o size=128k none "$1" && exec "$2" -c "$3" "$1"'
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounted, "sh"]
    done = subprocess.run(
        [*argv, str(tmp_path), sys.executable, textwrap.dedent(script)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        timeout=60,
    )
    assert done.stderr == b""
    assert done.stdout.decode().splitlines() == [
        "No space left on device",
        "None",
        "['entries', 'making', 'used']",
        "True True",
    ]
    assert list(tmp_path.iterdir()) == []
