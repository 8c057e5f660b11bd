"""Checking a problem's own data by its own programs: expected outputs by its checker, inputs by its validators."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from judge import (
    ArtefactError,
    Custom,
    InputValidator,
    Place,
    Problem,
    Program,
    TestCase,
    Verdict,
    check,
    reason,
    verdict_text,
)
from judge.errors import JudgeProgramError
from judge.trial import GivenUpError, attempt
from judge.validation import CheckerCheck, InputCheck
from judge.validator import Validator, accepts, judge_limits
from languages import Language
from sandboxes import MIB, Cancellation, Outcome

FindPlace = Callable[[Language], Place]
"""Where programs of a language are run. Raises :class:`sandboxes.ImageError` where they cannot be."""

_OUTPUT_BYTES: Final = MIB
_SAID_CHARACTERS: Final = 300
_SUBJECT: Final = "The input validator"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why something could not be checked; ``fault``: our own failure, ``None`` if the problem's program failed."""

    message: str
    fault: str | None = None


def check_outputs(
    problem: Problem, place: FindPlace, *, jobs: int, cancellation: Cancellation
) -> tuple[CheckerCheck, ...]:
    """Whether each test's expected output is accepted by its checker, up to ``jobs`` at once.

    None is checked of an interactive problem. After a cancellation the rest is left out. That we failed is a check's
    fault.
    """
    if problem.interactor is not None:
        return ()
    custom = problem.checker if isinstance(problem.checker, Custom) else None
    with contextlib.ExitStack() as owned:
        validator: Validator | _Trouble | None = None
        if custom is not None:
            about = custom.program
            prepared = _tried(
                lambda: Validator.prepare(about, place(about.source.language), runs=jobs, cancellation=cancellation),
                cancellation,
            )
            validator = prepared if isinstance(prepared, _Trouble) else owned.enter_context(prepared)

        def one(index: int, case: TestCase) -> CheckerCheck:
            checker = case.checker or problem.checker
            if not isinstance(checker, Custom):
                try:
                    answer = check(checker, case.expected, case.expected)
                except ArtefactError as error:
                    return CheckerCheck(index, accepted=False, message=_failure(), fault=str(error))
                return CheckerCheck(index, answer.accepted, answer.message)
            assert validator is not None  # noqa: S101 - the problem's checker is a program
            if isinstance(validator, _Trouble):
                return CheckerCheck(index, accepted=False, message=validator.message, fault=validator.fault)
            ready, arguments = validator, (*checker.args, *case.checker_args)
            found = _tried(
                lambda: ready.check(case, case.expected.read(), arguments, cancellation=cancellation), cancellation
            )
            if isinstance(found, _Trouble):
                return CheckerCheck(index, accepted=False, message=found.message, fault=found.fault)
            return CheckerCheck(index, found.accepted, found.message)

        return _each(problem.cases, one, jobs=jobs, cancellation=cancellation)


def check_inputs(
    problem: Problem, validator: InputValidator, place: FindPlace, *, jobs: int, cancellation: Cancellation
) -> tuple[InputCheck, ...]:
    """Whether an input validator accepts each test's input; otherwise as :func:`check_outputs`."""
    about = validator.program
    limits = judge_limits(about, output_bytes=_OUTPUT_BYTES)
    with contextlib.ExitStack() as owned:
        prepared = _tried(
            lambda: _compiled(validator, place(about.source.language), runs=jobs, cancellation=cancellation),
            cancellation,
        )
        program = prepared if isinstance(prepared, _Trouble) else owned.enter_context(prepared)

        def one(index: int, case: TestCase) -> InputCheck:
            if isinstance(program, _Trouble):
                return InputCheck(validator.path, index, accepted=False, message=program.message, fault=program.fault)
            ready, arguments = program, validator.arguments(case)
            found = _tried(
                lambda: ready.run(
                    limits, stdin=case.input.read(), args=arguments, more=True, cancellation=cancellation
                ),
                cancellation,
            )
            if isinstance(found, _Trouble):
                return InputCheck(validator.path, index, accepted=False, message=found.message, fault=found.fault)
            accepted = accepts(found)
            return InputCheck(validator.path, index, accepted, "" if accepted else _refusal(found))

        return _each(problem.cases, one, jobs=jobs, cancellation=cancellation)


def _compiled(validator: InputValidator, place: Place, *, runs: int, cancellation: Cancellation) -> Program:
    """The validator, ready. Raises :class:`JudgeProgramError` when it does not compile."""
    program = Program.prepare(validator.program.source, place, runs=runs, cancellation=cancellation)
    compilation = program.compilation
    if compilation is not None and not compilation.ok:
        program.close()
        raise JudgeProgramError(f"{_SUBJECT} does not compile: {compilation.refusal}")
    return program


def _tried(action: Callable[[], Value], cancellation: Cancellation) -> Value | _Trouble:
    """The action's value after as many attempts as it needs, or why there is none."""
    try:
        return attempt(action, cancellation)[0]
    except GivenUpError as error:
        if isinstance(error.__cause__, JudgeProgramError):
            return _Trouble(str(error))
        return _Trouble(_failure(), str(error))


def _each(
    cases: Sequence[TestCase], one: Callable[[int, TestCase], Value], *, jobs: int, cancellation: Cancellation
) -> tuple[Value, ...]:
    """What ``one`` finds of every test, in their order; of those only that were done before a cancellation."""

    def unless_cancelled(numbered: tuple[int, TestCase]) -> Value | None:
        found = None if cancellation.requested else one(*numbered)
        return None if cancellation.requested else found

    with ThreadPoolExecutor(max(1, min(jobs, len(cases))), thread_name_prefix="check") as pool:
        return tuple(found for found in pool.map(unless_cancelled, enumerate(cases)) if found is not None)


def _failure() -> str:
    return verdict_text(Verdict.INTERNAL_ERROR)


def _refusal(outcome: Outcome) -> str:
    """Why an input is not valid, in the validator's words as far as it has any."""
    why = reason(outcome, _SUBJECT) or f"{_SUBJECT} ended with exit status {outcome.exit_code}"
    said = (outcome.stderr.strip() or outcome.stdout.strip()).decode("utf-8", "replace")
    return f"{why}: {said[:_SAID_CHARACTERS]}" if said else why
