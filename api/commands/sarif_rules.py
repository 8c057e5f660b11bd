"""The rules of the SARIF report: one for each kind of thing that a verification may find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from judge.validation import FindingKind
from runner.record import Json


@dataclass(frozen=True, slots=True)
class Rule:
    """``level``: ``error``, ``warning`` or ``note``; ``short`` and ``help`` are one sentence each."""

    id: str
    level: str
    short: str
    help: str

    def json(self) -> Json:
        """As the format has it."""
        name = "".join(word.capitalize() for word in self.id.split("-"))
        return {
            "id": self.id,
            "name": name,
            "shortDescription": {"text": self.short},
            "fullDescription": {"text": self.help},
            "help": {"text": self.help},
            "defaultConfiguration": {"level": self.level},
            "properties": {"tags": ["problem-package"]},
        }


_FINDINGS: Final = {
    FindingKind.NO_ACCEPTED_SOLUTION: (
        "The package has no accepted solution.",
        "Without one nothing shows that the problem can be solved within its limits: add one to submissions/accepted.",
    ),
    FindingKind.NO_WRONG_SOLUTION: (
        "The package has no wrong solution.",
        "Wrong and slow solutions show that the tests notice mistakes: add those that people will probably try.",
    ),
    FindingKind.UNINSTALLED_LANGUAGE: (
        "A solution's language is not installed.",
        "Build the language's image (syncode images build) where packages are verified.",
    ),
    FindingKind.NONDETERMINISM: (
        "A solution does not do the same each time.",
        "Unseeded random numbers, uninitialised memory, clocks and races make verdicts a matter of luck.",
    ),
    FindingKind.BORDERLINE: (
        "A verdict rests on the better of two runs close to the time limit.",
        "Change the limit or the test, so that the solution is clearly on one side of it.",
    ),
    FindingKind.TIGHT_LIMIT: (
        "A solution that must be accepted needs more than half of its time limit.",
        "On a slower or busier machine it may fail: raise the limit, or give the language a factor.",
    ),
    FindingKind.UNFAILED_TEST: (
        "No wrong solution fails a test.",
        "Either the test checks what others check too, or a wrong solution that it should find is missing.",
    ),
    FindingKind.UNFAILED_SAMPLE: (
        "No wrong solution fails a sample.",
        "That is common: samples explain, they need not find mistakes.",
    ),
    FindingKind.IDENTICAL_TESTS: (
        "Tests are identical.",
        "The same input twice costs time and finds nothing more: one of them was probably meant to be another.",
    ),
    FindingKind.CONTRADICTING_TESTS: (
        "Tests with the same input have different expected outputs.",
        "At most one of them can be right, unless the checker takes several answers.",
    ),
    FindingKind.REPEATED_TESTS: (
        "A test is in several groups, or is a sample too.",
        "That is common where each group has to be complete, and where samples are judged as well.",
    ),
    FindingKind.HIDDEN_SAMPLE: (
        "A sample is hidden.",
        "What lies in data/sample is there to be seen.",
    ),
    FindingKind.NO_SAMPLE: (
        "The package has no sample.",
        "Whoever solves the problem sees no example: add one to data/sample.",
    ),
    FindingKind.CARRIAGE_RETURN: (
        "Test data has carriage returns.",
        "Programs that read lines find a character at their ends that is in no statement: write LF only.",
    ),
    FindingKind.NO_FINAL_NEWLINE: (
        "Test data does not end in a newline.",
        "Programs that read lines may miss the last one: end the file with a newline.",
    ),
    FindingKind.NO_INPUT_VALIDATOR: (
        "The package has no input validator.",
        "Add one to input_validators: a program that ends with exit status 42 for inputs as the statement says.",
    ),
}


def _finding(kind: FindingKind) -> Rule:
    short, text = _FINDINGS[kind]
    level = "error" if kind is FindingKind.NO_ACCEPTED_SOLUTION else "note" if kind.note else "warning"
    return Rule(kind.value.replace("_", "-"), level, short, text)


class Rules:
    """All of them, in the order in which a report lists them."""

    expectation = Rule(
        "unmet-expectation",
        "error",
        "A reference solution does not do what its place in the package promises.",
        "Either the solution, the tests, the limits or the expectation is wrong.",
    )
    failure = Rule(
        "not-judged",
        "error",
        "Something could not be judged.",
        "The sandbox failed, or a program of the package that judges did: an output validator or an interactor.",
    )
    expected_output = Rule(
        "expected-output",
        "error",
        "The problem's own checker refuses a test's expected output.",
        "The answer file, or the output validator, is wrong.",
    )
    input = Rule(
        "invalid-input",
        "error",
        "An input validator refuses a test's input.",
        "The input, or the validator, is wrong: it accepts by exit status 42.",
    )
    unsupported = Rule(
        "unsupported",
        "error",
        "The package needs what is not judged.",
        "It was not verified at all.",
    )
    reading = Rule(
        "package-format",
        "warning",
        "Something was assumed, or left out, when the package was read.",
        "Say in the package what was assumed, or take out what is ignored.",
    )
    mutant = Rule(
        "surviving-mutant",
        "note",
        "A small mistake in an accepted solution is noticed by no test.",
        "Add a test that tells the mutant from the solution, unless both do the same for every valid input.",
    )
    findings = tuple(_finding(kind) for kind in FindingKind)

    def __iter__(self) -> Iterator[Rule]:
        own = (self.expectation, self.failure, self.expected_output, self.input, self.unsupported, self.reading)
        yield from (*own, *self.findings, self.mutant)


RULES: Final = Rules()


def finding_rule(kind: FindingKind) -> Rule:
    """The rule of a kind of finding."""
    return RULES.findings[list(FindingKind).index(kind)]
