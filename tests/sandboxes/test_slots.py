"""Slots are exclusive on a host, whatever process holds them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandboxes import IsolationError
from sandboxes.slots import MOST_SLOTS, Slot, Slots

HOLD = """
import sys
from pathlib import Path
from sandboxes.slots import Slots
slots = Slots(Path(sys.argv[1]), 2)
print("held", flush=True)
sys.stdin.read()
"""


class TestSlots:
    def test_ids_are_never_shared(self) -> None:
        ids = [uid for number in range(MOST_SLOTS) for uid in (Slot(number).init_uid, Slot(number).program_uid)]
        assert len(set(ids)) == 2 * MOST_SLOTS
        assert 0 not in ids

    def test_two_engines_take_different_numbers_and_a_killed_one_frees_its_own(self, tmp_path: Path) -> None:
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            ours = Slots(tmp_path, 2)
            assert {ours.take().number, ours.take().number} == {2, 3}
            assert {slot.number for slot in ours.abandoned()} == {2, 3}
            other.kill()
            other.wait()
            assert {slot.number for slot in ours.abandoned()} == {0, 1, 2, 3}
            ours.close()

    def test_taking_never_waits_but_locks_one_more(self, tmp_path: Path) -> None:
        slots = Slots(tmp_path, 1)
        first, second = slots.take(), slots.take()
        assert [slot.number for slot in slots.held] == [0, 1]
        slots.give_back(first)
        assert slots.held == (second,)
        assert slots.take() == first != second
        slots.close()
        Slots(tmp_path, MOST_SLOTS).close()  # all of them are free again

    def test_what_was_taken_beyond_the_count_is_free_for_others_afterwards(self, tmp_path: Path) -> None:
        ours, before = Slots(tmp_path, 2), len(os.listdir("/proc/self/fd"))
        for slot in [ours.take() for _ in range(20)]:
            ours.give_back(slot)
        assert len(ours.held) == 2
        assert len(os.listdir("/proc/self/fd")) == before
        others = Slots(tmp_path, MOST_SLOTS - 2)
        assert not set(others.held) & set(ours.held)
        assert {ours.take(), ours.take()} == set(ours.held)
        ours.close()
        others.close()

    def test_when_all_of_the_host_are_taken_there_is_none(self, tmp_path: Path) -> None:
        slots = Slots(tmp_path, MOST_SLOTS)
        for _ in range(MOST_SLOTS):
            slots.take()
        with pytest.raises(IsolationError, match="taken"):
            slots.take()
        slots.close()

    def test_more_than_there_are_is_an_error_and_gives_all_back(self, tmp_path: Path) -> None:
        with pytest.raises(IsolationError, match="slots"):
            Slots(tmp_path, MOST_SLOTS + 1)
        Slots(tmp_path, MOST_SLOTS).close()
