"""Builders that are killed in the middle of their work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import sandboxes
from languages import Language
from sandboxes import ImageError
from sandboxes.images import BuildOutcome, Driver, ImageStore, build
from sandboxes.images.lock import try_lock

Make = Callable[..., Language]
PROJECT = Path(sandboxes.__file__).parent.parent


def fine(language: Language, rootfs: Path) -> None:
    """A proof that always succeeds, once there is something to run."""
    assert (rootfs / "usr/bin/tool").is_file(), language.id


def names(store: ImageStore) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir() if not path.name.startswith(".lock-"))


@contextmanager
def stuck_builder(store: ImageStore, kind: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real builder process that is in the middle of building ``one``."""
    script = Path(__file__).with_name("killed_builder.py")
    argv = [sys.executable, str(script), str(store.home), kind]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"building\n"
            yield process
        finally:
            process.kill()


def test_a_killed_build_is_never_used(store: ImageStore, driver: Driver, language: Make) -> None:
    one = language("one")
    with stuck_builder(store, "waiting"):
        (unfinished,) = names(store)
        assert store.image(one.image) is None
        assert store.prune([]).builds == ()  # its builder lives
    assert names(store) == [unfinished]
    assert store.image(one.image) is None
    assert store.images() == ()
    with pytest.raises(ImageError, match="is not built"):
        store.rootfs(one.image, language="one")
    (report,) = build([one], store=store, driver=driver, prove=fine)
    assert report.outcome is BuildOutcome.BUILT
    assert names(store) == [store.path(one.image).name]


def test_prune_removes_what_a_killed_builder_left(store: ImageStore) -> None:
    with stuck_builder(store, "waiting"):
        (unfinished,) = names(store)
    assert store.prune([]).builds == (store.directory / unfinished,)
    assert names(store) == []


@pytest.mark.usefixtures("require_root")
def test_the_tools_of_a_killed_builder_die_with_it(store: ImageStore, language: Make) -> None:
    """They hold the builder's lock, so once it is free no process of the build is left, whatever it ignored."""
    with stuck_builder(store, "confined"):
        pass
    deadline = time.monotonic() + 30
    while (fd := try_lock(store.lock_path(language("one").image))) is None:
        assert time.monotonic() < deadline, "a tool outlived its builder"
        time.sleep(0.01)
    os.close(fd)
