"""Stopping all of a job, or a part of it."""

from __future__ import annotations

from runner.cancellations import Cancellations


def test_a_part_that_runs_is_stopped_alone() -> None:
    with Cancellations() as cancellations, cancellations.part("a") as one, cancellations.part("b") as other:
        assert not cancellations.cancel_part("a")
        assert (one.requested, other.requested, cancellations.job.requested) == (True, False, False)


def test_a_part_that_has_not_begun_never_does() -> None:
    with Cancellations() as cancellations:
        assert cancellations.cancel_part("a")
        with cancellations.part("a") as one, cancellations.part("b") as other:
            assert (one.requested, other.requested) == (True, False)


def test_a_part_that_is_over_cannot_be_stopped_any_more() -> None:
    with Cancellations() as cancellations:
        with cancellations.part("a"):
            assert not cancellations.job.requested
        assert not cancellations.cancel_part("a")


def test_stopping_the_job_stops_every_part_also_those_that_come_later() -> None:
    with Cancellations() as cancellations:
        with cancellations.part("a") as one:
            cancellations.job.cancel()
            assert one.requested
        with cancellations.part("b") as later:
            assert later.requested
