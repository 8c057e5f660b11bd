"""Stages: images in which steps are run plainly and through their preload, to be compared."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.languages.stage import Stage


@pytest.fixture(scope="session")
def stage(image: Callable[[str], Path]) -> Iterator[Callable[[str], Stage]]:
    """The stage of a language, by its id."""
    with contextlib.ExitStack() as opened:
        stages: dict[Path, Stage] = {}

        def of(language: str) -> Stage:
            if os.geteuid() != 0:
                unavailable("entering an image needs root")
            rootfs = image(language)
            if rootfs not in stages:
                stages[rootfs] = opened.enter_context(Stage(rootfs))
            return stages[rootfs]

        yield of
