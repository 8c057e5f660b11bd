"""Who is told what a sandbox costs beside the programs in it, and when it fails."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from sandboxes.errors import SandboxError, SetupError


class Stage(StrEnum):
    """What a sandbox does beside running a program.

    ``prepare``  from the leave to run to the program's first moment: a jail, a case in it, its input and its limits
    ``collect``  from the program's end to its outcome: what it left in pipes, its accounts, its files
    ``destroy``  clearing one case or one jail away, mostly when nobody waits for it
    """

    PREPARE = "prepare"
    COLLECT = "collect"
    DESTROY = "destroy"


class Observer(Protocol):
    """Told in whatever thread it happens, on the path of a run: be quick, and never raise."""

    def spent(self, stage: Stage, seconds: float) -> None:
        """A stage took so long."""
        ...

    def failed(self, error: SandboxError) -> None:
        """What was asked of a sandbox could not be done, by no fault of the program's."""
        ...


class Observers:
    """All that observe one sandbox: none to begin with. They may come and go while programs run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Observer, ...] = ()

    @contextlib.contextmanager
    def joined_by(self, observer: Observer) -> Iterator[None]:
        """Tell ``observer`` too, for as long as this lasts."""
        with self._lock:
            self._all = (*self._all, observer)
        try:
            yield
        finally:
            with self._lock:
                self._all = tuple(other for other in self._all if other is not observer)

    def spent(self, stage: Stage, seconds: float) -> None:
        """See :meth:`Observer.spent`."""
        for observer in self._all:
            observer.spent(stage, seconds)

    def failed(self, error: SandboxError) -> None:
        """See :meth:`Observer.failed`."""
        for observer in self._all:
            observer.failed(error)

    @contextlib.contextmanager
    def of_failures(self) -> Iterator[None]:
        """Have them told how what is done meanwhile fails. What the kernel refuses becomes a :class:`SetupError`."""
        try:
            yield
        except SandboxError as error:
            self.failed(error)
            raise
        except (OSError, ValueError) as error:
            failure = SetupError(f"the run could not be carried out: {error}")
            failure.__cause__ = error
            self.failed(failure)
            raise failure from error
