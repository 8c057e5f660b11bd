"""Searching for differences between real programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import Custom, JudgeProgram, Source, Verdict
from judge.stress import Side, differs
from languages import Language
from runner import Engine, RequestError
from runner.bench import StressRequest
from runner.stressing import DifferenceFound, InputShrunk, InputTried, StressEvent, stress
from sandboxes import Cancellation

GENERATOR = b"""import sys
seed, size = map(int, sys.argv[1:])
values = [(seed * 7 + i * 13) % 6 + 1 for i in range(size + 2)]
print(len(values))
print(*values)
"""
MAXIMUM = b"input()\nprint(max(map(int, input().split())))\n"
ALMOST = b"input()\nvalues = list(map(int, input().split()))\nprint(max(values[:2] + values[3:]))\n"
CRASHING = b"n = int(input())\nassert n < 5\nprint(max(map(int, input().split())))\n"
VALIDATOR = b"""import sys
lines = sys.stdin.read().split("\\n")
values = lines[1].split(" ")
sys.exit(42 if len(lines) == 3 and len(values) == int(lines[0]) and all(1 <= int(v) <= 50 for v in values) else 43)
"""

MakeSource = Callable[[bytes], Source]


@pytest.fixture
def python(languages: Mapping[str, Language], image: Callable[[str], Path]) -> MakeSource:
    image("python")
    return lambda code: Source.of(languages["python"], code)


def test_a_difference_is_found_on_the_first_seed_that_shows_it_and_shrunk(engine: Engine, python: MakeSource) -> None:
    request = StressRequest(
        python(GENERATOR),
        python(MAXIMUM),
        python(ALMOST),
        input_validator=JudgeProgram(python(VALIDATOR)),
        inputs_per_size=1,
    )
    events: list[StressEvent] = []
    report = stress(engine, request, on_event=events.append)
    finding = report.finding
    assert finding is not None
    assert (finding.input, finding.trusted.output, finding.suspect.output) == (b"3\n1 1 2\n", b"2\n", b"1\n")
    assert finding.kind == (Verdict.ACCEPTED, Verdict.WRONG_ANSWER)
    assert finding.sentence == "the suspect's output is not accepted with the trusted solution's as the answer"
    assert (finding.reproduced, finding.validated, finding.complete, report.warnings) == (True, True, True, ())
    assert (report.last_seed, report.inputs) == (finding.seed, finding.seed)
    values = [(finding.seed * 7 + index * 13) % 6 + 1 for index in range(finding.size + 2)]
    assert finding.generated == f"{len(values)}\n{' '.join(map(str, values))}\n".encode()
    tried = [event.seed for event in events if isinstance(event, InputTried)]
    assert tried == list(range(1, finding.seed + 1))
    assert sum(isinstance(event, DifferenceFound) for event in events) == 1
    sizes = [event.size_bytes for event in events if isinstance(event, InputShrunk)]
    assert sizes == sorted(sizes, reverse=True)


def test_a_crash_is_a_difference_and_without_a_validator_counts_stay_right(engine: Engine, python: MakeSource) -> None:
    request = StressRequest(python(GENERATOR), python(MAXIMUM), python(CRASHING), inputs_per_size=1)
    report = stress(engine, request, most=60)
    finding = report.finding
    assert finding is not None
    assert finding.kind == (Verdict.ACCEPTED, Verdict.RUNTIME_ERROR)
    assert (finding.size, finding.input) == (3, b"5\n1 1 1 1 1\n")
    assert [warning for warning in report.warnings if "no input validator" in warning]


def test_programs_that_agree_are_compared_as_often_as_asked(engine: Engine, python: MakeSource) -> None:
    request = StressRequest(python(GENERATOR), python(MAXIMUM), python(MAXIMUM), last_size=2, inputs_per_size=1)
    report = stress(engine, request, most=4)
    assert (report.finding, report.inputs, report.last_seed, report.last_size) == (None, 4, 4, 2)
    assert report.warnings == ()


def test_a_checker_of_ones_own_says_what_differs(engine: Engine, python: MakeSource) -> None:
    lenient = b"import sys\nsys.exit(42 if abs(int(input()) - int(open(sys.argv[2]).read())) <= 1 else 43)\n"
    next_one = python(MAXIMUM.replace(b"print(", b"print(1 + "))
    request = StressRequest(python(GENERATOR), python(MAXIMUM), next_one, checker=Custom(JudgeProgram(python(lenient))))
    assert stress(engine, request, most=2).finding is None


def test_a_generator_that_rolls_dice_of_its_own_is_told_of(engine: Engine, python: MakeSource) -> None:
    dice = python(b"import os\nprint(int.from_bytes(os.urandom(16), 'big'))\n")
    report = stress(engine, StressRequest(dice, python(b"print(input())\n"), python(b"print(input())\n")), most=1)
    assert report.warnings == ("the generator does not always write the same for the same seed",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"generator": b"raise SystemExit('no such size')"}, "the generator failed on 1 1: .* no such size"),
        ({"suspect": b"print("}, r"the suspect \(main\.py\) does not compile: .*SyntaxError"),
        ({"validator": b"raise SystemExit(43)"}, "the input validator refuses what the generator wrote for seed 1"),
        ({"checker": b"raise SystemExit(1)"}, "the checker failed: .*exited with 1"),
    ],
)
def test_a_helper_that_fails_ends_the_search(
    engine: Engine, python: MakeSource, changed: dict[str, bytes], message: str
) -> None:
    sources = {"generator": GENERATOR, "suspect": MAXIMUM, "validator": VALIDATOR} | changed
    request = StressRequest(
        python(sources["generator"]),
        python(MAXIMUM),
        python(sources["suspect"]),
        input_validator=JudgeProgram(python(sources["validator"])),
    )
    if "checker" in changed:
        checker = Custom(JudgeProgram(python(changed["checker"])))
        request = StressRequest(request.generator, request.trusted, request.suspect, checker=checker)
    with pytest.raises(RequestError, match=message):
        stress(engine, request, most=2)


def test_after_a_cancellation_there_is_a_report_of_nothing(engine: Engine, python: MakeSource) -> None:
    with Cancellation() as cancellation:
        cancellation.cancel()
        report = stress(
            engine, StressRequest(python(GENERATOR), python(MAXIMUM), python(ALMOST)), cancellation=cancellation
        )
    assert (report.finding, report.inputs) == (None, 0)


def test_sizes_grow_with_the_seeds(python: MakeSource) -> None:
    source = python(MAXIMUM)
    request = StressRequest(source, source, source, first_seed=10, first_size=3, last_size=5, inputs_per_size=2)
    assert [(request.seed(number), request.size(number)) for number in (0, 1, 2, 5, 99)] == [
        (10, 3),
        (11, 3),
        (12, 4),
        (15, 5),
        (109, 5),
    ]
    with pytest.raises(RequestError, match="sizes begin with the smallest"):
        StressRequest(source, source, source, first_size=3, last_size=2)


@pytest.mark.parametrize(
    ("trusted", "suspect", "expected"),
    [
        (Verdict.ACCEPTED, Verdict.ACCEPTED, False),
        (Verdict.ACCEPTED, Verdict.WRONG_ANSWER, True),
        (Verdict.ACCEPTED, Verdict.TIME_LIMIT_EXCEEDED, True),
        (Verdict.RUNTIME_ERROR, Verdict.ACCEPTED, True),
        (Verdict.RUNTIME_ERROR, Verdict.TIME_LIMIT_EXCEEDED, False),
    ],
)
def test_two_differ_if_one_of_them_ends_well(trusted: Verdict, suspect: Verdict, expected: bool) -> None:
    assert differs(Side(trusted, b""), Side(suspect, b"")) is expected
