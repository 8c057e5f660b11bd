"""The closed answer for a run and for a submission, and the words that go with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from sandboxes.limits import MIB
from sandboxes.outcome import Ending, Evidence, LimitKind, Outcome


class Verdict(StrEnum):
    """What became of a test or of a whole submission (the wire's names). There is no "unknown" and no default."""

    ACCEPTED = "accepted"
    WRONG_ANSWER = "wrong_answer"
    COMPILE_ERROR = "compile_error"
    RUNTIME_ERROR = "runtime_error"
    TIME_LIMIT_EXCEEDED = "time_limit_exceeded"
    MEMORY_LIMIT_EXCEEDED = "memory_limit_exceeded"
    OUTPUT_LIMIT_EXCEEDED = "output_limit_exceeded"
    INTERNAL_ERROR = "internal_error"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


def run_verdict(outcome: Outcome) -> Verdict:
    """How a run ended, before any checking: ``accepted`` means that it ended well and inside every limit.

    Which of several causes decides was settled when the outcome was made (:mod:`sandboxes.decision`).
    """
    match outcome.ending:
        case Ending.CANCELLED:
            return Verdict.CANCELLED
        case Ending.OUTPUT_LIMIT:
            return Verdict.OUTPUT_LIMIT_EXCEEDED
        case Ending.MEMORY_LIMIT:
            return Verdict.MEMORY_LIMIT_EXCEEDED
        case Ending.CPU_LIMIT | Ending.WALL_LIMIT:
            return Verdict.TIME_LIMIT_EXCEEDED
        case Ending.SIGNALLED:
            return Verdict.RUNTIME_ERROR
        case Ending.EXITED:
            return Verdict.ACCEPTED if outcome.ok else Verdict.RUNTIME_ERROR
        case _:
            assert_never(outcome.ending)


def overall(verdicts: Iterable[Verdict], *, compiled: bool = True, cancelled: bool = False) -> Verdict:
    """The verdict of a submission from those of its tests, in the order of the tests.

    The first that applies: cancelled; internal error of any test; compile error (``compiled`` is false); the first
    executed test that is not accepted; accepted. Where no test was executed at all the answer is ``skipped``, never
    ``accepted``.
    """
    seen = list(verdicts)
    if cancelled or Verdict.CANCELLED in seen:
        return Verdict.CANCELLED
    if Verdict.INTERNAL_ERROR in seen:
        return Verdict.INTERNAL_ERROR
    if not compiled:
        return Verdict.COMPILE_ERROR
    executed = [verdict for verdict in seen if verdict is not Verdict.SKIPPED]
    if not executed:
        return Verdict.SKIPPED
    return next((verdict for verdict in executed if verdict is not Verdict.ACCEPTED), Verdict.ACCEPTED)


def verdict_text(verdict: Verdict) -> str:  # noqa: C901, PLR0911 # a sentence for each
    """One fixed sentence for each verdict, which tells nothing about the test."""
    match verdict:
        case Verdict.ACCEPTED:
            return "The answer is right"
        case Verdict.WRONG_ANSWER:
            return "The answer is wrong"
        case Verdict.COMPILE_ERROR:
            return "The program could not be compiled"
        case Verdict.RUNTIME_ERROR:
            return "The program failed while it ran"
        case Verdict.TIME_LIMIT_EXCEEDED:
            return "The program took too long"
        case Verdict.MEMORY_LIMIT_EXCEEDED:
            return "The program used too much memory"
        case Verdict.OUTPUT_LIMIT_EXCEEDED:
            return "The program wrote too much"
        case Verdict.INTERNAL_ERROR:
            return "The test could not be judged, which is not the program's fault"
        case Verdict.CANCELLED:
            return "Judging was cancelled"
        case Verdict.SKIPPED:
            return "The test was not executed"
        case _:
            assert_never(verdict)


def reason(outcome: Outcome, subject: str = "Process") -> str | None:
    """One short sentence on why a run did not end well, or ``None`` if it did. ``subject`` begins it where it fits."""
    match outcome.ending:
        case Ending.CANCELLED:
            return f"{subject} was cancelled"
        case Ending.OUTPUT_LIMIT | Ending.MEMORY_LIMIT | Ending.CPU_LIMIT | Ending.WALL_LIMIT:
            return _exceeded(outcome.ending, outcome.evidence)
        case Ending.SIGNALLED:
            return f"{subject} was killed by {outcome.signal_name}{_explained(outcome.evidence)}"
        case Ending.EXITED:
            if outcome.ok:
                return None
            return f"{subject} ended with exit status {outcome.exit_code}{_explained(outcome.evidence)}"
        case _:
            assert_never(outcome.ending)


def limit_name(limit: LimitKind) -> str:
    """The limit in words, as a sentence begins with it."""
    match limit:
        case LimitKind.CPU_TIME:
            return "CPU time limit"
        case LimitKind.WALL_TIME:
            return "Wall time limit"
        case LimitKind.MEMORY:
            return "Memory limit"
        case LimitKind.OUTPUT:
            return "Output limit"
        case LimitKind.PROCESSES:
            return "Process limit"
        case LimitKind.FILE_SIZE:
            return "File size limit"
        case _:
            assert_never(limit)


def quantity(value: int, unit: str) -> str:
    """An evidence's number with its unit; bytes that are whole MiB (or KiB) are given so."""
    if unit == "bytes":
        for name, size in (("MiB", MIB), ("KiB", 1024)):
            if value and value % size == 0:
                return f"{value // size} {name}"
    return f"{value} {unit}"


def _exceeded(ending: Ending, evidence: Evidence | None) -> str:
    if evidence is None:
        return f"{ending.value.replace('_', ' ').capitalize()} exceeded"
    return f"{limit_name(evidence.limit)} of {quantity(evidence.limit_value, evidence.unit)} exceeded"


def _explained(evidence: Evidence | None) -> str:
    """The limit behind a failure that the kernel caused by refusing or signalling."""
    if evidence is None:
        return ""
    limit, unit = limit_name(evidence.limit), evidence.unit
    value = str(evidence.limit_value) if unit == "processes" else quantity(evidence.limit_value, unit)
    return f" ({limit[0].lower()}{limit[1:]} of {value} reached)"
