"""The look for traces sees what it looks for: each is planted on the host once, by us, and found."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from sandboxes import cgroups
from sandboxes.nsjail import NsjailSandbox
from tests.abuse.harness import MARK, Traces

# Leaves what a program might, as the slot's user, until its input ends: a process, a listener, memory of System V.
LEFTOVER = """
import ctypes, os, socket, sys
uid = int(sys.argv[1])
os.setgroups([]), os.setgid(uid), os.setuid(uid)
listener = socket.create_server(("127.0.0.1", 0))
libc = ctypes.CDLL(None, use_errno=True)
memory = libc.shmget(0, 4096, 0o1600)
print("ready", flush=True)
sys.stdin.read()
libc.shmctl(memory, 0, None)
"""


def test_nothing_is_there_at_first(lone_sandbox: NsjailSandbox, tmp_path: Path) -> None:
    traces = Traces.look(lone_sandbox.held_slots, tmp_path)
    assert traces.processes == traces.groups == traces.files == traces.sockets == traces.quotas == ()


def test_processes_sockets_and_quotas_of_a_slot_are_seen(lone_sandbox: NsjailSandbox, tmp_path: Path) -> None:
    (slot,) = lone_sandbox.held_slots
    arguments = [sys.executable, "-I", "-c", LEFTOVER, str(slot.program_uid)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        assert left.stdout.readline() == b"ready\n"
        traces = Traces.look([slot], tmp_path)
        left.communicate()
    assert [process.split()[0] for process in traces.processes] == [str(left.pid)]
    assert str(left.pid) in traces.children  # beside jails that wait in other sandboxes
    assert [entry.split()[0] for entry in traces.sockets] == ["tcp"]
    assert [entry.split()[0] for entry in traces.quotas] == ["shm"]
    assert Traces.look([slot], tmp_path).quotas == ()


def test_named_sockets_files_and_descriptors_are_seen(lone_sandbox: NsjailSandbox, tmp_path: Path) -> None:
    before = Traces.look(lone_sandbox.held_slots, tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{MARK}-harness")
        listener.listen()
        (tmp_path / "left").touch()
        after = Traces.look(lone_sandbox.held_slots, tmp_path)
    assert after.sockets == (f"unix @{MARK}-harness",)
    assert after.files == (str(tmp_path / "left"),)
    assert after.descriptors == before.descriptors + 1


def test_control_groups_are_seen(lone_sandbox: NsjailSandbox, tmp_path: Path) -> None:
    (slot,) = lone_sandbox.held_slots
    layout = cgroups.detect()
    with cgroups.Cgroup(layout, f"{slot.name}.1") as group:
        group.create()
        traces = Traces.look([slot], tmp_path)
    assert traces.groups == tuple(str(place / f"{slot.name}.1") for place in layout.directories)
