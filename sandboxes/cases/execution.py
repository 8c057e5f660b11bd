"""One command carried out in a case: set its limits, let it go, watch it, and read what became of it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sandboxes.boxfiles import Harvest
from sandboxes.cases.case import Case
from sandboxes.cases.watch import Watch
from sandboxes.decision import Record, decide
from sandboxes.errors import NotBegunError, SetupError
from sandboxes.limits import Command, Limits
from sandboxes.observers import Stage
from sandboxes.outcome import Ending, Outcome, Usage
from sandboxes.relay import Relay
from sandboxes.sandbox import Cancellation, OnOutput, OutputStream


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what it writes: ``on_output`` of both streams as far as they are kept, ``relay`` of all of stdout."""

    on_output: OnOutput | None = None
    relay: Relay | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """A command and the case that will carry it out.

    ``processor``: the only one it may use; ``None``: any. ``warm``: the case had been made ready before it was needed.
    """

    case: Case
    command: Command
    limits: Limits
    processor: int | None
    warm: bool
    told: Told = Told()

    def carry_out(self, cancellation: Cancellation | None, *, since: float) -> Outcome:
        """Run to the end; returns when everything that ran is dead. Whoever has the case closes it then.

        ``since``: when it was begun to prepare it (monotonic, s), for observers.
        Raises :class:`SetupError`.
        """
        case, limits = self.case, self.limits
        watch = Watch(case, limits=limits, cancellation=cancellation, pinned=self.processor is not None)
        watch.watch_memory()
        if isinstance(self.command.stdin, Relay):
            watch.input = self.command.stdin
        try:
            started = self.begin()
        except SetupError as error:
            raise NotBegunError(str(error)) from error
        watch.until_over(started)
        over_ns = time.monotonic_ns()  # before anybody can see that it is gone
        if watch.status is None:
            case.kill()
        # else init has reported, and has killed and reaped everything else before
        case.stdout.drain()
        case.stdout.hang_up()
        case.stderr.drain()
        outcome = self._outcome(watch, started=started, over_ns=over_ns)
        observers = case.host.observers
        observers.spent(Stage.PREPARE, started - since)
        observers.spent(Stage.COLLECT, (time.monotonic_ns() - over_ns) / 1e9)
        return outcome

    def begin(self) -> float:
        """Let it go; the moment (monotonic, s). Raises :class:`SetupError`."""
        case, command, limits = self.case, self.command, self.limits
        case.stdout.keep_bytes = limits.stdout_bytes
        case.stderr.keep_bytes = limits.stderr_bytes
        if (on_output := self.told.on_output) is not None:
            case.stdout.tap = partial(on_output, OutputStream.STDOUT)
            case.stderr.tap = partial(on_output, OutputStream.STDERR)
        case.stdout.relay = self.told.relay
        with contextlib.ExitStack() as shown:
            artefact = -1
            if command.artefact is not None:
                artefact = case.show(Path(command.artefact))
                if artefact >= 0:
                    shown.callback(os.close, artefact)
            if isinstance(command.stdin, bytes):
                case.give_input(command.stdin)
            case.group.limit(memory_bytes=limits.memory_bytes, processes=limits.processes + 1)  # and init
            case.group.begin(processor=self.processor)
            started = time.monotonic()
            case.send(command, limits, artefact=artefact)
        return started

    def _outcome(self, watch: Watch, *, started: float, over_ns: int) -> Outcome:
        case, status, group = self.case, watch.status, self.case.group
        wall_ms = (time.monotonic() - started) * 1000
        cpu_ms = group.cpu_ms()
        if status:
            wall_ms = (status.ended_ns - status.started_ns) / 1e6
            if cpu_ms is None:
                cpu_ms = (status.user_us + status.system_us) / 1000
        usage = Usage(
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            memory_bytes=group.memory_peak_bytes(),
            oom_kills=group.oom_kills(),
            stdout_bytes=case.stdout.written_bytes,
            stderr_bytes=case.stderr.written_bytes,
        )
        record = Record(
            exit_code=status.exit_code if status else None,
            signal=status.signal if status else None,
            killed_for=watch.killed_for,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            cpu_fact=case.host.layout.cpu_fact,
            memory_bytes=usage.memory_bytes,
            oom_kills=usage.oom_kills,
            oom_fact=group.oom_fact,
            output_bytes=usage.stdout_bytes + usage.stderr_bytes,
            refused_processes=group.refused_processes(),
        )
        decision = decide(record, self.limits)
        harvest = Harvest(files={}, refused=())
        ended_by_itself = decision.ending is Ending.EXITED
        if self.command.collect and ended_by_itself and decision.exit_code in self.command.collect_after:
            harvest = case.harvest(self.command.collect, most_bytes=self.command.collect_bytes)
        return Outcome(
            ending=decision.ending,
            exit_code=decision.exit_code,
            signal=decision.signal,
            step=status.step if status else 0,
            limit=decision.limit,
            evidence=decision.evidence,
            usage=usage,
            ended_ns=status.ended_ns if status else over_ns,
            stdout=case.stdout.kept,
            stderr=case.stderr.kept,
            isolation=replace(case.host.isolation, warm=self.warm),
            collected=harvest.files,
            refused=harvest.refused,
        )
