"""Being told what a program writes while it writes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes import MIB, Command, Limits, Outcome, OutputStream
from sandboxes.cases.streams import Stream
from sandboxes.nsjail import NsjailSandbox

SMALL = Limits(cpu_ms=2000, wall_ms=6000, memory_bytes=64 * MIB)


class Heard:
    """What was told of each stream, and when."""

    def __init__(self) -> None:
        self.chunks: list[tuple[OutputStream, bytes]] = []
        self.moments: list[float] = []

    def __call__(self, stream: OutputStream, chunk: bytes) -> None:
        self.chunks.append((stream, chunk))
        self.moments.append(time.monotonic())

    def whole(self, stream: OutputStream) -> bytes:
        return b"".join(chunk for other, chunk in self.chunks if other is stream)


Run = Callable[..., tuple[Outcome, Heard]]


@pytest.fixture
def run(sandbox: NsjailSandbox, image: Callable[[str], Path]) -> Run:
    def run(source: str, limits: Limits = SMALL) -> tuple[Outcome, Heard]:
        heard = Heard()
        with sandbox.session(image("python")) as session:
            return session.run(Command(steps=(("python3", "-c", source),)), limits, on_output=heard), heard

    return run


def test_what_is_told_is_what_is_kept(run: Run) -> None:
    outcome, heard = run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('more')\n")
    assert heard.whole(OutputStream.STDOUT) == outcome.stdout == b"out\nmore\n"
    assert heard.whole(OutputStream.STDERR) == outcome.stderr == b"err\n"


def test_it_is_told_while_the_program_runs(run: Run) -> None:
    _, heard = run("import time\nprint('one', flush=True)\ntime.sleep(0.5)\nprint('two')\n")
    assert [chunk for _, chunk in heard.chunks] == [b"one\n", b"two\n"]
    assert heard.moments[1] - heard.moments[0] > 0.3


CRUMBS = """
import os, time
for _ in range(50):
    for _ in range(40):
        os.write(2, b'x')
        time.sleep(0.00001)
    os.write(1, bytes(600))
"""


def test_crumbs_are_read_together_whatever_comes_between_them(run: Run) -> None:
    outcome, heard = run(CRUMBS)
    assert (outcome.usage.stdout_bytes, outcome.usage.stderr_bytes) == (50 * 600, 50 * 40)
    assert len(heard.chunks) < 1000


def test_nothing_beyond_the_cap_is_told(run: Run) -> None:
    limits = Limits(cpu_ms=2000, wall_ms=6000, memory_bytes=64 * MIB, stdout_bytes=70_000, stderr_bytes=3)
    code = "import sys\nsys.stdout.write('x' * 300_000)\nsys.stderr.write('y' * 10)\n"
    outcome, heard = run(code, limits)
    assert heard.whole(OutputStream.STDOUT) == outcome.stdout == b"x" * 70_000
    assert heard.whole(OutputStream.STDERR) == outcome.stderr == b"yyy"
    assert (outcome.usage.stdout_bytes, outcome.stdout_truncated, outcome.stderr_truncated) == (300_000, True, True)


def test_what_a_program_wrote_before_it_was_killed_is_told(run: Run) -> None:
    limits = Limits(cpu_ms=2000, wall_ms=700, memory_bytes=64 * MIB)
    outcome, heard = run("import time\nprint('here', flush=True)\ntime.sleep(60)\n", limits)
    assert heard.whole(OutputStream.STDOUT) == outcome.stdout == b"here\n"


def test_a_stream_that_keeps_nothing_tells_nothing(tmp_path: Path) -> None:
    told: list[bytes] = []
    path = tmp_path / "written"
    path.write_bytes(b"abc")
    with path.open("rb") as file:
        stream = Stream(file.fileno(), keep_bytes=0)
        stream.tap = told.append
        assert stream.read()
    assert (told, stream.written_bytes) == ([], 3)
