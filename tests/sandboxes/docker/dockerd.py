"""A Docker engine of the distribution, started for the tests alone and gone without a trace when they are over."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandboxes import IsolationError, cgroups
from sandboxes.docker.daemon import Daemon
from sandboxes.fact import read_fields, try_program

_NEEDED: Final = {"CAP_CHOWN": 0, "CAP_SETUID": 7, "CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}
_START_S: Final = 60
_STOP_S: Final = 30
_NAP_S: Final = 0.05


class NoEngineError(Exception):
    """The engine did not start; the message carries its last words."""


def impossible() -> str | None:
    """Why no engine could run on this machine, whatever is installed; ``None``: it could."""
    if os.geteuid() != 0:
        return "a Docker engine needs root"
    held = int(read_fields(Path("/proc/self/status"))["CapEff"], 16)
    if lacking := [name for name, bit in _NEEDED.items() if not held >> bit & 1]:
        return f"a Docker engine needs {', '.join(lacking)}"
    if missing := cgroups.detect().missing:
        return f"this machine offers containers no {', no '.join(missing)}"
    answer = try_program("unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--fork", "--", "true")
    return None if answer == "works" else f"no namespaces can be made here: {answer}"


def missing() -> str | None:
    """What is not installed; ``None``: nothing."""
    lacking = [name for name in ("dockerd", "containerd", "runc") if _program(name) is None]
    return f"{', '.join(lacking)} not found: install docker.io" if lacking else None


def gvisor() -> dict[str, list[str]]:
    """The arguments that gVisor takes part with, by the name of its runtime; nothing where it is not installed."""
    return {"runsc": ["--network=none", "--host-uds=open", "--platform=ptrace"]} if _program("runsc") else {}


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


@contextlib.contextmanager
def started(**runtimes: list[str]) -> Iterator[str]:
    """The address of an engine of one's own, without networks; ``runtimes``: arguments of more runtimes, by name.

    Raises :class:`NoEngineError`.
    """
    # short, because sockets lie in it, and on a disk, because images do
    with tempfile.TemporaryDirectory(prefix="dockerd-", dir="/var/tmp", ignore_cleanup_errors=True) as name:
        place = Path(name)
        more = {each: {"path": _program(each), "runtimeArgs": words} for each, words in runtimes.items()}
        (place / "daemon.json").write_text(json.dumps({"runtimes": more}))
        address = f"unix://{place}/docker.sock"
        log = place / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                _arguments(place, address),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/usr/bin"},
                process_group=0,
            )
        try:
            _await_answer(process, address, log)
            yield address
        finally:
            _stop(process)


def _arguments(place: Path, address: str) -> list[str]:
    return [
        # what it mounts is nobody else's to see, who counts mounts perhaps, and goes with it
        *("unshare", "--mount", "--propagation", "private", "--"),
        _program("dockerd") or "dockerd",
        *("--config-file", f"{place}/daemon.json", "--host", address, "--pidfile", f"{place}/docker.pid"),
        *("--data-root", f"{place}/data", "--exec-root", f"{place}/exec"),
        *("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"),
        *("--exec-opt", "native.cgroupdriver=cgroupfs"),
    ]


def _await_answer(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(IsolationError):
            Daemon.connect(address).close()
            return
        time.sleep(_NAP_S)
    words = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise NoEngineError(f"dockerd does not start: {' / '.join(words)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """It ends its containerd, and the containers that are left, itself."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
