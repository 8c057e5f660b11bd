"""Interactive problems: a program and an interactor, each in a jail of its own, each reading what the other writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from judge.checkers import CheckResult
from judge.limits import RunLimits
from judge.program import Program, Talk
from judge.testcase import TestCase
from judge.validator import REFUSES, Validator, accepts
from judge.verdict import Verdict, run_verdict
from sandboxes import Cancellation, Ending, Outcome, Relay

_LIMITS = frozenset({Verdict.OUTPUT_LIMIT_EXCEEDED, Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.TIME_LIMIT_EXCEEDED})


@dataclass(frozen=True, slots=True)
class Conversation:
    """How both sides ended; ``cancelled``: the caller asked for it while they talked."""

    program: Outcome
    interactor: Outcome
    cancelled: bool


def converse(
    program: Program,
    interactor: Validator,
    case: TestCase,
    *,
    allowed: RunLimits,
    more: bool,
    cancellation: Cancellation,
) -> Conversation:
    """Have them talk until both are gone. They share one permit, so one processor where permits have one.

    An interactor that has not accepted ends the program; a program that has failed ends the interactor. What a program
    writes when nobody reads it any more is dropped, so that how it ends does not depend on chance. Raises as
    :meth:`judge.program.Program.run` does.
    """
    spoken, answered = Relay(), Relay()
    with (
        Cancellation(cancellation) as end_program,
        Cancellation(cancellation) as end_interactor,
        program.place.sandbox.permit() as permit,
        ThreadPoolExecutor(1, thread_name_prefix="interactor") as beside,
    ):

        def judge() -> Outcome:
            try:
                ended = interactor.converse(
                    case,
                    case.checker_args,
                    talk=Talk(hears=spoken, says=answered, permit=permit),
                    beside=allowed,
                    cancellation=end_interactor,
                )
            except BaseException:
                end_program.cancel()
                raise
            if not accepts(ended):
                end_program.cancel()
            return ended

        judging = beside.submit(judge)
        try:
            outcome = program.run(
                allowed,
                args=case.args,
                talk=Talk(hears=answered, says=spoken, permit=permit),
                more=more,
                cancellation=end_program,
            )
        except BaseException:
            end_interactor.cancel()
            raise
        if not outcome.ok:
            end_interactor.cancel()
        return Conversation(outcome, judging.result(), cancellation.requested)


def settle(conversation: Conversation, interactor: Validator) -> tuple[Verdict, CheckResult | None]:
    """The verdict, and the interactor's answer where that decided.

    The first that applies: the program passed a limit, unless the interactor had refused it before; it was cancelled;
    it failed before the interactor had ended, or after that had accepted; what the interactor says.
    Raises :class:`judge.errors.JudgeProgramError` when that has failed and the program has not before.
    """
    program, judged = conversation.program, conversation.interactor
    verdict = run_verdict(program)
    if verdict in _LIMITS and not _refused_before(conversation):
        return verdict, None
    if verdict is Verdict.CANCELLED and conversation.cancelled:
        return Verdict.CANCELLED, None
    was_first = judged.ending is Ending.CANCELLED or program.ended_ns < judged.ended_ns
    if verdict is Verdict.RUNTIME_ERROR and (accepts(judged) or was_first):
        return verdict, None
    answer = interactor.answer(judged)
    return (Verdict.ACCEPTED if answer.accepted else Verdict.WRONG_ANSWER), answer


def _refused_before(conversation: Conversation) -> bool:
    """Whether all that the program did to pass its limit was to go on for a moment after it had been refused.

    Memory may have been passed by another process than the one that ended last, so that is no matter of the moment.
    """
    program, judged = conversation.program, conversation.interactor
    refused = judged.ending is Ending.EXITED and judged.exit_code == REFUSES
    return refused and judged.ended_ns < program.ended_ns and program.ending is not Ending.MEMORY_LIMIT
