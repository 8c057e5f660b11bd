"""Programs of the host that build images: run with a log, ended when the build is."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandboxes.errors import ImageError

_TAIL_LINES: Final = 12
_TAIL_LINE_LENGTH: Final = 300


class Halt:
    """Ends every tool of a group of builds, once and for all. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._requested = False

    def request(self) -> None:
        """Kill what runs and let nothing more start."""
        with self._lock:
            self._requested = True
            for group in self._groups:
                os.killpg(group, signal.SIGKILL)

    def check(self) -> None:
        """Raise :class:`ImageError` once a stop was requested."""
        if self._requested:
            raise ImageError("the build was interrupted")

    @contextmanager
    def started(self, argv: Sequence[str], *, keep_open: tuple[int, ...]) -> Iterator[subprocess.Popen[bytes]]:
        """A tool in a process group of its own, its two outputs in one pipe; killed if the block is left early."""
        with self._lock:
            self.check()
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=keep_open,
                process_group=0,
            )
            self._groups.add(process.pid)
        try:
            yield process
        finally:
            with self._lock:
                # Not reaped before here, so the number cannot have become somebody else's.
                os.killpg(process.pid, signal.SIGKILL)
                self._groups.discard(process.pid)
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


class Tools:
    """Runs the tools of one build, one at a time; everything they say goes to ``log``.

    ``keep_open`` are descriptors the tools inherit (the build's lock, which then outlives a killed builder until its
    tools are gone too).
    """

    def __init__(self, log: Path, *, halt: Halt, keep_open: tuple[int, ...] = ()) -> None:
        self.log = log
        self._halt = halt
        self._keep_open = keep_open

    def run(self, argv: Sequence[str], *, purpose: str, on_line: Callable[[str], None] | None = None) -> None:
        """Run a tool in the ordinary environment of this process until it has ended.

        ``purpose`` completes "could not …". Raises :class:`ImageError` with the tail of what the tool said.
        """
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(argv)}\n".encode(errors="replace"))
            log.flush()
            try:
                status = self._run(argv, log.write, tail, on_line)
            except OSError as error:
                raise ImageError(f"could not {purpose}: cannot run {argv[0]}: {error.strerror}") from error
        if status:
            self._halt.check()
            said = "\n".join(f"  {line[:_TAIL_LINE_LENGTH]}" for line in tail) or "  (it said nothing)"
            how = f"status {status}" if status > 0 else f"signal {-status}"
            raise ImageError(f"could not {purpose} ({argv[0]} ended with {how}); the end of {self.log}:\n{said}")

    def _run(
        self,
        argv: Sequence[str],
        write: Callable[[bytes], int],
        tail: deque[str],
        on_line: Callable[[str], None] | None,
    ) -> int:
        with self._halt.started(argv, keep_open=self._keep_open) as process:
            if process.stdout is None:
                raise AssertionError("the pipe was asked for")
            for raw in process.stdout:
                write(raw)
                line = raw.decode(errors="replace").rstrip()
                if line:
                    tail.append(line)
                    if on_line is not None:
                        on_line(line)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process.returncode
