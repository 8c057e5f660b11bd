"""Outcomes to order, for rules that are pure, and where programs of these tests live."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge import Place
from languages import Language
from sandboxes import Ending, Isolation, Outcome, Sandbox, Usage

GOOD = Outcome(
    ending=Ending.EXITED,
    exit_code=0,
    signal=None,
    step=0,
    limit=None,
    evidence=None,
    usage=Usage(wall_ms=20.0, cpu_ms=10.0, memory_bytes=1 << 20, oom_kills=0, stdout_bytes=0, stderr_bytes=0),
    stdout=b"",
    stderr=b"",
    isolation=Isolation(
        backend="test",
        cgroup="v2",
        memory_accounting="cgroup",
        seccomp=True,
        namespaces=(),
        separate_uid=True,
        network=False,
        warm=False,
    ),
)

MakeOutcome = Callable[..., Outcome]


@pytest.fixture(scope="session")
def make_outcome() -> MakeOutcome:
    """A good outcome with changes; ``cpu_ms``, ``stdout_bytes`` and the like go to its usage."""

    def make(**changes: Any) -> Outcome:
        usage = {name: changes.pop(name) for name in tuple(changes) if name in Usage.__slots__}
        for stream in ("stdout", "stderr"):
            usage.setdefault(f"{stream}_bytes", len(changes.get(stream, b"")))
        return replace(GOOD, usage=replace(GOOD.usage, **usage), **changes)

    return make


@pytest.fixture
def workspace() -> Iterator[Path]:
    """A directory that users of jails may search, on the way to it too, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="syncode-test-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture
def place(sandbox: Sandbox, image: Callable[[str], Path], workspace: Path) -> Callable[[str], Place]:
    """Where programs of a language run for real."""
    return lambda language: Place(sandbox, image(language), workspace)


@pytest.fixture
def python(languages: Mapping[str, Language]) -> Language:
    return languages["python"]


@pytest.fixture
def cpp(languages: Mapping[str, Language]) -> Language:
    return languages["cpp"]
