"""Interactive problems: who ended first, and how, is the verdict; neither side can hold up the other for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from judge import CaseResult, Data, JudgeProgram, JudgeResult, Place, Problem, ProblemLimits, Source, TestCase, Verdict
from judge import judge as judge_source
from languages import Language
from sandboxes import Cancellation

Places = Callable[[str], Place]
V = Verdict
# Both sides are small programs, the contestant's given as its arguments, the interactor's as the input.
SIDE = b"""
import os, signal, sys, time
def act(script):
    for line in script:
        word, _, rest = line.strip().partition(" ")
        match word:
            case "say": print(rest, flush=True)
            case "whisper": print(rest, end="", flush=True)
            case "hear":
                said = sys.stdin.readline().strip()
                if said != rest:
                    print(f"heard {said!r}", file=sys.stderr)
                    sys.exit(43)
            case "end":
                if sys.stdin.read(): sys.exit(43)
            case "count":
                for number in range(int(rest)):
                    print(number, flush=True)
                    if int(sys.stdin.readline()) != number: sys.exit(43)
            case "repeat":
                for line in sys.stdin: print(line.strip(), flush=True)
            case "pour": sys.stdout.write("y" * int(rest)); sys.stdout.flush()
            case "drink":
                if len(sys.stdin.read(int(rest))) != int(rest): sys.exit(43)
            case "deaf": os.close(0)
            case "mute": sys.stdout.flush(); os.close(1)
            case "exit": sys.exit(int(rest))
            case "die": os.kill(os.getpid(), signal.Signals[rest])
            case "sleep": time.sleep(float(rest))
            case "spin":
                while True: pass
            case "eat": held = bytearray(int(rest) << 20)
            case "note":
                with open(sys.argv[3] + "judgemessage.txt", "a") as file: file.write(rest)
"""
PROGRAM = SIDE + b"act(sys.argv[1:])\n"
INTERACTOR = SIDE + b"act(open(sys.argv[1]))\nsys.exit(42)\n"


@pytest.fixture
def talk(python: Language, place: Places) -> Callable[..., CaseResult]:
    """One test: what the program does and what the interactor does, separated by ``;``."""

    def talk(program: str, interactor: str, *, cpu_ms: int = 1000, judge_ms: int = 5000, **more: Any) -> CaseResult:
        script = "\n".join(interactor.split("; ")) + "\n"
        case = TestCase("talk", Data(script.encode()), Data(b""), args=tuple(program.split("; ")))
        limits = ProblemLimits(cpu_ms=cpu_ms, memory_mib=64, output_mib=1)
        judges = JudgeProgram(Source.of(python, INTERACTOR), cpu_ms=judge_ms, memory_mib=64)
        problem = Problem((case,), limits=limits, interactor=judges)
        result: JudgeResult = judge_source(
            Source.of(python, PROGRAM), problem, place("python"), judges=lambda _: place("python"), **more
        )
        assert result.verdict is result.cases[0].verdict
        return result.cases[0]

    return talk


@pytest.mark.parametrize(
    ("program", "interactor", "verdict"),
    [
        ("hear ping; say pong", "say ping; hear pong; end", V.ACCEPTED),
        ("hear ping; say pung", "say ping; hear pong; end", V.WRONG_ANSWER),
        # an interactor that leaves first, having refused, has the last word
        ("say wrong; hear x; exit 0", "hear right", V.WRONG_ANSWER),
        ("say wrong; hear x; die SIGSEGV", "hear right", V.WRONG_ANSWER),
        ("say wrong; sleep 60", "hear right", V.WRONG_ANSWER),
        ("say wrong; spin", "hear right", V.WRONG_ANSWER),
        # one that has accepted has not: the program has to end well too
        ("say right; end; exit 3", "hear right", V.RUNTIME_ERROR),
        ("say right; end; spin", "hear right", V.TIME_LIMIT_EXCEEDED),
        ("say right; end; sleep 60", "hear right", V.TIME_LIMIT_EXCEEDED),
        ("say right; end; pour 100000", "hear right", V.ACCEPTED),
        # a program that leaves first
        ("exit 0", "say ping; hear pong", V.WRONG_ANSWER),
        ("exit 0", "end", V.ACCEPTED),
        ("exit 5", "say ping; hear pong", V.RUNTIME_ERROR),
        ("die SIGKILL", "say ping; hear pong", V.RUNTIME_ERROR),
        ("say right; exit 5", "hear right; end; exit 43", V.RUNTIME_ERROR),
        # limits
        ("hear x", "hear x", V.TIME_LIMIT_EXCEEDED),
        ("whisper ping; hear x", "hear ping", V.TIME_LIMIT_EXCEEDED),
        ("spin", "hear x", V.TIME_LIMIT_EXCEEDED),
        ("eat 200", "hear x", V.MEMORY_LIMIT_EXCEEDED),
        ("pour 2000000; hear x", "sleep 60", V.OUTPUT_LIMIT_EXCEEDED),
        ("pour 2000000; hear x", "drink 3000000", V.OUTPUT_LIMIT_EXCEEDED),
        # streams that are closed early
        ("mute; sleep 0.2", "end", V.ACCEPTED),
        ("deaf; sleep 0.2; say done", "pour 1000000; hear done; end", V.ACCEPTED),
        ("end; say done", "mute; hear done; end", V.ACCEPTED),
        ("say done", "deaf; sleep 0.2", V.ACCEPTED),
        # all at once, in both directions
        ("pour 900000; drink 900000", "pour 900000; drink 900000; end", V.ACCEPTED),
        ("repeat", "count 2000; mute; end", V.ACCEPTED),
    ],
)
def test_verdicts(talk: Callable[..., CaseResult], program: str, interactor: str, verdict: Verdict) -> None:
    result = talk(program, interactor, cpu_ms=300 if verdict is V.TIME_LIMIT_EXCEEDED else 2000)
    assert (result.verdict, result.fault) == (verdict, None)


@pytest.mark.parametrize(
    ("program", "interactor", "fault"),
    [
        ("hear x", "exit 1", "main.py exited with 1, not with 42 or 43"),
        ("hear x; die SIGSEGV", "die SIGABRT", "main.py was ended by SIGABRT"),
        ("exit 0", "spin", "main.py passed its limit of 400 ms (cpu_time)"),
        ("exit 0", "sleep 60", "(wall_time)"),
        ("hear x", "eat 200", "(memory)"),
    ],
)
def test_an_interactor_that_fails_is_nobody_elses_fault(
    talk: Callable[..., CaseResult], program: str, interactor: str, fault: str
) -> None:
    result = talk(program, interactor, judge_ms=400, cpu_ms=200)
    assert result.verdict is V.INTERNAL_ERROR
    assert fault in (result.fault or "")


def test_what_is_told_is_of_the_program(talk: Callable[..., CaseResult]) -> None:
    result = talk("hear 1; say 2; spin", "say 1; note not 3; hear 3")
    assert (result.verdict, result.stdout, result.checker_message) == (V.WRONG_ANSWER, b"2\n", "not 3")
    assert (result.exit_code, result.signal, result.message) == (None, None, "The answer is wrong")
    assert result.cpu_ms is not None
    assert result.isolation is not None


def test_cancelling_ends_both_sides(talk: Callable[..., CaseResult]) -> None:
    with Cancellation() as cancellation:
        timer = threading.Timer(0.3, cancellation.cancel)
        begin = {"on_compile": lambda _: timer.start()}  # a busy host may take long until then
        assert talk("hear x", "sleep 60", cancellation=cancellation, cpu_ms=60_000, **begin).verdict is V.CANCELLED
        timer.join()
