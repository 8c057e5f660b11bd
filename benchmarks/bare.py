"""The other side of every comparison: a language's image entered with nothing but chroot, and commands run in it.

``Bare`` starts this file as a program of its own in a private mount namespace. It shows the image, an empty ``/box``
and ``/app``, the usual devices and ``/proc``, and then runs what it is told: no other namespace, no filter, no
control group, no other user. What it mounted goes away with it.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_EMPTY: Final = ("box", "app", "tmp", "dev/shm")


@dataclass(frozen=True, slots=True)
class Timing:
    """What running some commands took: from the first fork to the last wait, and CPU time by ``getrusage``."""

    wall_ms: float
    cpu_ms: float
    stdout: bytes


class Bare:
    """A process that runs commands in the image at ``rootfs`` without any sandbox. A context manager."""

    def __init__(self, rootfs: Path) -> None:
        self._root = tempfile.mkdtemp(prefix="bare-")
        command = ["unshare", "--mount", "--propagation", "private", "--", sys.executable, __file__]
        self._process = subprocess.Popen(
            [*command, str(rootfs), self._root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def write(self, files: Mapping[str, bytes]) -> None:
        """Empty ``/box`` and put these files into it."""
        self._ask({"files": {path: base64.b64encode(content).decode() for path, content in files.items()}})

    def run(
        self, steps: Sequence[Sequence[str]], environment: Mapping[str, str], *, stdin: Sequence[bytes] = (b"",)
    ) -> Timing:
        """Run commands in ``/box`` one after the other; the last of them once for each ``stdin``.

        Raises ``RuntimeError`` when one fails.
        """
        inputs = [base64.b64encode(content).decode() for content in stdin]
        answer = self._ask({"steps": steps, "environment": environment, "stdin": inputs})
        if answer["failed"] is not None:
            raise RuntimeError(f"without a sandbox too this fails: {answer['failed']}")
        return Timing(answer["wall_ms"], answer["cpu_ms"], base64.b64decode(answer["stdout"]))

    def _ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process without a sandbox has no pipes")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process without a sandbox ended; it needs root")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Bare:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()
        os.rmdir(self._root)


def serve(rootfs: str, root: str) -> None:
    """Show the image at ``root``, enter it, and answer questions until there are no more."""
    mounts: list[tuple[str, ...]] = [("--bind", rootfs, root), ("-o", "remount,bind,ro", root)]
    mounts += [("-t", "tmpfs", "-o", "mode=0755", "tmpfs", f"{root}/{name}") for name in _EMPTY]
    mounts += [("--bind", f"/dev/{name}", f"{root}/dev/{name}") for name in _DEVICES]
    for mount in (*mounts, ("-t", "proc", "proc", f"{root}/proc")):
        subprocess.run(["mount", *mount], check=True)
    os.chroot(root)
    os.chdir("/box")
    # Where a jail finds the sources and what was made of them.
    os.symlink("/box", "/app/src")
    os.symlink("/box/out", "/app/out")
    for line in sys.stdin:
        question = json.loads(line)
        answer = _write(question["files"]) if "files" in question else _run(**question)
        print(json.dumps(answer), flush=True)


def _write(files: Mapping[str, str]) -> dict[str, object]:
    for entry in os.scandir("/box"):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    for path, content in files.items():
        target = Path("/box", path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    return {}


def _run(steps: Sequence[Sequence[str]], environment: Mapping[str, str], stdin: Sequence[str]) -> dict[str, object]:
    stdout, failed = b"", None
    inputs = [base64.b64decode(content) for content in stdin]
    for number, content in enumerate(inputs):
        Path(f"/tmp/{number}.in").write_bytes(content)  # noqa: S108 - of a mount of our own
    turns = [(step, 0) for step in steps[:-1]] + [(steps[-1], number) for number in range(len(inputs))]
    cpu_before_ms, started = _children_cpu_ms(), time.monotonic()
    for step, number in turns:
        with open(f"/tmp/{number}.in", "rb") as given:  # noqa: S108 - the same
            done = subprocess.run(
                step, env=environment, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
            )
        stdout += done.stdout
        if done.returncode != 0:
            failed = f"{' '.join(step)} ends with {done.returncode}"
            break
    wall_ms = (time.monotonic() - started) * 1000
    cpu_ms = _children_cpu_ms() - cpu_before_ms
    return {"wall_ms": wall_ms, "cpu_ms": cpu_ms, "stdout": base64.b64encode(stdout).decode(), "failed": failed}


def _children_cpu_ms() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000


if __name__ == "__main__":
    serve(*sys.argv[1:3])
