"""Which job is next: lanes in their order, people in turn, each one's jobs in the order they came."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator

from runner.jobs import Job, Lane


class FairQueue:
    """Jobs that wait. ``most_at_once``: how many jobs of one person may be done at the same time."""

    def __init__(self, *, most_at_once: int) -> None:
        self._most_at_once = most_at_once
        # By lane, by owner; owners stand in the order in which it is their turn.
        self._lanes: dict[Lane, dict[str, deque[Job]]] = {lane: {} for lane in Lane}
        self._waiting: dict[str, Job] = {}
        self._busy: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, job: Job) -> None:
        """Let it wait."""
        self._waiting[job.id] = job
        self._lanes[job.lane].setdefault(job.owner, deque()).append(job)

    def pop(self, lanes: Collection[Lane]) -> Job | None:
        """The next job of these lanes, from now on being done; ``None``: none may begin now."""
        job = next(self._order(lanes, self._busy), None)
        if job is not None:
            self._take_out(job)
            self._busy[job.owner] += 1
        return job

    def done(self, job: Job) -> None:
        """A job that was popped is done."""
        self._busy[job.owner] -= 1
        if not self._busy[job.owner]:
            del self._busy[job.owner]

    def remove(self, job_id: str) -> Job | None:
        """Take a job out that waits; ``None``: it does not."""
        job = self._waiting.get(job_id)
        if job is not None:
            self._take_out(job, turn=False)
        return job

    def holder(self, id_: str) -> Job | None:
        """The job that waits of which something goes by this id (see :attr:`runner.jobs.Job.ids`)."""
        return next((job for job in self._waiting.values() if id_ in job.ids), None)

    def position(self, job_id: str) -> int | None:
        """Its place in the order in which they would begin if all could, from 1; ``None``: it does not wait."""
        if job_id not in self._waiting:
            return None
        ahead = (place for place, job in enumerate(self._order(tuple(Lane), None), 1) if job.id == job_id)
        return next(ahead)

    def waiting(self) -> dict[str, int]:
        """How many wait, by the kind of job."""
        counts: Counter[str] = Counter(job.kind.value for job in self._waiting.values())
        return dict(counts)

    def _order(self, lanes: Collection[Lane], busy: Counter[str] | None) -> Iterator[Job]:
        """Jobs in the order in which they would begin; with ``busy`` only those whose owner may begin one more."""
        for lane in Lane:
            if lane not in lanes:
                continue
            turns = [
                iter(jobs)
                for owner, jobs in self._lanes[lane].items()
                if busy is None or busy[owner] < self._most_at_once
            ]
            while turns:
                still: list[Iterator[Job]] = []
                for jobs in turns:
                    if (job := next(jobs, None)) is not None:
                        yield job
                        still.append(jobs)
                turns = still

    def _take_out(self, job: Job, *, turn: bool = True) -> None:
        del self._waiting[job.id]
        lane = self._lanes[job.lane]
        jobs = lane[job.owner]
        jobs.remove(job)
        if not jobs:
            del lane[job.owner]
        elif turn:  # whoever had their turn stands last
            lane[job.owner] = lane.pop(job.owner)
