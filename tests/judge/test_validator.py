"""Checkers that are programs: what they say is the verdict, what they do wrong is never the contestant's fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from judge import (
    Custom,
    Data,
    Group,
    JudgeProgram,
    JudgeResult,
    Place,
    Problem,
    ProblemLimits,
    Scoring,
    Source,
    TestCase,
    Verdict,
    judge,
)
from languages import Language

Places = Callable[[str], Place]
V = Verdict
# The input is a small program for the validator; what is judged repeats its own arguments.
VALIDATOR = b"""
import os, signal, sys, time
script, answer, feedback = sys.argv[1:4]
said = sys.stdin.buffer.read()
for line in open(script):
    word, _, rest = line.strip().partition(" ")
    match word:
        case "note":
            name, _, text = rest.partition(" ")
            with open(feedback + name, "a") as file: file.write(text)
        case "same": sys.exit(42 if said == open(answer, "rb").read() else 43)
        case "length": sys.exit(42 if len(said) == int(rest) else 43)
        case "args": sys.exit(42 if sys.argv[4:] == rest.split() else 43)
        case "exit": sys.exit(int(rest))
        case "die": os.kill(os.getpid(), signal.Signals[rest])
        case "spin":
            while True: pass
        case "sleep": time.sleep(float(rest))
        case "eat": held = bytearray(int(rest) << 20)
        case "flood":
            while True: print("x" * 1000)
        case "link": os.symlink("/etc/passwd", feedback + rest)
        case "pipe": os.mkfifo(feedback + rest)
        case "deep": os.makedirs(feedback + "/a/b/c"); open(feedback + "/a/b/c/judgemessage.txt", "w")
        case "large":
            with open(feedback + rest, "w") as file: file.write("x" * (1 << 20))
        case "there": sys.exit(42 if os.path.isdir(feedback) and feedback.endswith("/") else 43)
"""
ECHO = b"import sys\nsys.stdout.buffer.write(' '.join(sys.argv[1:]).encode('utf-8', 'surrogateescape'))\n"


def case(script: str, said: str = "", answer: str = "", **more: object) -> TestCase:
    args = (said,) if said else ()
    return TestCase(script[:20], Data(script.encode()), Data(answer.encode()), args=args, **more)  # type: ignore[arg-type] # as given


@pytest.fixture
def run(python: Language, place: Places) -> Callable[..., JudgeResult]:
    """Judge the program that repeats its arguments by the validator, or by another one."""

    def run(*cases: TestCase, validator: bytes = VALIDATOR, scoring: Scoring | None = None, **more: int) -> JudgeResult:
        program = JudgeProgram(Source.of(python, validator), **more)
        limits = ProblemLimits(cpu_ms=2000, memory_mib=64, output_mib=1)
        problem = Problem(cases, Custom(program, args=("general",)), limits, scoring=scoring)
        return judge(Source.of(python, ECHO), problem, place("python"), judges=lambda language: place(language.id))

    return run


def test_exit_codes_are_verdicts_and_messages_are_kept(run: Callable[..., JudgeResult]) -> None:
    result = run(
        case("same", said="7", answer="7"),
        case("note judgemessage.txt expected 8\nnote teammessage.txt close!\nsame", said="7", answer="8"),
        case("note judgemessage.txt fine\nexit 42"),
        case("length 6", said="h\N{LATIN SMALL LETTER E WITH ACUTE}llo"),
        case("args general one two", checker_args=("one", "two")),
        case("there"),
    )
    assert [each.verdict for each in result.cases] == [V.ACCEPTED, V.WRONG_ANSWER, *[V.ACCEPTED] * 4]
    assert [each.checker_message for each in result.cases[:3]] == [None, "expected 8", "fine"]
    assert [each.team_message for each in result.cases[:3]] == [None, "close!", None]
    assert [each.fraction for each in result.cases] == [1, 0, 1, 1, 1, 1]
    assert (result.verdict, result.fault) == (V.WRONG_ANSWER, None)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("exit 0", "main.py exited with 0, not with 42 or 43"),
        ("exit 1", "main.py exited with 1, not with 42 or 43"),
        ("die SIGSEGV", "main.py was ended by SIGSEGV"),
        ("spin", "main.py passed its limit of 300 ms (cpu_time)"),
        ("sleep 60", "main.py passed its limit of 1600 ms (wall_time)"),
        ("eat 300", "main.py passed its limit of"),
        ("flood", "main.py passed its limit of 67108864 bytes (output)"),
        ("note score_multiplier.txt nan\nexit 42", "main.py wrote 'nan' to score_multiplier.txt"),
        ("note score_multiplier.txt 1.5\nexit 42", "main.py wrote '1.5' to score_multiplier.txt"),
        ("note score.txt -1\nexit 42", "main.py wrote '-1' to score.txt"),
        ("note score.txt much\nexit 42", "main.py wrote 'much' to score.txt"),
        ("link judgemessage.txt\nexit 42", "main.py: its feedback cannot be read: judgemessage.txt"),
        ("pipe score.txt\nexit 42", "main.py: its feedback cannot be read: score.txt"),
    ],
)
def test_whatever_it_does_wrong_is_our_failure_and_said(
    run: Callable[..., JudgeResult], script: str, fault: str
) -> None:
    result = run(case(script), cpu_ms=3000 if "flood" in script or "eat" in script else 300, memory_mib=64)
    assert result.verdict is V.INTERNAL_ERROR
    assert fault in (result.fault or "")
    assert result.message == "Test 1: The test could not be judged, which is not the program's fault"
    assert result.cases[0].attempts == 1


def test_one_that_does_not_compile_is_our_failure_and_nothing_is_run(run: Callable[..., JudgeResult]) -> None:
    result = run(case("exit 42"), validator=b"def check(:\n")
    assert (result.verdict, [each.verdict for each in result.cases]) == (V.INTERNAL_ERROR, [V.SKIPPED])
    assert "main.py does not compile" in (result.fault or "")
    assert "SyntaxError" in (result.fault or ""), "its author has to know why"


def test_feedback_that_nobody_asked_for_does_no_harm(run: Callable[..., JudgeResult]) -> None:
    result = run(
        case("deep\nexit 42"),
        case("large judgemessage.txt\nexit 43"),
        case("note score.txt much\nexit 43"),
        case("note judgemessage.txt a\0b\nexit 42"),
    )
    assert [each.verdict for each in result.cases] == [V.ACCEPTED, V.WRONG_ANSWER, V.WRONG_ANSWER, V.ACCEPTED]
    assert len(result.cases[1].checker_message or "") == 16 * 1024
    assert result.cases[3].checker_message == "a\N{REPLACEMENT CHARACTER}b"


def test_it_is_asked_only_about_programs_that_ended_well(python: Language, place: Places) -> None:
    crash = Source.of(python, b"raise SystemExit(3)\n")
    program = JudgeProgram(Source.of(python, b"raise SystemExit(1)\n"))
    result = judge(crash, Problem((case(""),), Custom(program)), place("python"), judges=lambda _: place("python"))
    assert (result.verdict, result.fault) == (V.RUNTIME_ERROR, None)


def test_parts_of_points_are_earned_as_it_says(run: Callable[..., JudgeResult]) -> None:
    scoring = Scoring(100, (Group("a", 60),))
    cases = (
        case("exit 42", group="a"),
        case("note score_multiplier.txt 0.5\nexit 42"),
        case("note score.txt 5\nexit 42"),
        case("note score_multiplier.txt 1\nexit 43"),
        case("exit 42"),
    )
    result = run(*cases, scoring=scoring)
    assert [each.fraction for each in result.cases] == [1, 0.5, 0.5, 0, 1]
    assert result.score is not None
    assert [(group.name, group.score) for group in result.score.groups] == [("a", 60), ("", 20)]


def test_without_a_place_for_it_nothing_is_judged(python: Language, place: Places) -> None:
    program = JudgeProgram(Source.of(python, VALIDATOR))
    with pytest.raises(ValueError, match="judged by a program"):
        judge(Source.of(python, ECHO), Problem((case(""),), Custom(program)), place("python"))
