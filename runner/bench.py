"""The programs of a stress search, compiled once: a generator, two solutions, and what checks inputs and outputs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from judge import (
    Checker,
    Custom,
    Data,
    JudgeProgram,
    Place,
    ProblemLimits,
    Program,
    RunLimits,
    Source,
    TestCase,
    Tokens,
    Verdict,
    case_limits,
    check,
    reason,
    run_limits,
    run_verdict,
)
from judge.errors import JudgeProgramError
from judge.stress import Side
from judge.trial import GivenUpError, attempt
from judge.validator import Validator, accepts, judge_limits
from languages import Language
from runner.errors import RequestError
from sandboxes import MIB, Cancellation, Ending, Outcome, SandboxError

DEFAULT_CPU_MS: Final = 2000
_GENERATOR_CPU_MS: Final = 10_000
_GENERATOR_MEMORY_MIB: Final = 1024
_OUTPUT_BYTES: Final = 64 * MIB
_SAID_CHARACTERS: Final = 200

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class StressRequest:
    """What is to be compared on what.

    ``checker``      accepts or refuses the suspect's output, with the trusted solution's as the answer
    ``input_validator``, ``validator_args``  accepts inputs by exit code 42, and what it is given; ``None``: nobody does
    ``limits``       of each of the solutions on each input, as a problem has them
    ``arguments``    of the generator; ``{seed}`` and ``{size}`` in them stand for the two numbers
    ``first_seed``   counted up from there, one for each input
    ``first_size``, ``last_size``, ``inputs_per_size``  the size grows by one after so many inputs
    Raises :class:`RequestError` for sizes that do not grow.
    """

    generator: Source
    trusted: Source
    suspect: Source
    checker: Checker | Custom = field(default_factory=Tokens)
    input_validator: JudgeProgram | None = None
    validator_args: tuple[str, ...] = ()
    limits: ProblemLimits = field(default_factory=lambda: ProblemLimits(cpu_ms=DEFAULT_CPU_MS))
    arguments: tuple[str, ...] = ("{seed}", "{size}")
    first_seed: int = 1
    first_size: int = 1
    last_size: int = 100
    inputs_per_size: int = 5

    def __post_init__(self) -> None:
        if self.first_size > self.last_size or self.inputs_per_size < 1:
            raise RequestError("sizes begin with the smallest, and each is tried at least once")

    def seed(self, number: int) -> int:
        """The seed of an input, by its number from 0."""
        return self.first_seed + number

    def size(self, number: int) -> int:
        """The size of an input, by its number from 0."""
        return min(self.last_size, self.first_size + number // self.inputs_per_size)


class StoppedError(Exception):
    """Somebody cancelled; nothing is to be said of what was going on."""


class Bench:
    """See :meth:`prepare`. A context manager; its methods may be called from several threads."""

    def __init__(
        self,
        request: StressRequest,
        generator: Program,
        solutions: tuple[Program, Program],
        *,
        checker: Validator | None,
        validator: Program | None,
        owned: contextlib.ExitStack,
    ) -> None:
        self.request = request
        self._generator = generator
        self._trusted, self._suspect = solutions
        self._checker = checker
        self._validator = validator
        self._owned = owned

    @classmethod
    def prepare(
        cls, request: StressRequest, place: Callable[[Language], Place], *, runs: int, cancellation: Cancellation
    ) -> Bench:
        """Compile all of them; ``runs`` inputs are to be tried at once.

        Raises :class:`RequestError` for a program that does not compile, :class:`sandboxes.SandboxError` when we
        failed, :class:`StoppedError` after a cancellation.
        """
        with contextlib.ExitStack() as undo:

            def compiled(name: str, source: Source) -> Program:
                program = _tried(
                    lambda: Program.prepare(source, place(source.language), runs=runs, cancellation=cancellation),
                    cancellation,
                )
                undo.push(program)
                if program.compilation is not None and not program.compilation.ok:
                    if program.compilation.cancelled:
                        raise StoppedError
                    raise RequestError(f"{name} ({source.entrypoint}) does not compile: {program.compilation.refusal}")
                return program

            generator = compiled("the generator", request.generator)
            solutions = (
                compiled("the trusted solution", request.trusted),
                compiled("the suspect", request.suspect),
            )
            about = request.input_validator
            validator = None if about is None else compiled("the input validator", about.source)
            checker = None
            if isinstance(request.checker, Custom):
                judging = request.checker.program
                checker = undo.enter_context(
                    _tried(
                        lambda: Validator.prepare(
                            judging, place(judging.source.language), runs=runs, cancellation=cancellation
                        ),
                        cancellation,
                    )
                )
            return cls(request, generator, solutions, checker=checker, validator=validator, owned=undo.pop_all())

    def generate(self, seed: int, size: int, *, cancellation: Cancellation) -> bytes:
        """What the generator writes. Raises :class:`RequestError` when it fails, and as :meth:`prepare` does."""
        words = {"seed": str(seed), "size": str(size)}
        args = tuple(_filled(argument, words) for argument in self.request.arguments)
        limits = run_limits(
            self._generator.source.language,
            cpu_ms=_GENERATOR_CPU_MS,
            wall_ms=2 * _GENERATOR_CPU_MS + 1000,
            memory_mib=_GENERATOR_MEMORY_MIB,
            output_bytes=_OUTPUT_BYTES,
        )
        outcome = _run(self._generator, limits, args=args, cancellation=cancellation)
        if not outcome.ok:
            raise RequestError(f"the generator failed on {' '.join(args)}: {_account(outcome)}")
        return outcome.stdout

    def refusal(self, text: bytes, *, cancellation: Cancellation) -> str | None:
        """What the input validator has against an input; ``None``: nothing, or there is none. Raises as the others."""
        about = self.request.input_validator
        if self._validator is None or about is None:
            return None
        limits = judge_limits(about, output_bytes=MIB)
        outcome = _run(self._validator, limits, stdin=text, args=self.request.validator_args, cancellation=cancellation)
        return None if accepts(outcome) else _account(outcome)

    def trusted(self, text: bytes, *, cancellation: Cancellation) -> Side:
        """How the trusted solution ends on an input. Raises :class:`StoppedError`, :class:`sandboxes.SandboxError`."""
        return self._side(self._trusted, text, cancellation)

    def suspect(self, text: bytes, *, cancellation: Cancellation) -> Side:
        """How the suspect ends on an input, before its output is checked. Raises as :meth:`trusted` does."""
        return self._side(self._suspect, text, cancellation)

    def checked(self, text: bytes, trusted: Side, suspect: Side, *, cancellation: Cancellation) -> Side:
        """The suspect's side after checking, where both have ended well.

        Raises :class:`RequestError` when the checker's program fails, and as :meth:`trusted` does.
        """
        if not (trusted.well and suspect.well):
            return suspect
        checker = self.request.checker
        if isinstance(checker, Custom):
            assert self._checker is not None  # noqa: S101 - it was prepared with the others
            case, validator, args = _case(text, trusted.output), self._checker, checker.args
            answer = _tried(
                lambda: validator.check(case, suspect.output, args, cancellation=cancellation), cancellation
            )
        else:
            answer = check(checker, trusted.output, suspect.output)
        return suspect if answer.accepted else Side(Verdict.WRONG_ANSWER, suspect.output, answer.message)

    def close(self) -> None:
        """Give back what the programs hold. None may be running."""
        self._owned.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _side(self, program: Program, text: bytes, cancellation: Cancellation) -> Side:
        limits = case_limits(self.request.limits, program.source.language, _case(text, b""))
        outcome = _run(program, limits, stdin=text, cancellation=cancellation)
        return Side(run_verdict(outcome), outcome.stdout, reason(outcome) or "")


def _case(text: bytes, answer: bytes) -> TestCase:
    return TestCase("stress", Data(text), Data(answer))


def _run(
    program: Program,
    limits: RunLimits,
    *,
    stdin: bytes = b"",
    args: tuple[str, ...] = (),
    cancellation: Cancellation,
) -> Outcome:
    outcome = _tried(
        lambda: program.run(limits, stdin=stdin, args=args, more=True, cancellation=cancellation), cancellation
    )
    if outcome.ending is Ending.CANCELLED:
        raise StoppedError
    return outcome


def _tried(action: Callable[[], Value], cancellation: Cancellation) -> Value:
    """The action's value after as many attempts as it needs."""
    if cancellation.requested:
        raise StoppedError
    try:
        return attempt(action, cancellation)[0]
    except GivenUpError as error:
        if cancellation.requested:
            raise StoppedError from error
        cause = error.__cause__
        if isinstance(cause, JudgeProgramError):
            raise RequestError(f"the checker failed: {cause}") from error
        raise (cause if isinstance(cause, SandboxError) else SandboxError(str(error))) from error


def _filled(argument: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        argument = argument.replace("{" + name + "}", word)
    return argument


def _account(outcome: Outcome) -> str:
    """How a program ended, and the last of what it said."""
    said = " ".join((outcome.stderr or outcome.stdout[:4096]).decode("utf-8", "replace").split())[-_SAID_CHARACTERS:]
    why = reason(outcome) or f"Process ended with exit status {outcome.exit_code}"
    return f"{why}: {said}" if said else why
