"""Who observes a sandbox: what they are told of runs that go well and of those that cannot be carried out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandboxes import Command, ImageError, Limits, Observers, SandboxError, SetupError, Stage
from sandboxes.cases.session import JailSession
from sandboxes.nsjail import NsjailSandbox

TRUE = Command(steps=(("/usr/bin/true",),))


@dataclass(eq=False)
class Heard:
    """Keeps what it is told."""

    spent_s: list[tuple[Stage, float]] = field(default_factory=list)
    failures: list[SandboxError] = field(default_factory=list)

    def spent(self, stage: Stage, seconds: float) -> None:
        self.spent_s.append((stage, seconds))

    def failed(self, error: SandboxError) -> None:
        self.failures.append(error)

    def count(self, stage: Stage) -> int:
        return sum(each is stage for each, _ in self.spent_s)


def test_observers_hear_of_what_happens_while_they_are_there() -> None:
    observers, first, second = Observers(), Heard(), Heard()
    observers.spent(Stage.PREPARE, 1)  # nobody hears
    with observers.joined_by(first):
        observers.spent(Stage.PREPARE, 2)
        with observers.joined_by(second):
            observers.spent(Stage.COLLECT, 3)
            observers.failed(SetupError("gone"))
        observers.spent(Stage.DESTROY, 4)
    observers.spent(Stage.DESTROY, 5)
    assert first.spent_s == [(Stage.PREPARE, 2), (Stage.COLLECT, 3), (Stage.DESTROY, 4)]
    assert second.spent_s == [(Stage.COLLECT, 3)]
    assert [str(error) for error in second.failures] == ["gone"]


def test_observers_may_come_and_go_while_others_are_told() -> None:
    observers, lasting, stop = Observers(), Heard(), threading.Event()

    def tell() -> None:
        while not stop.is_set():
            observers.spent(Stage.COLLECT, 0)

    telling = threading.Thread(target=tell)
    with observers.joined_by(lasting):
        telling.start()
        for _ in range(200):
            with observers.joined_by(Heard()):
                pass
        stop.set()
        telling.join()
    assert observers._all == ()
    assert lasting.spent_s


def test_an_observer_that_leaves_by_an_error_is_gone() -> None:
    observers = Observers()
    with pytest.raises(KeyError), observers.joined_by(Heard()):
        raise KeyError
    assert observers._all == ()


def test_failures_are_told_as_what_whoever_asked_hears() -> None:
    observers, heard = Observers(), Heard()
    with observers.joined_by(heard):
        with pytest.raises(ImageError), observers.of_failures():
            raise ImageError("not built")
        with pytest.raises(SetupError, match="could not be carried out") as told, observers.of_failures():
            raise OSError(28, "No space left on device")
        with pytest.raises(ZeroDivisionError), observers.of_failures():  # a fault of ours is none of a sandbox
            raise ZeroDivisionError
    assert [type(error) for error in heard.failures] == [ImageError, SetupError]
    assert heard.failures[1] is told.value
    assert isinstance(told.value.__cause__, OSError)


def test_every_run_tells_what_it_cost_once(sandbox: NsjailSandbox, image: Callable[[str], Path]) -> None:
    heard = Heard()
    with sandbox.observers.joined_by(heard):
        with sandbox.session(image("python")) as session:
            session.expect(1)
            assert isinstance(session, JailSession)
            ahead_s = session._ahead_s
            for _ in range(3):
                assert session.run(TRUE, Limits(), more=True).ok
        sandbox.settle()
    assert heard.count(Stage.PREPARE) == heard.count(Stage.COLLECT) == 3
    assert heard.count(Stage.DESTROY) >= 1
    assert all(seconds >= 0 for _, seconds in heard.spent_s)
    prepared = [seconds for stage, seconds in heard.spent_s if stage is Stage.PREPARE]
    assert prepared[0] >= ahead_s > 0  # it tells of the jail, too, that it was given
    assert not heard.failures


def test_a_jail_that_cannot_be_had_is_told_once(sandbox: NsjailSandbox, tmp_path: Path) -> None:
    heard = Heard()
    with sandbox.observers.joined_by(heard):
        for ask in ("expect", "run"):
            with sandbox.session(tmp_path / "nothing") as session, pytest.raises(SandboxError):
                session.expect(1) if ask == "expect" else session.run(TRUE, Limits())
    assert len(heard.failures) == 2
    assert not heard.count(Stage.PREPARE)
