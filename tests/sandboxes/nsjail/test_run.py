"""Real runs in real jails: what every sandbox does, what is the jails' own, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sandboxes import Command, Limits, Outcome, SetupError, cgroups
from sandboxes.nsjail import NsjailSandbox
from sandboxes.slots import Slot
from tests.sandboxes.conformance import SMALL, Run, TestEndings, TestMeasures, TestSteps, TestWhatAProgramSees, runs

__all__ = ["TestEndings", "TestMeasures", "TestSteps", "TestWhatAProgramSees"]


@pytest.fixture
def run(sandbox: NsjailSandbox, image: Callable[[str], Path]) -> Run:
    rootfs = image("python")
    return runs(lambda: sandbox.session(rootfs))


def traces(slots: Iterable[Slot]) -> dict[str, object]:
    """What runs in these slots have left on the host: processes, control groups, mounts, descriptors."""
    slots = list(slots)
    ours = {uid for slot in slots for uid in (slot.init_uid, slot.program_uid)}
    processes = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid in ours:
                processes.append((entry / "stat").read_text())
    layout = cgroups.detect()
    return {
        "processes": processes,
        "groups": [str(group) for slot in slots for group in cgroups.left_of(layout, slot.name)],
        "mounts": Path("/proc/self/mountinfo").read_text().count("\n"),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def test_the_program_is_a_user_called_box_and_its_parent_process_1(run: Run) -> None:
    assert run("import os; print(os.getuid(), os.getgid(), os.getppid())").stdout == b"1000 1000 1\n"


def test_an_image_that_is_not_there_is_our_failure(sandbox: NsjailSandbox, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nothing"):
        sandbox.run(Command(steps=(("true",),)), Limits(), rootfs=tmp_path / "nothing")


class TestNothingIsLeft:
    def test_after_every_kind_of_end(self, sandbox: NsjailSandbox, run: Run) -> None:
        run("pass")
        slots = sandbox.held_slots
        before = traces(slots)
        assert before["processes"] == []
        run("import os\nfor _ in range(20): os.fork()", limits=Limits(processes=30))
        run("import time; time.sleep(9)", limits=Limits(wall_ms=100))
        run("x = bytearray(500 << 20)")
        with pytest.raises(SetupError):
            run(steps=(("no-such-program",),))
        assert traces(slots) == before

    def test_after_the_engine_was_killed(
        self, sandbox: NsjailSandbox, image: Callable[[str], Path], artefact: Path
    ) -> None:
        code = """
import sys
from pathlib import Path
from sandboxes import Command, Limits
from sandboxes.nsjail import NsjailSandbox
home, rootfs = map(Path, sys.argv[1:])
engine = NsjailSandbox.open(home, slots=1)
source = "import os, signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; os.fork(); time.sleep(1000)"
print(*(slot.number for slot in engine.held_slots), flush=True)
engine.run(Command(steps=(("python3", "-c", source),)), Limits(wall_ms=1000000), rootfs=rootfs)
"""
        with subprocess.Popen(
            [sys.executable, "-c", code, str(artefact), str(image("python"))], stdout=subprocess.PIPE
        ) as engine:
            assert engine.stdout is not None
            slots = [Slot(int(word)) for word in engine.stdout.readline().split()]
            assert slots
            assert not set(slots) & set(sandbox.held_slots)
            deadline = time.monotonic() + 20
            while not traces(slots)["processes"] and time.monotonic() < deadline:
                time.sleep(0.05)
            assert traces(slots)["processes"]
            engine.kill()
        deadline = time.monotonic() + 20
        while traces(slots)["processes"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert traces(slots)["processes"] == []
        assert traces(slots)["groups"]
        NsjailSandbox.open(artefact, slots=1).close()  # sweeps
        assert traces(slots)["groups"] == []

    def test_runs_side_by_side_do_not_meet(self, sandbox: NsjailSandbox, image: Callable[[str], Path]) -> None:
        rootfs = image("python")
        source = """
import os, time
open("/tmp/mine", "x").close()
time.sleep(0.3)
print([name for name in os.listdir("/proc") if name.isdigit()] == [str(os.getpid())])
"""
        outcomes: list[Outcome] = []

        def go() -> None:
            outcomes.append(sandbox.run(Command(steps=(("python3", "-c", source),)), SMALL, rootfs=rootfs))

        threads = [threading.Thread(target=go) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [outcome.stdout for outcome in outcomes] == [b"True\n"] * 4
