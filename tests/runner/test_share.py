"""A part of a sandbox."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from runner.share import SandboxShare
from sandboxes import MIB, Cancellation, Command, Limits, OnOutput, Outcome, Permit, Relay, SetupError

COMMAND = Command(steps=(("true",),))
LIMITS = Limits(cpu_ms=1000, wall_ms=1000, memory_bytes=MIB, output_bytes=MIB, stdout_bytes=MIB, stderr_bytes=MIB)
PATIENCE_S = 10


class Slow:
    """A sandbox whose runs last until they are let go."""

    slots = 4

    def __init__(self) -> None:
        self.expected: list[int] = []
        self.opened: list[tuple[Path, str | None]] = []
        self.closed = 0
        self.asked: list[dict[str, Any]] = []
        self.go_on = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.fails = False

    def permit(self) -> AbstractContextManager[Permit]:
        return nullcontext(Permit(None))

    def session(self, rootfs: Path, *, warm: str | None = None) -> Slow:
        self.opened.append((rootfs, warm))
        return self

    def expect(self, runs: int) -> None:
        self.expected.append(runs)

    def run(
        self,
        command: Command,
        limits: Limits,
        *,
        more: bool = False,
        on_output: OnOutput | None = None,
        relay: Relay | None = None,
        permit: Permit | None = None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        asked = {"more": more, "on_output": on_output, "cancellation": cancellation, "relay": relay, "permit": permit}
        self.asked.append({"command": command, "limits": limits, **asked})
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE_S)
        if self.fails:
            raise SetupError("broken")
        return None  # type: ignore[return-value] # nobody looks at it

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def test_no_more_runs_go_on_than_its_slots_in_all_sessions_together() -> None:
    sandbox = Slow()
    share = SandboxShare(sandbox, 2)
    assert share.slots == 2
    sessions = [share.session(Path("/")) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(session.run, COMMAND, LIMITS) for session in sessions]
        for _ in range(2):
            assert sandbox.begun.acquire(timeout=PATIENCE_S)
        assert not sandbox.begun.acquire(timeout=0.15)
        sandbox.go_on.release()
        assert sandbox.begun.acquire(timeout=PATIENCE_S)
        assert not sandbox.begun.acquire(timeout=0.05)
        sandbox.go_on.release(3)
        for run in runs:
            run.result(PATIENCE_S)


def test_everything_is_passed_on() -> None:
    sandbox = Slow()
    sandbox.go_on.release()
    with SandboxShare(sandbox, 1).session(Path("/image"), warm="python") as session, Cancellation() as cancellation:
        session.expect(5)
        relay = Relay()
        session.run(COMMAND, LIMITS, more=True, on_output=print, relay=relay, cancellation=cancellation)
    assert (sandbox.opened, sandbox.expected, sandbox.closed) == ([(Path("/image"), "python")], [1], 1)
    assert sandbox.asked == [
        {
            "command": COMMAND,
            "limits": LIMITS,
            "more": True,
            "on_output": print,
            "relay": relay,
            "permit": None,
            "cancellation": cancellation,
        }
    ]


def test_two_runs_of_one_permit_take_one_turn() -> None:
    sandbox = Slow()
    share = SandboxShare(sandbox, 1)
    with share.permit() as permit, ThreadPoolExecutor(2) as pool, share.session(Path("/")) as session:
        pair = [pool.submit(session.run, COMMAND, LIMITS, permit=permit) for _ in range(2)]
        for _ in pair:
            assert sandbox.begun.acquire(timeout=PATIENCE_S)
        sandbox.go_on.release(2)
        for run in pair:
            run.result(PATIENCE_S)
    sandbox.go_on.release()
    session.run(COMMAND, LIMITS)


def test_a_run_that_fails_gives_its_turn_back() -> None:
    sandbox = Slow()
    sandbox.fails = True
    sandbox.go_on.release(3)
    session = SandboxShare(sandbox, 1).session(Path("/"))
    for _ in range(3):
        with pytest.raises(SetupError, match="broken"):
            session.run(COMMAND, LIMITS)


def test_whoever_is_cancelled_stops_waiting_for_their_turn() -> None:
    sandbox = Slow()
    session = SandboxShare(sandbox, 1).session(Path("/"))
    with ThreadPoolExecutor(2) as pool, Cancellation() as cancellation:
        first = pool.submit(session.run, COMMAND, LIMITS)
        assert sandbox.begun.acquire(timeout=PATIENCE_S)
        second = pool.submit(session.run, COMMAND, LIMITS, cancellation=cancellation)
        cancellation.cancel()
        with pytest.raises(SetupError, match="cancelled before"):
            second.result(PATIENCE_S)
        assert len(sandbox.asked) == 1
        sandbox.go_on.release()
        first.result(PATIENCE_S)
