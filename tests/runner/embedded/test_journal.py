"""Events that wait for whoever comes late."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from runner.embedded import journal as journals
from runner.embedded.journal import Journal
from runner.events import EventKind

STATUS, RESULT = EventKind.STATUS, EventKind.RESULT


def told(journal: Journal, *numbers: int, over: bool = False) -> Journal:
    journal.open("j")
    for number in numbers:
        journal.append("j", STATUS, {"number": number})
    if over:
        journal.append("j", RESULT, {"number": -1})
    return journal


async def read(journal: Journal, after: int | None = None) -> list[int]:
    return [event.data["number"] async for event in journal.follow("j", after)]


async def test_who_comes_late_gets_everything_and_who_was_there_gets_the_rest() -> None:
    journal = told(Journal(), 1, 2, 3, over=True)
    ids = [event.id for event in journal.so_far("j")]
    assert ids == list(range(ids[0], ids[0] + 4))
    assert await read(journal) == [1, 2, 3, -1]
    for skipped, after in enumerate(ids, 1):
        assert await read(journal, after) == [1, 2, 3, -1][skipped:]
    assert await read(journal, ids[-1] + 100) == []


async def test_an_id_of_an_earlier_process_is_before_everything_of_this_one() -> None:
    earlier = told(Journal(), *range(5))
    await asyncio.sleep(0.02)
    later = told(Journal(), 1, 2, over=True)
    last = earlier.so_far("j")[-1].id
    assert last < later.so_far("j")[0].id
    assert await read(later, last) == [1, 2, -1]
    assert await read(later, 0) == [1, 2, -1]


async def test_several_follow_at_once_and_all_get_all_of_it_as_it_happens() -> None:
    journal = told(Journal(), 0)
    seen: list[list[int]] = [[], [], []]

    async def follow(mine: list[int]) -> None:
        async for event in journal.follow("j", None):
            mine.append(event.data["number"])
            if event.data["number"] % 2:
                await asyncio.sleep(0)  # not all are equally quick

    followers = [asyncio.create_task(follow(mine)) for mine in seen]
    for number in range(1, 20):
        journal.append("j", STATUS, {"number": number})
        if number % 3 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert seen == [list(range(20))] * 3
    journal.append("j", RESULT, {"number": -1})
    await asyncio.gather(*followers)
    assert seen == [[*range(20), -1]] * 3


async def test_nothing_is_told_after_the_result_nor_of_what_nobody_opened() -> None:
    journal = told(Journal(), 1, over=True)
    journal.append("j", STATUS, {"number": 2})
    journal.append("j", RESULT, {"number": 3})
    journal.append("other", STATUS, {"number": 4})
    assert await read(journal) == [1, -1]
    assert journal.so_far("other") == ()
    assert [event async for event in journal.follow("other", None)] == []


async def test_opening_it_again_forgets_nothing() -> None:
    journal = told(told(Journal(), 1), 2, over=True)
    assert await read(journal) == [1, 2, -1]


async def test_one_may_wait_for_the_end() -> None:
    journal = told(Journal(), 1)
    assert not await journal.until_over("j", 0.01)
    waiting = [asyncio.create_task(journal.until_over("j", 10)) for _ in range(2)]
    await asyncio.sleep(0)
    journal.append("j", RESULT, {})
    assert await asyncio.gather(*waiting) == [True, True]
    assert await journal.until_over("j", 0)
    assert await journal.until_over("unknown", 10)


async def test_it_is_kept_for_a_moment_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "KEPT_S", 0.02)
    journal = told(Journal(), 1, over=True)
    assert len(journal.so_far("j")) == 2
    following = journal.follow("j", None)
    assert (await anext(following)).kind is STATUS
    await asyncio.sleep(0.05)
    assert journal.so_far("j") == ()
    assert [event.kind async for event in following] == [RESULT]  # who reads already reads on
    assert [event async for event in journal.follow("j", None)] == []


async def test_ids_grow_by_one_from_event_to_event_of_each_job() -> None:
    journal = Journal()
    for id_ in ("a", "b"):
        journal.open(id_)
    for number in range(10):
        journal.append("a" if number % 2 else "b", STATUS, {})
    for id_ in ("a", "b"):
        ids = [event.id for event in journal.so_far(id_)]
        assert all(later - earlier == 1 for earlier, later in itertools.pairwise(ids))
