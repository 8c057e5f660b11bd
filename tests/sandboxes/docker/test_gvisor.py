"""Runs on a kernel of their own, where gVisor is installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from runner import Settings
from sandboxes import MIB, Command, Ending, LimitKind, Limits, Session
from sandboxes.docker import DockerSandbox
from tests.sandboxes.conformance import Run, runs
from tests.sandboxes.docker.dockerd import gvisor

pytestmark = pytest.mark.docker

SMALL = Limits(cpu_ms=2000, wall_ms=6000, memory_bytes=96 * MIB)


@pytest.fixture(scope="module")
def sandbox(docker_address: str, settings: Settings) -> Iterator[DockerSandbox]:
    if not gvisor():
        pytest.skip("gVisor is not installed (Debian's package runsc)")
    with DockerSandbox.open(settings.home, slots=1, address=docker_address, runtime="runsc") as opened:
        yield opened


@pytest.fixture(scope="module")
def session(sandbox: DockerSandbox, image: Callable[[str], Path]) -> Iterator[Session]:
    with sandbox.session(image("python")) as opened:
        yield opened


@pytest.fixture
def run(session: Session) -> Run:
    return runs(lambda: nullcontext(session))


def test_it_is_another_kernel_and_says_what_was_seen_of_it(run: Run, sandbox: DockerSandbox) -> None:
    outcome = run("import os; print(os.uname().release)", limits=SMALL)
    assert outcome.stdout.decode().strip() != os.uname().release
    isolation = outcome.isolation
    assert isolation == sandbox.isolation
    assert (isolation.backend, isolation.missing, isolation.network) == ("docker", (), False)
    assert {"user", "mount", "network"} <= set(isolation.namespaces)
    assert not isolation.separate_uid


def test_endings_and_evidence_are_as_anywhere(run: Run) -> None:
    assert run("raise SystemExit(7)", limits=SMALL).exit_code == 7
    assert run("import os; os.kill(os.getpid(), 11)", limits=SMALL).signal_name == "SIGSEGV"
    hungry = run("x = bytearray(500 << 20)", limits=SMALL)
    assert (hungry.ending, hungry.limit) == (Ending.MEMORY_LIMIT, LimitKind.MEMORY)
    assert hungry.evidence is not None
    assert hungry.evidence.measured >= 90 * MIB
    spinning = run("print('x', flush=True)\nwhile True: pass", limits=Limits(cpu_ms=300))
    assert (spinning.ending, spinning.stdout) == (Ending.CPU_LIMIT, b"x\n")
    assert run("import time; time.sleep(60)", limits=Limits(wall_ms=300)).ending is Ending.WALL_LIMIT
    flood = run("while True: print('x' * 1000)", limits=Limits(output_bytes=MIB))
    assert flood.ending is Ending.OUTPUT_LIMIT


def test_memory_is_the_programs_without_its_kernels(run: Run) -> None:
    usage = run("x = b'x' * (40 << 20)", limits=SMALL).usage
    assert usage.memory_bytes is not None
    assert 40 * MIB <= usage.memory_bytes <= 70 * MIB


def test_it_is_nobody_with_nothing(run: Run) -> None:
    source = """
import os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(os.getuid() > 0, os.getgroups(), {status[name].strip() for name in ("CapPrm", "CapEff", "CapBnd")})
print(sorted(os.listdir("/proc/self/fd")))
"""
    said = run(source, limits=SMALL).stdout
    assert said == b"True [] {'0000000000000000'}\n['0', '1', '2', '3']\n"


def test_there_is_no_network(run: Run) -> None:
    source = """
import socket
# connecting a datagram socket looks up a route and sends nothing
try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9)); print("route")
except OSError as error: print("none")
"""
    assert run(source, limits=SMALL).stdout == b"none\n"


def test_the_next_run_finds_nothing(run: Run) -> None:
    plant = "import os, time\nopen('/box/x', 'w').close(); os.mkdir('/tmp/d')\nif os.fork() == 0: time.sleep(100)"
    look = (
        "import os; print(os.listdir('/box'), os.listdir('/tmp'), len([n for n in os.listdir('/proc') if n.isdigit()]))"
    )
    assert run(plant, limits=SMALL).ok
    assert run(look, limits=SMALL).stdout == b"[] [] 3\n"


def test_files_come_out_and_what_is_none_does_not(run: Run) -> None:
    make = (
        "mkdir -p out/d; echo hello > out/d/file; ln -s /etc/passwd out/link; ln out/d/file out/twin; mkfifo out/pipe"
    )
    good = run(steps=(("sh", "-c", make),), collect="out", limits=SMALL)
    assert set(good.collected.values()) == {b"hello\n"}
    assert {line.split(":")[0] for line in good.refused} >= {"link", "pipe"}
    assert run("pass", collect="out", limits=SMALL).collected == {}
    # more than an archive of so many small files would have: the program's affair, not ours
    large = run(
        steps=(("sh", "-c", "mkdir out && truncate -s 20M out/large"),),
        collect="out",
        collect_bytes=1 << 20,
        limits=replace(SMALL, file_size_bytes=32 << 20),
    )
    assert (large.collected, large.refused) == ({}, ("out: is larger than what may be taken out",))


def test_scratch_of_another_size(session: Session) -> None:
    command = Command(steps=(("python3", "-c", "open('/box/x', 'wb').write(bytes(80 << 20)); print('written')"),))
    limits = Limits(memory_bytes=512 * MIB, file_size_bytes=512 * MIB, scratch_bytes=256 * MIB, scratch_inodes=65_536)
    outcome = session.run(command, limits)
    assert (outcome.stdout, outcome.stderr) == (b"written\n", b""), outcome
