"""The parts of the Docker backend that need no Docker engine."""

from __future__ import annotations

import contextlib
import fcntl
import io
import mmap
import os
import socket
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes import IsolationError, SetupError
from sandboxes.boxfiles import Harvest
from sandboxes.cases.witness import Observation
from sandboxes.cgroups import Layout, Place, layout_of
from sandboxes.docker.artefact import AppDirectory
from sandboxes.docker.backend import DockerSandbox, check
from sandboxes.docker.daemon import Daemon, EngineFacts
from sandboxes.docker.group import ContainerGroup
from sandboxes.docker.harvest import unpack
from sandboxes.docker.host import survey
from sandboxes.docker.images import _archive, image_name
from sandboxes.docker.witness import WRITABLE, isolation_of, isolation_of_guest
from sandboxes.fact import Severity
from sandboxes.images.tree import measure
from sandboxes.slots import Slot

FACTS = EngineFacts("28.0", ("crun", "runc"), "runc", "systemd", "2", "overlay2", frozenset({"seccomp", "cgroupns"}))


class TestTheEngine:
    @pytest.mark.parametrize("address", ["tcp://127.0.0.1:2375", "ssh://host", "/run/docker.sock"])
    def test_must_be_one_of_this_host(self, address: str) -> None:
        with pytest.raises(IsolationError, match=r"must be one of this host.*unix://"):
            Daemon.connect(address)

    def test_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(IsolationError, match=f"no Docker engine at unix://{tmp_path}/none: .*No such file"):
            Daemon.connect(f"unix://{tmp_path}/none")

    def test_that_speaks_something_else_is_no_engine(self) -> None:
        with babbling() as address, pytest.raises(IsolationError, match="no Docker engine at"):
            Daemon.connect(address)

    def test_without_what_runs_need_is_refused(self) -> None:
        check(FACTS, None)
        check(FACTS, "crun")
        with pytest.raises(IsolationError, match=r"no runtime runsc \(it has crun, runc\)"):
            check(FACTS, "runsc")
        with pytest.raises(IsolationError, match="rootless"):
            check(replace(FACTS, security=FACTS.security | {"rootless"}), None)
        with pytest.raises(IsolationError, match="seccomp"):
            check(replace(FACTS, security=frozenset()), None)

    def test_that_is_missing_fails_the_doctor_and_opens_no_sandbox(self, tmp_path: Path) -> None:
        address = f"unix://{tmp_path}/none"
        (fact,) = survey(address, None)
        assert (fact.name, fact.severity) == ("Docker engine", Severity.FAIL)
        assert "SYNCODE_DOCKER_HOST" in fact.remedy
        if os.geteuid() == 0:
            with pytest.raises(IsolationError, match="no Docker engine"):
                DockerSandbox.open(tmp_path, slots=1, address=address)


@contextmanager
def babbling() -> Iterator[str]:
    """A socket on which somebody answers who is no Docker engine."""
    with socket.socket(socket.AF_UNIX) as listener:
        name = f"/tmp/syncode-babble-{os.getpid()}"  # noqa: S108  an address must be short
        listener.bind(name)
        listener.listen()

        def answer() -> None:
            with contextlib.suppress(OSError):  # at last nobody listens any more
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.sendall(b"220 hello\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"unix://{name}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            os.unlink(name)


class TestAnImage:
    def test_is_named_by_what_it_holds(self, tmp_path: Path) -> None:
        (tmp_path / "usr").mkdir()
        before = image_name(tmp_path)
        assert before == f"syncode:{measure(tmp_path).digest}"
        (tmp_path / "usr/file").write_bytes(b"x")
        assert image_name(tmp_path) != before

    def test_that_is_not_there_is_our_failure(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="nothing"):
            image_name(tmp_path / "nothing")

    def test_is_handed_over_whole_and_as_roots(self, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir(mode=0o755)
        (tmp_path / "bin/tool").write_bytes(b"#!" * 1_000_000)
        (tmp_path / "bin/tool").chmod(0o755)
        (tmp_path / "link").symlink_to("bin/tool")
        os.link(tmp_path / "bin/tool", tmp_path / "again")
        with tarfile.open(fileobj=io.BytesIO(b"".join(_archive(tmp_path)))) as archive:
            entries = {entry.name: entry for entry in archive}
            tool = archive.extractfile("./bin/tool")
            assert tool is not None
            assert tool.read() == b"#!" * 1_000_000
        assert set(entries) == {".", "./again", "./bin", "./bin/tool", "./link"}
        assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "")}
        assert (entries["./bin/tool"].mode, entries["./link"].linkname) == (0o755, "bin/tool")

    def test_of_which_a_part_cannot_be_read_is_not_handed_over(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="could not be packed"):
            b"".join(_archive(tmp_path / "gone"))


class TestTheArtefact:
    def test_is_shown_alone_and_as_it_is(self, tmp_path: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        (one / "src").mkdir(parents=True)
        (one / "src/main.py").write_bytes(b"1")
        (one / "src/main.py").chmod(0o444)
        (two / "out").mkdir(parents=True)
        (two / "out/main").write_bytes(b"2")
        (two / "out/main").chmod(0o555)
        (two / "out/main.link").symlink_to("/etc/passwd")
        app = AppDirectory(tmp_path / "app")
        app.show(one)
        assert (app.path / "src/main.py").read_bytes() == b"1"
        app.show(two)
        assert sorted(str(path.relative_to(app.path)) for path in app.path.rglob("*")) == [
            "out",
            "out/main",
            "out/main.link",
        ]
        assert (app.path / "out/main").stat().st_mode & 0o777 == 0o555
        assert (app.path / "out/main.link").is_symlink()
        assert (two / "out/main").stat().st_nlink == 1
        app.show(None)
        assert list(app.path.iterdir()) == []

    def test_that_is_gone_is_our_failure_and_shows_nothing_old(self, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        (tmp_path / "one/file").touch()
        app = AppDirectory(tmp_path / "app")
        app.show(tmp_path / "one")
        with pytest.raises(SetupError, match="cannot be shown in a container"):
            app.show(tmp_path / "gone")
        assert list(app.path.iterdir()) == []


def planted(root: Path, mounts: dict[str, str], groups: str) -> Path:
    """A /proc with one process, 7: mount points by the type and options of what is mounted there, and its groups."""
    (root / "self").mkdir(parents=True)
    (root / "7").mkdir()
    lines = [f"1 1 0:1 / {point} rw - {kind}" for point, kind in mounts.items()]
    (root / "self/mountinfo").write_text("".join(f"{line}\n" for line in lines))
    (root / "7/cgroup").write_text(groups)
    return root


def grouped(*directories: Path) -> None:
    for directory in directories:
        directory.mkdir(parents=True)
        (directory / "cgroup.procs").touch()
        (directory / "cgroup.controllers").write_text("memory pids cpu cpuset io\n")


class TestWhereItsGroupsAre:
    def test_on_v2(self, tmp_path: Path) -> None:
        grouped(tmp_path / "fs/system.slice/docker-abc.scope")
        proc = planted(
            tmp_path / "proc", {f"{tmp_path}/fs": "cgroup2 cgroup2 rw"}, "0::/system.slice/docker-abc.scope\n"
        )
        layout, name = layout_of(7, proc=proc)
        place = Place(tmp_path / "fs/system.slice", 2)
        assert (layout, name) == (Layout(place, place, place, place, place, place), "docker-abc.scope")

    def test_on_v1_beside_a_tree_that_it_is_not_in(self, tmp_path: Path) -> None:
        grouped(tmp_path / "memory/docker/abc", tmp_path / "cpu/docker/abc", tmp_path / "unified")
        proc = planted(
            tmp_path / "proc",
            {
                f"{tmp_path}/memory": "cgroup cgroup rw,memory",
                f"{tmp_path}/cpu": "cgroup cgroup rw,cpu,cpuacct",
                f"{tmp_path}/unified": "cgroup2 cgroup2 rw",
            },
            "3:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n",
        )
        layout, name = layout_of(7, proc=proc)
        assert name == "abc"
        assert layout.memory == Place(tmp_path / "memory/docker", 1)
        assert layout.cpu == layout.share == Place(tmp_path / "cpu/docker", 1)
        assert (layout.processes, layout.kill) == (None, None)
        assert layout.missing == ("process limit",)

    @pytest.mark.parametrize("groups", ["0::/\n", "3:memory:/\n0::/\n", ""])
    def test_a_process_in_no_group_of_its_own_is_refused(self, tmp_path: Path, groups: str) -> None:
        with pytest.raises(SetupError, match="in no control group of its own"):
            layout_of(7, proc=planted(tmp_path, {}, groups))

    def test_a_process_that_is_gone_is_our_failure(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="cannot be read"):
            layout_of(8, proc=planted(tmp_path, {}, ""))


class TestItsCounts:
    """On a v2 group of plain files."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Path:
        group = tmp_path / "abc"
        group.mkdir()
        for name, text in {
            "memory.events": "oom 0\noom_kill 2\n",
            "memory.peak": "5000\n",
            "pids.events": "max 4\n",
            "cpu.stat": "usage_usec 7000\n",
            "cpu.weight": "100\n",
        }.items():
            (group / name).write_text(text)
        return group

    @pytest.fixture
    def group(self, files: Path) -> Iterator[ContainerGroup]:
        place = Place(files.parent, 2)
        group = ContainerGroup(Layout(place, place, place, place, None, None), "abc")
        yield group
        group.remove()

    def test_are_of_the_case_and_not_of_those_before(self, files: Path, group: ContainerGroup) -> None:
        group.begin()
        assert (group.oom_kills(), group.refused_processes(), group.cpu_ms()) == (0, 0, 0.0)
        (files / "memory.events").write_text("oom 1\noom_kill 3\n")
        (files / "pids.events").write_text("max 9\n")
        (files / "cpu.stat").write_text("usage_usec 9500\n")
        assert (group.oom_kills(), group.refused_processes(), group.cpu_ms()) == (1, 5, 2.5)

    def test_a_peak_is_set_back(self, files: Path, group: ContainerGroup) -> None:
        group.begin()
        assert (files / "memory.peak").read_text().startswith("0")

    def test_a_peak_that_cannot_be_is_told_only_where_it_rose(self, files: Path, group: ContainerGroup) -> None:
        """As on kernels before 6.12: here a sealed memory file refuses what is written."""
        sealed = os.memfd_create("peak", os.MFD_ALLOW_SEALING)
        os.write(sealed, b"5000\n")
        kernel = mmap.mmap(sealed, 5)
        fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, 0x10)  # F_SEAL_FUTURE_WRITE: only what is mapped can still be changed
        (files / "memory.peak").unlink()
        (files / "memory.peak").symlink_to(f"/proc/self/fd/{sealed}")
        group.begin()
        assert group.memory_peak_bytes() is None
        kernel[:4] = b"9000"
        assert group.memory_peak_bytes() == 9000
        kernel.close()
        os.close(sealed)

    def test_outlive_the_group(self, files: Path, group: ContainerGroup) -> None:
        group.begin()
        (files / "memory.events").write_text("oom 1\noom_kill 3\n")
        (files / "memory.peak").write_text("6000\n")
        group.note()
        group.remove()
        for file in files.iterdir():
            file.unlink()
        assert (group.oom_kills(), group.memory_peak_bytes(), group.refused_processes()) == (1, 6000, 0)

    def test_the_whole_container_is_never_killed_by_its_group(self, files: Path, group: ContainerGroup) -> None:
        assert group.kill() is False
        assert sorted(path.name for path in files.iterdir()) == [
            "cpu.stat",
            "cpu.weight",
            "memory.events",
            "memory.peak",
            "pids.events",
        ]


def seen(**differing: object) -> Observation:
    whole = Observation(
        namespaces=("mount", "pid", "ipc", "network", "uts", "cgroup"),
        ids=frozenset({Slot(1).program_uid}),
        capabilities=0,
        no_new_privs=True,
        filters=1,
        interfaces=frozenset({"lo"}),
        writable=frozenset({"/box", "/tmp", "/dev/shm", "/dev", "/proc", "/proc/keys"}),  # noqa: S108  a container's
        groups=frozenset({Path("/groups")}),
    )
    return replace(whole, **differing)  # type: ignore[arg-type]  # by name


PLACE = Place(Path("/groups"), 2)
LAYOUT = Layout(PLACE, PLACE, PLACE, PLACE, PLACE, PLACE)


class TestIsolation:
    def test_whole(self) -> None:
        isolation = isolation_of(seen(), LAYOUT, Slot(1))
        assert (isolation.backend, isolation.missing, isolation.cgroup) == ("docker", (), "v2")
        assert "user" not in isolation.namespaces

    @pytest.mark.parametrize(
        ("differing", "missing"),
        [
            ({"namespaces": ("mount", "pid", "ipc", "network", "uts")}, ("cgroup namespace",)),
            ({"ids": frozenset({0, 70_003})}, ("user id of its own",)),
            ({"ids": frozenset({70_003, 1000})}, ("user id of its own",)),
            ({"capabilities": 1 << 21}, ("dropped capabilities",)),
            ({"no_new_privs": False}, ("no_new_privs",)),
            ({"filters": 0}, ("system call filter",)),
            ({"interfaces": frozenset({"lo", "eth0"})}, ("empty network",)),
            ({"writable": frozenset({"/box", "/"})}, ("read-only image",)),
            ({"writable": frozenset({"/app"})}, ("read-only image",)),
            ({"groups": frozenset()}, ("memory limit", "process limit", "CPU accounting", "CPU share")),
        ],
    )
    def test_is_claimed_only_as_it_was_seen(self, differing: dict[str, object], missing: tuple[str, ...]) -> None:
        assert isolation_of(seen(**differing), LAYOUT, Slot(1)).missing == missing

    def test_scratch_is_what_may_be_written_to(self) -> None:
        assert {"/box", "/tmp", "/dev/shm"} <= WRITABLE  # noqa: S108  a container's
        assert {"/", "/app", "/usr", "/etc", "/.init", "/.syncode"}.isdisjoint(WRITABLE)


class TestOfAGuest:
    """A container with a kernel of its own, by what was seen of the process that is that kernel."""

    def guest(self, **differing: object) -> Observation:
        whole = {
            "namespaces": ("user", "mount", "ipc", "network", "uts"),
            "ids": frozenset({65534}),
            "capabilities": 1 << 18,
            "writable": frozenset(),
            **differing,
        }
        return seen(**whole)

    def test_whole(self) -> None:
        isolation = isolation_of_guest(self.guest(), LAYOUT)
        assert (isolation.backend, isolation.missing, isolation.separate_uid) == ("docker", (), False)

    @pytest.mark.parametrize(
        ("differing", "missing"),
        [
            ({"namespaces": ("mount", "network")}, ("user namespace",)),
            ({"filters": 0}, ("system call filter",)),
            ({"no_new_privs": False}, ("no_new_privs",)),
            ({"writable": frozenset({"/"})}, ("read-only image",)),
            ({"interfaces": frozenset({"eth0"})}, ("empty network",)),
        ],
    )
    def test_is_claimed_only_as_it_was_seen(self, differing: dict[str, object], missing: tuple[str, ...]) -> None:
        assert isolation_of_guest(self.guest(**differing), LAYOUT).missing == missing


def packed(*entries: tarfile.TarInfo, content: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for entry in entries:
            entry.size = len(content) if entry.isreg() else 0
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def named(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


class TestAHarvestByArchive:
    def test_holds_plain_files_by_their_paths(self) -> None:
        archive = packed(named("out", tarfile.DIRTYPE), named("out/b"), named("out/a/c"), content=b"x")
        assert unpack(archive, "out", most_bytes=10) == Harvest({"a/c": b"x", "b": b"x"}, ())

    def test_of_a_directory_that_is_not_there_is_empty(self) -> None:
        assert unpack(b"", "out", most_bytes=10) == Harvest({}, ())

    @pytest.mark.parametrize(
        ("entry", "reason"),
        [
            (named("out/l", tarfile.SYMTYPE, "/etc/passwd"), "l: is not a regular file"),
            (named("out/l", tarfile.LNKTYPE, "out/a"), "l: has more than one name"),
            (named("out/l", tarfile.FIFOTYPE), "l: is not a regular file"),
            (named("out/l", tarfile.CHRTYPE), "l: is not a regular file"),
            (named("out/../../l"), "../../l: does not lie where it should"),
            (named("out//l"), "/l: does not lie where it should"),
            (named("out/" + "d/" * 16 + "l"), f"{'d/' * 16}l: lies deeper than 16 directories"),
            (named("out/" + "d" * 1025), f"{'d' * 100}...: has a path of more than 1024 bytes"),
            (named("out/\udcff"), "\\udcff: has a name that is not UTF-8"),
        ],
    )
    def test_refuses_one_by_one_what_is_none(self, entry: tarfile.TarInfo, reason: str) -> None:
        assert unpack(packed(entry), "out", most_bytes=10) == Harvest({}, (reason,))

    def test_is_no_larger_than_it_may_be(self) -> None:
        archive = packed(named("out/a"), named("out/b"), content=b"sixsix")
        assert unpack(archive, "out", most_bytes=10) == Harvest(
            {"a": b"sixsix"}, ("b: is larger than what may be taken out",)
        )

    @pytest.mark.parametrize("archive", [b"no archive" * 100, b"x"])
    def test_that_is_no_archive_is_our_failure(self, archive: bytes) -> None:
        with pytest.raises(SetupError, match="no archive"):
            unpack(archive, "out", most_bytes=10)


def test_a_kernel_of_its_own_is_not_counted_against_a_program(tmp_path: Path) -> None:
    files = tmp_path / "abc"
    files.mkdir()
    texts = {
        "memory.current": "3000",
        "memory.max": "",
        "memory.peak": "",
        "pids.max": "",
        "memory.events": "oom_kill 0",
    }
    for name, text in texts.items():
        (files / name).write_text(text)
    place = Place(tmp_path, 2)
    group = ContainerGroup(Layout(place, place, None, None, None, None), "abc", kernel=True)
    group.limit(memory_bytes=1000, processes=10)
    assert (files / "memory.max").read_text() == "4000"
    assert int((files / "pids.max").read_text()) > 500
    (files / "memory.peak").write_text("3700")
    assert group.memory_peak_bytes() == 700
    group.remove()
