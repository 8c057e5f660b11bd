"""Containers that wait, each with a case in it: sooner, and otherwise the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from runner import Settings
from sandboxes import MIB, Command, Ending, Limits, Standby, WarmImage
from sandboxes.docker import DockerSandbox
from tests.sandboxes.conformance import SMALL

pytestmark = pytest.mark.docker

# Waits as a preloaded interpreter does, and then prints what it was given.
PRELOAD: Final = ("sh", "-c", "echo >&3; tr '\\0' ' ' <&3")


@pytest.fixture
def warm(docker_address: str, settings: Settings, image: Callable[[str], Path]) -> Iterator[DockerSandbox]:
    with DockerSandbox.open(settings.home, slots=1, address=docker_address) as opened:
        images = [
            WarmImage("plain", image("python"), (Standby(SMALL),)),
            WarmImage("ahead", image("python"), (Standby(SMALL, PRELOAD), Standby(Limits()))),
        ]
        opened.keep_warm(images, memory_bytes=256 * MIB)
        opened.settle()
        yield opened


def test_what_waits_serves_one_submission_and_is_replaced(warm: DockerSandbox, image: Callable[[str], Path]) -> None:
    command = Command(steps=(("python3", "-c", "import os; print(len(os.listdir('/box')))"),))
    before = {state.name: (state.ready, state.wanted, state.hits) for state in warm.warm}
    assert before == {"plain": (1, 1, 0), "ahead": (1, 1, 0)}
    assert all(state.memory_bytes > 0 for state in warm.warm)
    with warm.session(image("python"), warm="plain") as session:
        outcomes = [session.run(command, SMALL) for _ in range(2)]
    assert [(outcome.stdout, outcome.isolation.warm) for outcome in outcomes] == [(b"0\n", True), (b"0\n", False)]
    warm.settle()
    assert [(state.ready, state.hits) for state in warm.warm if state.name == "plain"] == [(1, 1)]


def test_a_process_started_ahead_becomes_the_program(warm: DockerSandbox, image: Callable[[str], Path]) -> None:
    command = Command(steps=(("printf", "%s ", "a", "b"),), preload=PRELOAD)
    with warm.session(image("python"), warm="ahead") as session:
        outcome = session.run(command, SMALL)
        again = session.run(command, SMALL)
    assert (outcome.stdout, outcome.isolation.warm) == (b"printf %s  a b ", True)
    assert (again.stdout, again.isolation.warm) == (b"a b ", False)


def test_limits_are_those_of_the_run_and_not_of_what_waited(warm: DockerSandbox, image: Callable[[str], Path]) -> None:
    greedy = Command(steps=(("python3", "-c", "x = bytearray(100 << 20)"),))
    with warm.session(image("python"), warm="plain") as session:
        assert session.run(greedy, Limits(memory_bytes=32 * MIB)).ending is Ending.MEMORY_LIMIT
        assert session.run(greedy, Limits(memory_bytes=256 * MIB)).ok
