"""Small probes of single protections: each says in one word or line what it found in a jail, and is bounded by itself.

Most are Python programs. What a probe answers where everything holds stands beside it in :data:`PROBES`.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes import MIB, Command, Limits, Outcome, cgroups
from sandboxes.nsjail import NsjailSandbox
from sandboxes.seccomp import load_architecture

SMALL: Final = Limits(
    cpu_ms=3000,
    wall_ms=8000,
    memory_bytes=48 * MIB,
    processes=24,
    open_files=64,
    file_size_bytes=4 * MIB,
    output_bytes=MIB,
    scratch_bytes=2 * MIB,
    scratch_inodes=128,
)

_PRELUDE: Final = """
import ctypes, errno, mmap, os, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    answer = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return 'done' if answer >= 0 else errno.errorcode[ctypes.get_errno()]
def attempt(action):
    try: action()
    except OSError as error: return errno.errorcode[error.errno]
    return 'done'
"""


@dataclass(frozen=True, slots=True)
class Rig:
    """A sandbox of one slot, and an image with Python."""

    sandbox: NsjailSandbox
    rootfs: Path

    def python(self, *sources: str, limits: Limits = SMALL, **more: object) -> Outcome:
        """Run programs as steps, one after the other."""
        steps = tuple(("python3", "-c", _PRELUDE + source) for source in sources)
        command = Command(steps=steps, **more)  # type: ignore[arg-type]  # a table of keywords
        return self.sandbox.run(command, limits, rootfs=self.rootfs)

    def said_after(self, first: str, second: str) -> str:
        """What the second of two runs of one submission wrote."""
        commands = [Command(steps=(("python3", "-c", _PRELUDE + source),)) for source in (first, second)]
        with self.sandbox.session(self.rootfs) as session:
            outcomes = [session.run(command, SMALL) for command in commands]
        return outcomes[1].stdout.decode().strip()

    def said(self, *sources: str, limits: Limits = SMALL, **more: object) -> str:
        """What the last of them wrote, or how it ended if it did not end well."""
        outcome = self.python(*sources, limits=limits, **more)
        last = outcome.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return outcome.stdout.decode().strip() if outcome.ok else f"{outcome.ending} {outcome.exit_code} {last}"


@dataclass(frozen=True, slots=True)
class Probe:
    """``held``: the answer where everything holds. ``needs``: whether this host can be asked at all."""

    run: Callable[[Rig], str]
    held: str
    needs: Callable[[], bool] = lambda: True


def _claims(rig: Rig) -> str:
    return ", ".join(rig.sandbox.isolation.missing)


def _said(source: str) -> Callable[[Rig], str]:
    return lambda rig: rig.said(source)


def _ended(source: str, limits: Limits) -> Callable[[Rig], str]:
    def run(rig: Rig) -> str:
        outcome = rig.python(source, limits=limits)
        return f"{outcome.ending} {outcome.stdout.decode()[:16].strip()}".strip()

    return run


def _call(name: str, *arguments: int) -> Callable[[Rig], str]:
    number = load_architecture(platform.machine()).numbers[name]
    return _said(f"print(call({number}, *{arguments}))")


def _flood(rig: Rig) -> str:
    total = 8 * MIB
    outcome = rig.python(f"for _ in range(64): sys.stdout.write('x' * ({total} // 64))")
    return "all of it" if outcome.usage.stdout_bytes == total else str(outcome.ending)


def _forge(rig: Rig) -> str:
    """Say to the engine, as init would, that all went well; then fail."""
    record = "struct.pack('<IIIIQQQQ', 2, 0, 0, 0, 1, 2, 0, 0)"
    outcome = rig.python(f"""
for number in map(int, os.listdir('/proc/self/fd')):
    attempt(lambda: socket.socket(fileno=number).send({record}))
os._exit(1)
""")
    return f"{outcome.ending} {outcome.exit_code}"


def _taken(source: str, *, most_bytes: int = MIB) -> Callable[[Rig], str]:
    """What the engine takes out of ``/box/out`` after a program that may name a host directory as HOST."""

    def run(rig: Rig) -> str:
        with tempfile.TemporaryDirectory() as name:
            planted = Path(name)
            planted.chmod(0o755)
            (planted / "secret").write_text("of the host")
            outcome = rig.python(f"HOST = {name!r}\nos.mkdir('out')\n{source}", collect="out", collect_bytes=most_bytes)
        return " ".join(sorted(outcome.collected)) or f"nothing, {len(outcome.refused)} refused"

    return run


def _artefact(rig: Rig) -> str:
    """Whether a program can change what the next run of it will be given."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        answer = rig.said("print(attempt(lambda: open('/app/planted', 'w')))", artefact=name)
        return f"{answer} {' '.join(os.listdir(directory))}".strip()


_MACHINE_CODE: Final = r"""
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b'\xb8\x14\x00\x00\x00\xcd\x80\xc3')  # getpid as a 32-bit program calls it
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
sys.stdout.write('called' if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0 else 'refused')
"""
_ORPHAN: Final = """
if os.fork() == 0:
    if os.fork() == 0:
        end = time.monotonic() + 6
        while time.monotonic() < end: pass
    os._exit(0)
os.wait()
time.sleep(6)
"""

_LOCKED: Final = """
import fcntl
file = open('locked', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
if os.fork() == 0:
    found = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
    print('free' if struct.unpack_from('h', found)[0] == fcntl.F_UNLCK else 'held', flush=True)
    os._exit(0)
os.wait()
"""
_IN_SOCKETS: Final = """
readers = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(20)]
sender = socket.socket(type=socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)
for reader in readers:
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**22)
    reader.setblocking(False)
    reader.bind(('127.0.0.1', 0))
    for _ in range(32): sender.sendto(bytes(2**16 - 64), reader.getsockname())
held = 0
for reader in readers:
    try:
        while True: held += len(reader.recv(2**16))
    except BlockingIOError: pass
print(held > 2**24)
"""

# A connection that the listening side has ended keeps the port for a minute, whoever asks for it.
_USED_PORT: Final = """
listener = socket.create_server(('127.0.0.1', 7777))
client = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
accepted.close(); client.recv(1); client.close()
"""
_FREE_PORT: Final = "print(attempt(lambda: socket.socket().bind(('127.0.0.1', 7777))))"

PROBES: Final[Mapping[str, Probe]] = {
    "what the sandbox claims": Probe(_claims, ""),
    "host name": Probe(_said("print(socket.gethostname())"), "box"),
    "facts in /proc": Probe(_said("print(attempt(lambda: open('/proc/version')))"), "ENOENT"),
    "init in /proc": Probe(_said("print('1' in os.listdir('/proc'))"), "False"),
    "own groups": Probe(_said("print(all(line.endswith(':/\\n') for line in open('/proc/self/cgroup')))"), "True"),
    "signal to init": Probe(_said("print(attempt(lambda: os.kill(1, signal.SIGKILL)))"), "EPERM"),
    "file given to another user": Probe(
        _said("open('x', 'w').close(); print(attempt(lambda: os.chown('x', 0, 0)))"), "EPERM"
    ),
    "artefact written": Probe(_artefact, "EROFS"),
    "program run from /dev/shm": Probe(
        _said("""
open('/dev/shm/x', 'w').write('#!/bin/true\\n'); os.chmod('/dev/shm/x', 0o700)
print(attempt(lambda: os.posix_spawn('/dev/shm/x', ['x'], {})))
"""),
        "EACCES",
    ),
    "3 MiB in /box": Probe(
        _said("print(attempt(lambda: [open('x', 'ab', 0).write(b'x' * 2**16) for _ in range(48)]))"), "ENOSPC"
    ),
    "300 files in /box": Probe(
        _said("print(attempt(lambda: [open(f'x{number}', 'w').close() for number in range(300)]))"), "ENOSPC"
    ),
    "file of 16 MiB": Probe(_said("open('x', 'w').close(); print(attempt(lambda: os.truncate('x', 2**24)))"), "EFBIG"),
    "100 open files": Probe(_said("print(attempt(lambda: [os.open('/dev/null', 0) for _ in range(100)]))"), "EMFILE"),
    "100 queued signals": Probe(
        _said("""
signal.pthread_sigmask(signal.SIG_BLOCK, {40})
print(all(libc.sigqueue(os.getpid(), 40, None) == 0 for _ in range(100)))
"""),
        "False",
    ),
    "1 MiB locked in memory": Probe(
        _said("""
page = mmap.mmap(-1, 2**20)
print(libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page))), ctypes.c_size_t(2**20)) == 0)
"""),
        "False",
    ),
    "core files": Probe(
        _said("print([line.split()[4] in '01' for line in open('/proc/self/limits') if 'core' in line])"), "[True]"
    ),
    "forged status record": Probe(_forge, "exited 1"),
    "descriptors": Probe(
        _said("print(any(attempt(lambda: os.fstat(number)) == 'done' for number in range(3, 64)))"), "False"
    ),
    "input written": Probe(_said("print(attempt(lambda: open('/proc/self/fd/0', 'r+')))"), "EACCES"),
    "process of the step before": Probe(
        lambda rig: rig.said(
            "if os.fork() == 0: time.sleep(6); os._exit(0)",
            "print([name for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()])",
        ),
        "[]",
    ),
    "parent": Probe(_said("print(os.getppid())"), "1"),
    "mounts of the run before": Probe(
        lambda rig: rig.said_after("", "print(open('/proc/self/mountinfo').read().count(' /tmp '))"), "2"
    ),
    "memory of the run before": Probe(
        lambda rig: rig.said_after("libc.shmget(77, 64, 0o1600)", "print(libc.shmget(77, 64, 0o600) >= 0)"), "False"
    ),
    "port of the run before": Probe(lambda rig: rig.said_after(_USED_PORT, _FREE_PORT), "done"),
    "96 MiB of memory": Probe(_ended("print(len(b'x' * (96 * 2**20)))", SMALL), "memory_limit"),
    "40 processes": Probe(
        _said("""
def fork():
    if os.fork() == 0: time.sleep(6); os._exit(0)
print(attempt(lambda: [fork() for _ in range(40)]))
"""),
        "EAGAIN",
    ),
    "computing orphan": Probe(_ended(_ORPHAN, Limits(cpu_ms=400, wall_ms=2500)), "cpu_limit"),
    "2 s of sleep": Probe(_ended("time.sleep(2); print('done')", Limits(cpu_ms=5000, wall_ms=400)), "wall_limit"),
    "8 MiB of output": Probe(_flood, "output_limit"),
    "links in the output": Probe(_taken("os.symlink(HOST, 'out/directory')"), "nothing, 1 refused"),
    "second name in the output": Probe(
        _taken("open('out/x', 'w').close(); os.link('out/x', 'y')"), "nothing, 1 refused"
    ),
    "pipe in the output": Probe(_taken("os.mkfifo('out/x')"), "nothing, 1 refused"),
    "large file in the output": Probe(_taken("os.truncate(os.open('out/x', 65), 2**20 + 1)"), "nothing, 1 refused"),
    "nested user namespace": Probe(_call("unshare", 0x1000_0000), "EPERM"),
    "netlink socket": Probe(_call("socket", 16, 3, 0), "EAFNOSUPPORT"),
    "tracing": Probe(_call("ptrace", 0), "EPERM"),
    "deaf socket": Probe(
        _said("print(attempt(lambda: socket.socket().setsockopt(socket.IPPROTO_IP, 21, 255)))"), "ENOPROTOOPT"
    ),
    "locks of ranges": Probe(_said(_LOCKED), "free"),
    "40 MiB in sockets": Probe(
        _said(_IN_SOCKETS), "False", lambda: (memory := cgroups.detect().memory) is not None and memory.version == 1
    ),
    "keys": Probe(_call("keyctl", 0, -1, 1), "EPERM"),
    "watching files": Probe(_call("inotify_init1", 0), "ENOSYS"),
    "asynchronous input and output": Probe(_call("io_uring_setup", 0, 0), "ENOSYS"),
    "32-bit system call": Probe(_ended(_MACHINE_CODE, SMALL), "signalled", lambda: platform.machine() == "x86_64"),
    "processors": Probe(
        _said("os.sched_setaffinity(0, range(64)); print(len(os.sched_getaffinity(0)))"),
        "1",
        lambda: len(os.sched_getaffinity(0)) > 1 and cgroups.detect().pin is not None,
    ),
}
