from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from sandboxes.images.lock import held, try_lock


class GiveUpError(Exception):
    pass


def give_up() -> None:
    raise GiveUpError


def test_only_one_holds_it(tmp_path: Path) -> None:
    with held(tmp_path / "lock", on_wait=give_up):
        assert try_lock(tmp_path / "lock") is None
        with pytest.raises(GiveUpError), held(tmp_path / "lock", on_wait=give_up):
            pytest.fail("two hold it")
    fd = try_lock(tmp_path / "lock")
    assert fd is not None
    os.close(fd)


def test_waits_until_it_is_free(tmp_path: Path) -> None:
    waiting, entered = threading.Event(), threading.Event()

    def second() -> None:
        with held(tmp_path / "lock", on_wait=waiting.set):
            entered.set()

    thread = threading.Thread(target=second)
    with held(tmp_path / "lock", on_wait=give_up):
        thread.start()
        assert waiting.wait(30)
        assert not entered.is_set()
    assert entered.wait(30)
    thread.join()


def test_a_child_that_inherits_it_holds_it_too(tmp_path: Path) -> None:
    fd = try_lock(tmp_path / "lock")
    assert fd is not None
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(fd,))
    os.close(fd)
    assert try_lock(tmp_path / "lock") is None
    child.communicate()
    again = try_lock(tmp_path / "lock")
    assert again is not None
    os.close(again)


def test_a_removed_lock_is_no_lock(tmp_path: Path) -> None:
    """Whoever waited for a file that was removed meanwhile must not hold a lock that nobody else sees."""
    path = tmp_path / "lock"
    old = try_lock(path)
    assert old is not None
    path.unlink()
    new = try_lock(path)
    assert new is not None
    assert try_lock(path) is None
    os.close(old)
    assert try_lock(path) is None
    os.close(new)
