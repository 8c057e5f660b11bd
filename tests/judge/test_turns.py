"""Running beside others and running alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from judge.turns import Turns


def test_several_run_beside_each_other() -> None:
    turns, together = Turns(), threading.Barrier(3, timeout=30)

    def run() -> None:
        with turns.beside():
            together.wait()  # breaks unless all three are in

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(run) for _ in range(3)]:
            future.result()


def test_nobody_is_beside_who_runs_alone_and_nobody_waits_for_ever() -> None:
    turns, lock = Turns(), threading.Lock()
    inside: set[str] = set()
    seen: list[tuple[str, frozenset[str]]] = []

    def run(number: int) -> None:
        alone = number % 3 == 0
        name = f"{'alone' if alone else 'beside'} {number}"
        with turns.alone() if alone else turns.beside():
            with lock:
                inside.add(name)
                seen.append((name, frozenset(inside)))
            threading.Event().wait(0.001)
            with lock:
                inside.remove(name)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(run, number) for number in range(60)]:
            future.result(timeout=60)
    assert len(seen) == 60
    assert all(len(others) == 1 for name, others in seen if name.startswith("alone"))
    assert not any(other.startswith("alone") for name, others in seen for other in others - {name})


def test_an_error_ends_a_turn() -> None:
    turns = Turns()
    for turn in (turns.alone, turns.beside):
        with pytest.raises(KeyError), turn():
            raise KeyError
    reached = False
    with turns.alone():
        reached = True  # nobody is in the way any more
    assert reached
