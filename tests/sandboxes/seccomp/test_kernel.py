"""The filter in this machine's kernel: what is refused is refused, and what programs need works."""

from __future__ import annotations

import errno
import json
import platform
import re
import signal
import subprocess
from collections.abc import Callable

import pytest

from sandboxes.seccomp import load_architecture, load_policy, program
from sandboxes.seccomp.architecture import ARCHITECTURES

UnderFilter = Callable[[bytes, str], subprocess.CompletedProcess[str]]

HERE = load_architecture(platform.machine())
POLICY = load_policy([load_architecture(name) for name in ARCHITECTURES])
ALL_BITS = -1

ATTEMPT = """
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def attempt(number, *arguments):
    ctypes.set_errno(0)
    returned = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return [returned, ctypes.get_errno()]
"""


def attempts(under_filter: UnderFilter, calls: dict[str, list[int]]) -> dict[str, tuple[int, int]]:
    """Returned value and errno of each call, made in one process under the filter."""
    numbered = {call: [HERE.numbers.get(call, -1), *arguments] for call, arguments in calls.items()}
    source = f"{ATTEMPT}\nprint(json.dumps({{c: attempt(*a) for c, a in {numbered!r}.items()}}))"
    done = under_filter(program(), source)
    assert done.returncode == 0, done.stderr
    return {call: (returned, error) for call, (returned, error) in json.loads(done.stdout).items()}


def test_the_kernel_takes_it(under_filter: UnderFilter) -> None:
    done = under_filter(program(), "print(open('/proc/self/status').read())")
    assert re.search(r"^Seccomp:\s+2$", done.stdout, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", done.stdout, re.MULTILINE)


def test_every_refused_call_is_refused(under_filter: UnderFilter) -> None:
    """With arguments that are wrong for every call, so that a hole in the filter would do no harm here."""
    refused = {call: answer.error for call, answer in POLICY.answers.items() if answer.error and call in HERE.numbers}
    for past_every_filter in ("uprobe", "uretprobe"):
        refused.pop(past_every_filter, None)
    assert len(refused) > 90
    seen = attempts(under_filter, dict.fromkeys(refused, [ALL_BITS] * 6))
    assert seen == {call: (-1, error) for call, error in refused.items()}


def test_flushing_succeeds_without_being_done(under_filter: UnderFilter) -> None:
    done = [call for call, answer in POLICY.answers.items() if answer.error == 0]
    assert "fsync" in done
    no_descriptor = attempts(under_filter, dict.fromkeys(done, [ALL_BITS] * 6))
    assert no_descriptor == dict.fromkeys(done, (0, 0))


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("clone", [0x10000011, 0, 0, 0, 0], errno.EPERM),
        ("ioctl", [0, 0x5412, 0], errno.EPERM),
        ("ioctl", [0, 1 << 32 | 0x5412, 0], errno.EPERM),
        ("ioctl", [0, 0x1234, 0], errno.ENOTTY),
        ("prctl", [22, 2, 0, 0, 0], errno.EPERM),
        ("prctl", [53, 0, 4, 0, 0], errno.EINVAL),
        ("socket", [16, 3, 0], errno.EAFNOSUPPORT),
        ("socket", [17, 3, 0], errno.EAFNOSUPPORT),
        ("socket", [40, 1, 0], errno.EAFNOSUPPORT),
        ("socket", [2, 1, 262], errno.EPROTONOSUPPORT),
        ("socketpair", [2, 1, 0, 0], errno.EAFNOSUPPORT),
        ("personality", [8], errno.EPERM),
        ("mknodat", [-100, 0, 0o020600, 0], errno.EPERM),
        ("fcntl", [0, 1024, 0], errno.EINVAL),
        ("fcntl", [0, 1026, 0], errno.EINVAL),
        ("mmap", [0, 2 << 20, 3, 0x40022, -1, 0], errno.ENOMEM),
        ("memfd_create", [0, 4], errno.EINVAL),
        ("madvise", [0, 4096, 12], errno.EINVAL),
        ("prlimit64", [0, 4, 0, 0], errno.EPERM),
        ("preadv2", [0, 0, 0, 0, 0, 8], errno.EOPNOTSUPP),
    ],
)
def test_refused_by_argument(under_filter: UnderFilter, call: str, arguments: list[int], error: int) -> None:
    assert attempts(under_filter, {call: arguments}) == {call: (-1, error)}


def test_unknown_and_x32_numbers_are_not_there(under_filter: UnderFilter) -> None:
    numbers = [472, 999, 0x4000_0000 | 39, 0x4000_0200]
    done = under_filter(program(), f"{ATTEMPT}\nprint(json.dumps([attempt(n) for n in {numbers}]))")
    assert json.loads(done.stdout) == [[-1, errno.ENOSYS]] * len(numbers)


@pytest.mark.skipif(HERE.name != "x86_64", reason="int 0x80 is an instruction of x86")
def test_the_32_bit_abi_kills(under_filter: UnderFilter) -> None:
    """getpid through int 0x80, in machine code: mov eax, 20; int 0x80; ret."""
    source = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print(call() > 0)
"""
    allow_everything = b"\x06\x00\x00\x00\x00\x00\xff\x7f"
    without = under_filter(allow_everything, source)
    if without.returncode == -signal.SIGSEGV:
        pytest.skip("this kernel has no 32-bit ABI to refuse")
    assert without.stdout == "True\n"
    assert under_filter(program(), source).returncode == -signal.SIGSYS


PYTHON = {
    "threads": """
import threading
values = []
threads = [threading.Thread(target=values.append, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(values) == list(range(8)))
""",
    "subprocess": """
import subprocess
print(subprocess.run(["/bin/sh", "-c", "echo $((6 * 7))"], capture_output=True, check=True).stdout == b"42\\n")
""",
    "fork and pipes": """
import os
r, w = os.pipe()
pid = os.fork()
if not pid:
    os.write(w, b"child"); os._exit(3)
print(os.read(r, 9) == b"child" and os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3)
""",
    "multiprocessing": """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(abs, [-1, 2]) == [1, 2])
""",
    "loopback tcp": """
import socket
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    peer, _ = server.accept()
    peer.sendall(b"x"); print(client.recv(1) == b"x"); peer.close()
""",
    "loopback udp": """
import socket
with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
    a.bind(("127.0.0.1", 0)); b.sendto(b"x", a.getsockname()); print(a.recv(1) == b"x")
""",
    "unix sockets pass descriptors": """
import os, socket
a, b = socket.socketpair()
socket.send_fds(a, [b"x"], [1])
print(len(socket.recv_fds(b, 1, 1)[1]) == 1)
""",
    "memfd with seals": """
import fcntl, os
fd = os.memfd_create("m", os.MFD_ALLOW_SEALING)
os.write(fd, b"x"); fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
try:
    os.write(fd, b"y")
except PermissionError:
    print(True)
""",
    "epoll, eventfd, signals, timers": """
import os, select, signal
e = os.eventfd(0); p = select.epoll(); p.register(e); os.eventfd_write(e, 1)
hits = []
signal.signal(signal.SIGALRM, lambda *_: hits.append(1)); signal.setitimer(signal.ITIMER_REAL, 0.001)
while not hits: signal.pause()
print(bool(p.poll(0)))
""",
    "asyncio with a child": """
import asyncio
async def main():
    child = await asyncio.create_subprocess_exec("/bin/echo", "x", stdout=-1)
    print((await child.communicate())[0] == b"x\\n")
asyncio.run(main())
""",
    "files, locks, mappings": """
import fcntl, mmap, os, tempfile
with tempfile.NamedTemporaryFile(dir=".") as f:
    f.write(b"0" * 8192); f.flush(); os.fsync(f.fileno()); fcntl.flock(f, fcntl.LOCK_EX)
    m = mmap.mmap(f.fileno(), 8192); m[0] = 49; m.flush()
    os.link(f.name, "second"); os.rename("second", "third"); os.chmod("third", 0o600)
    print(open("third", "rb").read(1) == b"1"); os.unlink("third")
""",
    "processes and limits": """
import os, resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 64), hard))
fd = os.pidfd_open(os.getpid())
print(os.sched_getaffinity(0) != set() and len(os.getrandom(4)) == 4 and fd > 2)
""",
    "a terminal is asked for": """
import os
print(not os.isatty(0))
""",
    "a database": """
import sqlite3
db = sqlite3.connect("x.db"); db.execute("create table t(x)"); db.execute("insert into t values(1)"); db.commit()
print(db.execute("select x from t").fetchall() == [(1,)])
""",
}


@pytest.mark.parametrize("what", PYTHON)
def test_what_programs_need_works(under_filter: UnderFilter, what: str) -> None:
    done = under_filter(program(), PYTHON[what])
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
