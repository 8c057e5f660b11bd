"""Inputs and expected outputs before the programs that are to judge them, in real jails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from judge import Custom, Data, InputValidator, JudgeProgram, Place, Problem, Source, TestCase
from languages import Language
from runner import Engine
from runner.checks import FindPlace, check_inputs, check_outputs
from sandboxes import Cancellation, SetupError

SMALL = b"import sys\nn = int(input())\nprint('too large', file=sys.stderr) if n > 9 else sys.exit(42)\nsys.exit(43)\n"
CHECKER = b"""
import sys
wanted, said = open(sys.argv[2]).read().split(), sys.stdin.read().split()
open(sys.argv[3] + "judgemessage.txt", "w").write(f"{sys.argv[4:]} {said}")
sys.exit({"7": 43, "crash": 1}.get(said[0], 42 if wanted == said else 43))
"""


@pytest.fixture
def place(engine: Engine, image: Callable[[str], Path]) -> FindPlace:
    def place(language: Language) -> Place:
        image(language.id)
        return engine._place(language)

    return place


@pytest.fixture
def cancellation() -> Iterator[Cancellation]:
    with Cancellation() as token:
        yield token


@pytest.fixture
def program(languages: Mapping[str, Language]) -> Callable[[bytes], JudgeProgram]:
    return lambda code: JudgeProgram(Source.of(languages["python"], code), cpu_ms=1000)


def cases(*pairs: tuple[bytes, bytes]) -> tuple[TestCase, ...]:
    return tuple(
        TestCase(f"secret/{index}", Data(given), Data(wanted), args=("-v",) if index else ())
        for index, (given, wanted) in enumerate(pairs)
    )


def test_an_input_validator_accepts_by_42_and_by_nothing_else(
    place: FindPlace, program: Callable[[bytes], JudgeProgram], cancellation: Cancellation
) -> None:
    about = Problem(cases((b"5\n", b""), (b"10\n", b""), (b"ten\n", b"")))
    validator = InputValidator("v.py", program(SMALL), {None: ("--strict",)})
    checks = check_inputs(about, validator, place, jobs=2, cancellation=cancellation)
    assert [(check.index, check.accepted, check.fault) for check in checks] == [
        (0, True, None),
        (1, False, None),
        (2, False, None),
    ]
    assert checks[1].message == "The input validator ended with exit status 43: too large"
    assert checks[2].message.startswith("The input validator ended with exit status 1: Traceback")


def test_an_input_validator_gets_its_arguments_and_then_the_tests(
    place: FindPlace, program: Callable[[bytes], JudgeProgram], cancellation: Cancellation
) -> None:
    about = Problem(cases((b"", b""), (b"", b"")))
    validator = InputValidator("v.py", program(b"import sys\nsys.exit(str(sys.argv[1:]))\n"), {None: ("--strict",)})
    checks = check_inputs(about, validator, place, jobs=1, cancellation=cancellation)
    assert [check.message.rpartition(": ")[2] for check in checks] == ["['--strict']", "['--strict', '-v']"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"print(1\n", "The input validator does not compile"),
        (b"print(1)\n", "The input validator ended with exit status 0: 1"),
        (b"while True: pass\n", "CPU time limit of 1000 ms exceeded"),
    ],
    ids=["does not compile", "says nothing", "does not end"],
)
def test_a_broken_input_validator_is_its_authors_to_mend(
    place: FindPlace,
    program: Callable[[bytes], JudgeProgram],
    cancellation: Cancellation,
    *,
    code: bytes,
    message: str,
) -> None:
    (check,) = check_inputs(
        Problem(cases((b"", b""))), InputValidator("v.py", program(code)), place, jobs=1, cancellation=cancellation
    )
    assert (check.accepted, check.fault) == (False, None)
    assert check.message.startswith(message)


def test_expected_outputs_are_put_before_the_problems_own_checker(
    place: FindPlace, program: Callable[[bytes], JudgeProgram], cancellation: Cancellation
) -> None:
    about = Problem(cases((b"", b"5\n"), (b"", b"7\n"), (b"", b"crash\n")), Custom(program(CHECKER), ("-x",)))
    checks = check_outputs(about, place, jobs=2, cancellation=cancellation)
    assert [(check.accepted, check.fault) for check in checks] == [(True, None), (False, None), (False, None)]
    assert checks[1].message == "['-x'] ['7']"
    assert "exited with 1" in checks[2].message


def test_built_in_checkers_need_no_place(cancellation: Cancellation, tmp_path: Path) -> None:
    def nowhere(language: Language) -> Place:
        raise AssertionError(language)

    gone = TestCase("secret/9", Data(b""), Data(tmp_path / "gone"))
    about = Problem((*cases((b"", b"5\n")), gone))
    fine, broken = check_outputs(about, nowhere, jobs=1, cancellation=cancellation)
    assert (fine.accepted, broken.accepted) == (True, False)
    assert "cannot be read" in (broken.fault or "")


def test_of_interactive_problems_no_output_is_checked(
    program: Callable[[bytes], JudgeProgram], cancellation: Cancellation
) -> None:
    about = Problem(cases((b"", b"")), interactor=program(b"1\n"))
    assert check_outputs(about, lambda _: pytest.fail("no place is needed"), jobs=1, cancellation=cancellation) == ()


def test_a_sandbox_that_fails_is_our_failure(
    program: Callable[[bytes], JudgeProgram], cancellation: Cancellation
) -> None:
    def broken(language: Language) -> Place:
        raise SetupError(f"no jail for {language.id}")

    about = Problem(cases((b"", b"1\n"), (b"", b"2\n")), Custom(program(CHECKER)))
    checks = check_outputs(about, broken, jobs=2, cancellation=cancellation)
    assert [(check.accepted, check.fault) for check in checks] == [(False, "no jail for python")] * 2
    assert "not the program's fault" in checks[0].message


def test_after_a_cancellation_the_rest_is_left_out(cancellation: Cancellation) -> None:
    cancellation.cancel()
    about = Problem(cases((b"", b"1\n"), (b"", b"2\n")))
    assert check_outputs(about, lambda _: pytest.fail("none"), jobs=1, cancellation=cancellation) == ()
