"""Hostile programs in containers: some of each kind that ``tests/abuse`` has, contained, without a trace."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from judge import Verdict
from languages import Language
from runner import Settings
from sandboxes import Command, Limits
from sandboxes.docker import DockerSandbox
from tests.abuse.harness import Abuse, Abuser
from tests.abuse.test_resources import PROGRAMS
from tests.abuse.trial import probe

pytestmark = pytest.mark.docker

USING_UP: Final = (
    "1-fork_bomb.c",
    "1-fork_storm.c",
    "3-memory.c heap",
    "4-child_is_killed.py",
    "5-fill.py",
    "6-memory_files.c memfd",
    "7-kernel_memory.c sockets",
    "7-loopback.c datagrams",
    "7-locks.c",
    "8-deep.py",
    "8-inodes.c links",
    "10-descriptors.c",
    "11-flood.c bytes",
    "13-wait.c closed",
    "14-orphans.c stay",
    "17-deaf.c count",
    "18-stop.c all",
    "21-sparse.c killed",
)
GAINING: Final = ("49-mounts.c", "51-kernel.c", "52-numbers.c", "61-deaf.c", "62-overwriter.c")


@pytest.fixture(scope="module")
def abuse(
    docker_address: str, settings: Settings, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> Iterator[Abuser]:
    """In a sandbox of one slot, so that a program and its control meet in the same."""
    with (
        DockerSandbox.open(settings.home, slots=1, address=docker_address) as sandbox,
        tempfile.TemporaryDirectory(prefix="syncode-abuse-") as name,
    ):
        workspace = Path(name)
        workspace.chmod(0o711)
        for language in ("python", "c"):  # taking an image in leaves marks of its own
            assert sandbox.run(Command(steps=(("true",),)), Limits(), rootfs=image(language)).ok
        yield Abuser(sandbox, workspace, languages, image)


def listed(title: str) -> Abuse:
    return next(program for program in PROGRAMS if program.title == title)


@pytest.mark.parametrize("program", [listed(title) for title in USING_UP], ids=lambda program: program.title)
def test_nothing_is_used_up(abuse: Abuser, program: Abuse) -> None:
    abuse(program)


@pytest.mark.parametrize("program", GAINING)
def test_nothing_is_gained(abuse: Abuser, program: str) -> None:
    abuse(probe(program))


def test_the_word_of_init_cannot_be_said_by_others(abuse: Abuser) -> None:
    result = abuse(Abuse("56-control.c", (Verdict.RUNTIME_ERROR,), files={"probe.h": "probe.h"}))
    assert result.case.exit_code == 3


def test_quotas_of_the_host_are_not_taken(abuse: Abuser) -> None:
    abuse(probe("55-quotas.c"))
