"""Finding control groups on hosts of every kind, and using this host's."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes import SetupError, cgroups
from sandboxes.cgroups import Cgroup, Layout

NAME = f"test-{os.getpid()}"


class Host:
    """Planted hierarchies: directories that look like mounts, and the mountinfo that names them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines = ["22 1 0:20 / /proc rw - proc proc rw"]

    def v1(self, *controllers: str) -> Path:
        mount = self._mount("cgroup", ",".join(("rw", *controllers)), "-".join(controllers))
        (mount / "syncode/cgroup.procs").touch()
        return mount

    def v2(self, *controllers: str) -> Path:
        mount = self._mount("cgroup2", "rw", "unified")
        for directory in (mount, mount / "syncode"):
            (directory / "cgroup.procs").touch()
            (directory / "cgroup.controllers").write_text(" ".join(controllers))
            (directory / "cgroup.subtree_control").write_text(" ".join(controllers))
        return mount

    def _mount(self, filesystem: str, options: str, name: str) -> Path:
        mount = self.root / name
        (mount / "syncode").mkdir(parents=True)
        self.lines.append(f"30 22 0:30 / {mount} rw,relatime shared:4 - {filesystem} {filesystem} {options}")
        return mount

    def detect(self) -> Layout:
        mountinfo = self.root / "mountinfo"
        mountinfo.write_text("\n".join(self.lines) + "\n")
        return cgroups.detect(str(mountinfo))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


class TestDetect:
    def test_v2(self, host: Host) -> None:
        mount = host.v2("cpu", "memory", "pids")
        layout = host.detect()
        assert (layout.kind, layout.missing, layout.directories) == ("v2", (), (mount / "syncode",))
        assert (layout.memory_accounting, layout.cpu_fact) == ("memory.peak", "cpu.stat: usage_usec")

    def test_v1(self, host: Host) -> None:
        memory, pids, cpu = host.v1("memory"), host.v1("pids"), host.v1("cpu", "cpuacct")
        host.v1("freezer")
        layout = host.detect()
        assert (layout.kind, layout.missing) == ("v1", ())
        assert layout.directories == (memory / "syncode", pids / "syncode", cpu / "syncode")
        assert (layout.memory_accounting, layout.cpu_fact) == ("memory.max_usage_in_bytes", "cpuacct.usage")

    def test_hybrid_takes_each_controller_where_it_is(self, host: Host) -> None:
        tree, memory, share = host.v2("pids"), host.v1("memory"), host.v1("cpu")
        host.v1("cpuacct")
        layout = host.detect()
        assert (layout.kind, layout.missing) == ("hybrid", ())
        assert layout.directories == (memory / "syncode", tree / "syncode", share / "syncode")
        assert layout.cpu_fact == "cpu.stat: usage_usec"

    def test_a_v2_tree_without_controllers_still_counts_time_and_kills(self, host: Host) -> None:
        host.v2()
        layout = host.detect()
        assert layout.missing == ("memory limit", "process limit", "CPU share")
        assert layout.cpu == layout.kill is not None

    def test_none(self, host: Host) -> None:
        layout = host.detect()
        assert (layout.kind, layout.directories, layout.memory_accounting) == ("none", (), "none")
        assert layout.missing == ("memory limit", "process limit", "CPU accounting", "CPU share")

    def test_a_hierarchy_we_may_not_write_to_is_not_there(self, host: Host) -> None:
        mount = host.v1("memory")
        (mount / "syncode/cgroup.procs").unlink()
        assert host.detect().memory is None

    def test_co_mounted_controllers_share_one_directory(self, host: Host) -> None:
        mount = host.v1("cpuacct", "memory", "pids")
        assert host.detect().directories == (mount / "syncode",)


@pytest.fixture
def layout() -> Layout:
    layout = cgroups.detect()
    if layout.missing:
        reason = f"this host's control groups are missing: {', '.join(layout.missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return layout


@pytest.fixture
def group(layout: Layout) -> Iterator[Cgroup]:
    with Cgroup(layout, NAME) as group:
        group.create()
        group.limit(memory_bytes=64 << 20, processes=8)
        yield group


@contextlib.contextmanager
def process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """A python that waits for a byte before it runs ``code``."""
    arguments = [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)\n" + code]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        yield started
        started.kill()


def let_go(started: subprocess.Popen[bytes]) -> None:
    assert started.stdin is not None
    started.stdin.write(b"!")
    started.stdin.flush()


class TestCgroup:
    def test_counts_from_the_moment_it_begins(self, group: Cgroup) -> None:
        with process("import time\nwhile time.process_time() < 0.3: pass") as started:
            group.attach(started.pid)
            group.begin()
            assert group.cpu_ms() == pytest.approx(0, abs=50)
            let_go(started)
            started.wait()
        used = group.cpu_ms()
        assert used is not None
        assert 200 < used < 3000
        peak = group.memory_peak_bytes()
        assert peak is not None
        assert peak < 64 << 20
        assert (group.oom_kills(), group.refused_processes()) == (0, 0)

    def test_memory_beyond_the_limit_is_seen_and_announced(self, group: Cgroup) -> None:
        watched = group.watch_oom()
        assert watched is not None
        with process("x = bytearray(200 << 20)") as started:
            group.attach(started.pid)
            let_go(started)
            assert started.wait() == -9
        assert (group.oom_kills() or 0) >= 1

    def test_processes_beyond_the_limit_are_refused_and_counted(self, group: Cgroup) -> None:
        code = "import os, time\ntry:\n    while True:\n        if not os.fork(): time.sleep(30)\nexcept OSError: pass"
        with process(code) as started:
            group.attach(started.pid)
            let_go(started)
            started.wait()
            assert (group.refused_processes() or 0) >= 1
            assert len(group.processes()) == 7
            assert group.kill()

    def test_killing_at_a_stroke(self, group: Cgroup) -> None:
        with process("import os, time\nos.fork(); os.fork(); print(1, flush=True); time.sleep(60)") as started:
            group.attach(started.pid)
            let_go(started)
            assert started.stdout is not None
            started.stdout.read(2)
            assert group.kill()
            assert started.wait() == -9

    def test_two_groups_share_the_processors_alike_however_many_processes_they_have(
        self, layout: Layout, group: Cgroup
    ) -> None:
        one_processor = {min(os.sched_getaffinity(0))}
        with contextlib.ExitStack() as owned, Cgroup(layout, NAME + "-many") as many:
            many.create()
            many.limit(memory_bytes=256 << 20, processes=16)
            spin = f"import os, time; os.sched_setaffinity(0, {one_processor})\nwhile True: pass"
            crowd = [owned.enter_context(process(spin)) for _ in range(6)]
            alone = owned.enter_context(process(spin))
            for started in crowd:
                many.attach(started.pid)
            group.attach(alone.pid)
            group.begin()
            many.begin()
            for started in (*crowd, alone):
                let_go(started)
            time.sleep(1.5)
            mine, theirs = group.cpu_ms(), many.cpu_ms()
            for started in (*crowd, alone):
                started.kill()
                started.wait()
        assert mine is not None
        assert theirs is not None
        assert mine > theirs / 3  # a seventh, were it counted by processes

    def test_what_has_not_begun_hardly_slows_what_has(self, layout: Layout, group: Cgroup) -> None:
        one_processor = {min(os.sched_getaffinity(0))}
        with contextlib.ExitStack() as owned, Cgroup(layout, NAME + "-waiting") as waiting:
            waiting.create()
            spin = f"import os, time; os.sched_setaffinity(0, {one_processor})\nwhile True: pass"
            early, late = (owned.enter_context(process(spin)) for _ in range(2))
            waiting.attach(early.pid)
            group.attach(late.pid)
            group.begin()
            for started in (early, late):
                let_go(started)
            time.sleep(1)
            mine, theirs = group.cpu_ms(), waiting.cpu_ms()
            for started in (early, late):
                started.kill()
                started.wait()
        assert mine is not None
        assert theirs is not None
        assert mine > 4 * theirs

    def test_a_limit_can_be_raised_and_lowered(self, layout: Layout, group: Cgroup) -> None:
        assert layout.memory is not None
        name = "memory.max" if layout.memory.version == 2 else "memory.limit_in_bytes"
        for mebibytes in (512, 16, 256):
            group.limit(memory_bytes=mebibytes << 20, processes=8)
            assert int((layout.memory.directory / NAME / name).read_text()) == mebibytes << 20

    def test_one_that_is_renewed_has_no_past(self, group: Cgroup) -> None:
        with process("x = bytearray(20 << 20)") as started:
            group.attach(started.pid)
            group.begin()
            let_go(started)
            started.wait()
        assert (group.memory_peak_bytes() or 0) > 20 << 20
        if not group.renew():
            pytest.skip("this kernel cannot forget a peak")
        group.begin()
        assert (group.memory_peak_bytes() or 0) < 1 << 20
        assert group.cpu_ms() == pytest.approx(0, abs=50)

    @pytest.mark.parametrize(
        "code", ["x = bytearray(200 << 20)", "import os\ntry: [os.fork() for _ in range(9)]\nexcept OSError: pass"]
    )
    def test_one_that_a_limit_was_reached_in_is_not_renewed(self, group: Cgroup, code: str) -> None:
        with process(code) as started:
            group.attach(started.pid)
            let_go(started)
            started.wait()
        assert not group.renew()

    def test_a_group_stays_on_its_processor_whatever_its_processes_ask_for(self, layout: Layout) -> None:
        processor = max(os.sched_getaffinity(0))
        code = (
            "import os\ntry: os.sched_setaffinity(0, range(1024))\nexcept OSError: pass\nprint(os.sched_getaffinity(0))"
        )
        with Cgroup(layout, NAME) as group, process(code) as started:
            group.create()
            group.attach(started.pid)
            group.begin(processor=processor)
            let_go(started)
            assert started.stdout is not None
            assert started.stdout.readline().decode() == f"{{{processor}}}\n"
            started.wait()

    def test_a_name_in_use_is_an_error_and_is_not_taken_over(self, layout: Layout, group: Cgroup) -> None:
        with pytest.raises(SetupError, match="cannot be made"):
            Cgroup(layout, NAME).create()
        assert group.oom_kills() == 0  # it is still there

    def test_a_dead_process_cannot_be_attached(self, group: Cgroup) -> None:
        with process("pass") as started:
            let_go(started)
            started.wait()
            with pytest.raises(SetupError, match="cannot be moved"):
                group.attach(started.pid)


class TestSweep:
    def test_kills_and_removes_what_is_left(self, layout: Layout) -> None:
        group = Cgroup(layout, NAME + ".7")
        group.create()
        with process("import time; time.sleep(60)") as started:
            group.attach(started.pid)
            reaper = threading.Thread(target=started.wait)  # a group stays as long as its dead are not reaped
            reaper.start()
            assert cgroups.sweep(layout, NAME)
            reaper.join()
            assert started.returncode == -9
        assert not any((directory / (NAME + ".7")).exists() for directory in layout.directories)

    def test_nothing_to_do_is_no_error(self, layout: Layout) -> None:
        assert not cgroups.sweep(layout, NAME)
