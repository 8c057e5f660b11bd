"""One run from start to end: spawn the jail, release it, watch it, kill it, and read what became of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.boxfiles import Harvest, collect
from sandboxes.cgroups import Cgroup, Layout, sweep
from sandboxes.decision import Record, decide
from sandboxes.init import Request
from sandboxes.limits import Command, Limits
from sandboxes.nsjail.profile import PROGRAM_ID, Jail, render
from sandboxes.nsjail.spawn import Order, Spawned
from sandboxes.nsjail.watch import Watch
from sandboxes.outcome import Ending, Isolation, Outcome, Usage
from sandboxes.sandbox import Cancellation
from sandboxes.slots import Slot

ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/box",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True, slots=True)
class Host:
    """What every run of this host shares.

    ``filter`` is the seccomp program (classic BPF). Slots are dealt out over ``processors``, each staying on its own;
    with none of them a run goes wherever the scheduler puts it.
    """

    nsjail: Path
    template: str
    filter: bytes
    layout: Layout
    isolation: Isolation
    processors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A command to be run in ``slot``, which nobody else uses meanwhile."""

    host: Host
    jail: Jail
    command: Command
    limits: Limits
    slot: Slot

    def execute(self, cancellation: Cancellation | None) -> Outcome:
        """Run to the end; returns when nothing of the run is left on the host. Raises :class:`SetupError`."""
        sweep(self.host.layout, self.slot.name)  # nothing, unless an earlier run could not be cleared away
        with contextlib.ExitStack() as owned:
            group = Cgroup(self.host.layout, self.slot.name)
            group.create(
                memory_bytes=self.limits.memory_bytes,
                processes=self.limits.processes + 1,  # and init
                processor=self._processor,
            )
            owned.enter_context(group)
            spawned = Spawned(self.order(), owned)
            watch = Watch(spawned, group, limits=self.limits, cancellation=cancellation)
            try:
                init, box = spawned.await_hello()
                group.attach(init)
                started = time.monotonic()
                spawned.release()
                watch.until_over(started)
            finally:
                group.kill()
                spawned.end(reported=watch.status is not None)
            spawned.drain()
            return self._outcome(spawned, group, watch, started=started, box=box)

    @property
    def _processor(self) -> int | None:
        processors = self.host.processors
        return processors[self.slot.number % len(processors)] if processors else None

    def order(self) -> Order:
        """What is to be started."""
        request = Request(
            command=self.command,
            limits=self.limits,
            environment=[f"{name}={value}" for name, value in {**ENVIRONMENT, **self.command.environment}.items()],
            filter=self.host.filter,
            uid=PROGRAM_ID,
            gid=PROGRAM_ID,
        )
        return Order(
            nsjail=self.host.nsjail,
            profile=render(self.host.template, self.jail, self.limits, self.slot).encode(),
            request=request.encode(),
            stdin=self.command.stdin,
            stdout_bytes=self.limits.stdout_bytes,
            stderr_bytes=self.limits.stderr_bytes,
            owner=self.slot.program,
        )

    def _outcome(self, spawned: Spawned, group: Cgroup, watch: Watch, *, started: float, box: int) -> Outcome:
        status = watch.status
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
            stdout_bytes=spawned.stdout.written_bytes,
            stderr_bytes=spawned.stderr.written_bytes,
        )
        record = Record(
            exit_code=status.exit_code if status else None,
            signal=status.signal if status else None,
            killed_for=watch.killed_for,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            cpu_fact=self.host.layout.cpu_fact,
            memory_bytes=usage.memory_bytes,
            oom_kills=usage.oom_kills,
            oom_fact=group.oom_fact,
            output_bytes=usage.stdout_bytes + usage.stderr_bytes,
            refused_processes=group.refused_processes(),
        )
        decision = decide(record, self.limits)
        harvest = Harvest(files={}, refused=())
        if self.command.collect and decision.ending is Ending.EXITED and decision.exit_code == 0:
            harvest = collect(box, self.command.collect, most_bytes=self.command.collect_bytes)
        return Outcome(
            ending=decision.ending,
            exit_code=decision.exit_code,
            signal=decision.signal,
            step=status.step if status else 0,
            limit=decision.limit,
            evidence=decision.evidence,
            usage=usage,
            stdout=spawned.stdout.kept,
            stderr=spawned.stderr.kept,
            isolation=self.host.isolation,
            collected=harvest.files,
            refused=harvest.refused,
        )
