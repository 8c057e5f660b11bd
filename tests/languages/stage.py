"""A language's image entered with chroot, where the same step can be run plainly and through its preload.

``Stage`` starts this file as a program of its own in a private mount namespace. It shows the image read-only, an empty
``/box`` and ``/app``, a few devices and ``/proc``, becomes nobody, and then runs what it is told. A preload gets what
``languages/SCHEMA.md`` promises it and no more: an empty ``/box`` and an empty standard input until it may go.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import re
import resource  # noqa: F401  os.wait4 imports it, and inside the image there is none
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_EMPTY: Final = ("box", "app", "tmp", "dev/shm")
_NOBODY: Final = 65534
_SET_CHILD_SUBREAPER: Final = 36
_PATIENCE_S: Final = 60.0
_RESET: Final = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT)
FIXED: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/box", "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a step ended: exit status (a signal's number negated), all it wrote, and what it left in ``/box/out``."""

    status: int
    stdout: bytes
    stderr: bytes
    made: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step took from the moment it might go, and what its preload held while it waited (``None`` without)."""

    wall_ms: float
    cpu_ms: float
    idle_kib: int | None


def masked(ending: Ending) -> Ending:
    """The ending without addresses and process ids, which differ every time."""
    stdout, stderr = (
        re.sub(rb"0x[0-9a-f]{6,}|(?<=\(node:)\d+", b"...", text) for text in (ending.stdout, ending.stderr)
    )
    return Ending(ending.status, stdout, stderr, ending.made)


def read_programs(language: str) -> Mapping[str, str]:
    """The programs by which a language's preload is compared, by title."""
    return tomllib.loads((Path(__file__).parent / "preloads" / f"{language}.toml").read_text("utf-8"))


class Stage:
    """A process that runs steps in the image at ``rootfs``. A context manager; needs root."""

    def __init__(self, rootfs: Path) -> None:
        self._root = tempfile.mkdtemp(prefix="stage-")
        command = ["unshare", "--mount", "--propagation", "private", "--", sys.executable, __file__]
        self._process = subprocess.Popen(
            [*command, str(rootfs), self._root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        *,
        preload: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        compiling: bool = False,
        patient: bool = True,
    ) -> tuple[Ending, Cost]:
        """Run one step, plainly or through its preload.

        ``files`` lie in ``/box`` when ``compiling``; else in ``/app/src``, with links in ``/box``, where ``out/`` is no
        source but the artefact, ``/app/out``. A preload that is not waited for (``patient``) is told to go at once.
        """
        answer = self._ask(
            {
                "argv": argv,
                "files": {path: base64.b64encode(content).decode() for path, content in files.items()},
                "preload": preload,
                "environment": {**FIXED, **(environment or {})},
                "stdin": base64.b64encode(stdin).decode(),
                "compiling": compiling,
                "patient": patient,
            }
        )
        made = {path: base64.b64decode(content) for path, content in answer["made"].items()}
        stdout, stderr = base64.b64decode(answer["stdout"]), base64.b64decode(answer["stderr"])
        ending = Ending(answer["status"], stdout, stderr, made)
        return ending, Cost(answer["wall_ms"], answer["cpu_ms"], answer["idle_kib"])

    def _ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the stage is gone; it needs root")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()
        os.rmdir(self._root)


def serve(rootfs: str, root: str) -> None:
    """Show the image at ``root``, enter it as nobody, and answer questions until there are no more."""
    mounts: list[tuple[str, ...]] = [("--bind", rootfs, root), ("-o", "remount,bind,ro", root)]
    mounts += [("-t", "tmpfs", "-o", "mode=1777", "tmpfs", f"{root}/{name}") for name in _EMPTY]
    mounts += [("--bind", f"/dev/{name}", f"{root}/dev/{name}") for name in _DEVICES]
    for mount in (*mounts, ("-t", "proc", "proc", f"{root}/proc")):
        subprocess.run(["mount", *mount], check=True)
    os.chroot(root)
    os.chdir("/box")
    if ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1) != 0:
        raise RuntimeError("orphans cannot be had")
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(line))) + "\n")
        sys.stdout.flush()


def _run(question: Mapping[str, Any]) -> dict[str, object]:
    for directory in _EMPTY:
        _clear(directory)
    environment, preload = question["environment"], question["preload"]
    stdin = os.memfd_create("stdin")
    out, out_writer = os.pipe()
    err, err_writer = os.pipe()
    go, go_writer = socket.socketpair()
    streams = [(os.POSIX_SPAWN_DUP2, number, place) for place, number in enumerate((stdin, out_writer, err_writer))]
    child, used_s, idle_kib = 0, 0.0, None
    if preload is not None:
        actions = [*streams, (os.POSIX_SPAWN_DUP2, go.fileno(), 3)]
        child = os.posix_spawnp(preload[0], preload, environment, file_actions=actions, setsigdef=_RESET)
        if question["patient"]:
            _await_ready(go_writer)
            used_s, idle_kib = _used_s(child), _private_kib(child)
    _show(question["files"], compiling=question["compiling"])
    os.pwrite(stdin, base64.b64decode(question["stdin"]), 0)
    started = time.monotonic()
    if preload is not None:
        go_writer.sendall(b"".join(argument.encode() + b"\0" for argument in question["argv"]))
    else:
        argv = question["argv"]
        child = os.posix_spawnp(argv[0], argv, environment, file_actions=streams, setsigdef=_RESET)
    for number in (stdin, out_writer, err_writer):
        os.close(number)
    go_writer.shutdown(socket.SHUT_WR)
    go.close()
    written = _read((out, err), child)
    _, status, usage = os.wait4(child, 0)
    go_writer.close()
    wall_ms = (time.monotonic() - started) * 1000
    cpu_s = usage.ru_utime + usage.ru_stime + _clear_away() - used_s
    return {
        "status": os.waitstatus_to_exitcode(status),
        "stdout": base64.b64encode(written[out]).decode(),
        "stderr": base64.b64encode(written[err]).decode(),
        "made": _made(),
        "wall_ms": wall_ms,
        "cpu_ms": cpu_s * 1000,
        "idle_kib": idle_kib,
    }


def _clear(directory: str) -> None:
    for entry in os.scandir(f"/{directory}"):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def _show(files: Mapping[str, str], *, compiling: bool) -> None:
    for path, content in files.items():
        artefact = path.startswith("out/")
        place = Path("/box" if compiling else "/app" if artefact else "/app/src", path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base64.b64decode(content))
        if not compiling and not artefact:
            link = Path("/box", path)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(place)


def _clear_away() -> float:
    """Kill what the step left behind; the CPU time it took, in seconds."""
    cpu_s = 0.0
    while True:
        for orphan in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            os.kill(int(orphan), signal.SIGKILL)
        try:
            _, _, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return cpu_s
        cpu_s += usage.ru_utime + usage.ru_stime


def _made() -> dict[str, str]:
    made = (path for path in Path("/box/out").rglob("*") if path.is_file())
    return {str(path): base64.b64encode(path.read_bytes()).decode() for path in made}


def _read(descriptors: Sequence[int], child: int) -> dict[int, bytes]:
    written = dict.fromkeys(descriptors, b"")
    deadline = time.monotonic() + _PATIENCE_S
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                os.kill(child, signal.SIGKILL)
                deadline = time.monotonic() + _PATIENCE_S
            for key, _ in ready:
                if chunk := os.read(key.fd, 1 << 16):
                    written[key.fd] += chunk
                else:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return written


def _await_ready(go: socket.socket) -> None:
    go.settimeout(_PATIENCE_S)
    if not go.recv(1):
        raise RuntimeError("the preload is gone before it was ready")


def _family(child: int) -> Iterator[int]:
    yield child
    for task in Path(f"/proc/{child}/task").iterdir():
        for other in (task / "children").read_text().split():
            yield from _family(int(other))


def _used_s(child: int) -> float:
    tasks = (task for process in _family(child) for task in Path(f"/proc/{process}/task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _private_kib(child: int) -> int:
    lines = (
        line for process in _family(child) for line in Path(f"/proc/{process}/smaps_rollup").read_text().split("\n")
    )
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


if __name__ == "__main__":
    serve(*sys.argv[1:3])
