"""Programs, problems and what belongs to them as JSON and back, for whatever job they are part of."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from judge import (
    PACKAGED,
    SUBMITTED,
    Aggregation,
    Checker,
    CheckerType,
    Custom,
    Data,
    Exact,
    Expectation,
    Float,
    Group,
    InputValidator,
    JudgeProgram,
    LanguageLimits,
    Problem,
    ProblemLimits,
    Scoring,
    Source,
    Submission,
    TestCase,
    TimeRole,
    Tokens,
    Trimmed,
    UnorderedLines,
    Verdict,
)
from languages import CompileOptions, Language, Optimization
from runner.depot import Deposit, Fetch
from runner.errors import EnvelopeError
from runner.record import in_order

Json = dict[str, Any]
FindLanguage = Callable[[str], Language]

_CHECKERS: Final[Mapping[str, type[Checker]]] = {
    kind.type.value: kind for kind in (Trimmed, Exact, Tokens, Float, UnorderedLines)
}
_ELSEWHERE: Final = "elsewhere"
_RULES: Final = {"submitted": SUBMITTED, "packaged": PACKAGED}


def encode_source(source: Source) -> Json:
    """A program as JSON."""
    options = source.options
    return {
        "language": source.language.id,
        "entrypoint": source.entrypoint,
        "files": _encode_files(source.files),
        "optimization": options.optimization.value,
        "standard": options.standard,
        "warnings": options.warnings,
        "flags": list(options.flags),
        "rules": next(name for name, rules in _RULES.items() if rules == source.rules),
    }


def decode_source(source: Json, find_language: FindLanguage) -> Source:
    """The program. Raises :class:`judge.SourceError`, and whatever a language that is not known raises."""
    return Source(
        find_language(source["language"]),
        _decode_files(source["files"]),
        source["entrypoint"],
        CompileOptions(
            Optimization(source["optimization"]), source["standard"], source["warnings"], tuple(source["flags"])
        ),
        _RULES[source["rules"]],
    )


def encode_solution(solution: Submission) -> Json:
    """A reference solution as JSON."""
    return {
        "path": solution.path,
        "directory": solution.directory,
        "source": encode_source(solution.source),
        "expectation": _encode_expectation(solution.expectation),
        "model": solution.model,
        "timeRole": solution.time_role.value,
    }


def decode_solution(solution: Json, find_language: FindLanguage) -> Submission:
    """The reference solution."""
    return Submission(
        solution["path"],
        solution["directory"],
        decode_source(solution["source"], find_language),
        _decode_expectation(solution["expectation"]),
        solution["model"],
        TimeRole(solution["timeRole"]),
    )


def _encode_expectation(expectation: Expectation) -> Json:
    return {
        "permitted": in_order(expectation.permitted),
        "required": in_order(expectation.required),
        "score": None if expectation.score is None else list(expectation.score),
        "groups": {name: _encode_expectation(group) for name, group in expectation.groups.items()},
        "message": expectation.message,
    }


def _decode_expectation(expectation: Json) -> Expectation:
    score = expectation["score"]
    return Expectation(
        frozenset(map(Verdict, expectation["permitted"])),
        frozenset(map(Verdict, expectation["required"])),
        None if score is None else (score[0], score[1]),
        {name: _decode_expectation(group) for name, group in expectation["groups"].items()},
        expectation["message"],
    )


def encode_input_validator(validator: InputValidator) -> Json:
    """An input validator as JSON."""
    return {
        "path": validator.path,
        "program": _encode_judge_program(validator.program),
        "args": [{"group": group, "args": list(args)} for group, args in validator.args.items()],
    }


def decode_input_validator(validator: Json, find_language: FindLanguage) -> InputValidator:
    """The input validator."""
    return InputValidator(
        validator["path"],
        _decode_judge_program(validator["program"], find_language),
        {each["group"]: tuple(each["args"]) for each in validator["args"]},
    )


def _encode_judge_program(program: JudgeProgram) -> Json:
    return {"source": encode_source(program.source), "cpuMs": program.cpu_ms, "memoryMib": program.memory_mib}


def _decode_judge_program(program: Json, find_language: FindLanguage) -> JudgeProgram:
    return JudgeProgram(decode_source(program["source"], find_language), program["cpuMs"], program["memoryMib"])


def encode_problem(problem: Problem, deposit: Deposit | None) -> Json:
    """A problem as JSON. ``deposit``: has data of tests elsewhere that the job then only names."""
    limits = problem.limits
    return {
        "cases": [_encode_case(case, deposit) for case in problem.cases],
        "checker": _encode_problem_checker(problem.checker),
        "interactor": None if problem.interactor is None else _encode_judge_program(problem.interactor),
        "includes": {language: _encode_files(files) for language, files in problem.includes.items()},
        "stopOnFirstFailure": problem.stop_on_first_failure,
        "scoring": None if problem.scoring is None else asdict(problem.scoring),
        "cpuMs": limits.cpu_ms,
        "memoryMib": limits.memory_mib,
        "outputMib": limits.output_mib,
        "languages": {name: asdict(own) for name, own in limits.languages.items()},
    }


def decode_problem(problem: Json, find_language: FindLanguage, fetch: Fetch | None) -> Problem:
    """The problem. ``fetch``: gives data that it only names."""
    interactor = problem["interactor"]
    return Problem(
        tuple(_decode_case(case, fetch) for case in problem["cases"]),
        _decode_problem_checker(problem["checker"], find_language),
        ProblemLimits(
            cpu_ms=problem["cpuMs"],
            memory_mib=problem["memoryMib"],
            output_mib=problem["outputMib"],
            languages={name: LanguageLimits(**own) for name, own in problem["languages"].items()},
        ),
        interactor=None if interactor is None else _decode_judge_program(interactor, find_language),
        includes={language: _decode_files(files) for language, files in problem["includes"].items()},
        stop_on_first_failure=problem["stopOnFirstFailure"],
        scoring=None if problem["scoring"] is None else _decode_scoring(problem["scoring"]),
    )


def _decode_scoring(scoring: Json) -> Scoring:
    groups = (
        Group(group["name"], group["points"], Aggregation(group["aggregation"]), tuple(group["requires"]))
        for group in scoring["groups"]
    )
    return Scoring(scoring["max_score"], tuple(groups))


def _encode_case(case: TestCase, deposit: Deposit | None) -> Json:
    return {
        "name": case.name,
        "input": _encode_data(case.input, deposit),
        "expected": _encode_data(case.expected, deposit),
        "sample": case.sample,
        "group": case.group,
        "cpuMs": case.cpu_ms,
        "memoryMib": case.memory_mib,
        "args": list(case.args),
        "checker": None if case.checker is None else encode_checker(case.checker),
        "weight": case.weight,
        "checkerArgs": list(case.checker_args),
    }


def _decode_case(case: Json, fetch: Fetch | None) -> TestCase:
    return TestCase(
        name=case["name"],
        input=_decode_data(case["input"], fetch),
        expected=_decode_data(case["expected"], fetch),
        sample=case["sample"],
        group=case["group"],
        cpu_ms=case["cpuMs"],
        memory_mib=case["memoryMib"],
        args=tuple(case["args"]),
        checker=None if case["checker"] is None else decode_checker(case["checker"]),
        weight=case["weight"],
        checker_args=tuple(case["checkerArgs"]),
    )


def encode_checker(checker: Checker) -> Json:
    """A built-in checker as JSON."""
    return {"type": checker.type.value, **asdict(checker)}


def decode_checker(checker: Json) -> Checker:
    """The built-in checker."""
    options = dict(checker)
    return _CHECKERS[CheckerType(options.pop("type")).value](**options)


def _encode_problem_checker(checker: Checker | Custom) -> Json:
    if isinstance(checker, Custom):
        return {"type": checker.type, "program": _encode_judge_program(checker.program), "args": list(checker.args)}
    return encode_checker(checker)


def _decode_problem_checker(checker: Json, find_language: FindLanguage) -> Checker | Custom:
    if checker["type"] == Custom.type:
        return Custom(_decode_judge_program(checker["program"], find_language), tuple(checker["args"]))
    return decode_checker(checker)


def _encode_files(files: Mapping[str, bytes]) -> Json:
    return {path: encode_bytes(content) for path, content in files.items()}


def _decode_files(files: Json) -> dict[str, bytes]:
    return {path: decode_bytes(content) for path, content in files.items()}


def _encode_data(data: Data, deposit: Deposit | None) -> str | Json:
    name = None if deposit is None else deposit(data)
    return encode_bytes(data.read()) if name is None else {_ELSEWHERE: name}


def _decode_data(content: str | Json, fetch: Fetch | None) -> Data:
    if isinstance(content, str) or _ELSEWHERE not in content:
        return Data(decode_bytes(content))
    if fetch is None:
        raise EnvelopeError("its tests' data lie elsewhere, and nobody has said where")
    return fetch(content[_ELSEWHERE])


def encode_bytes(content: bytes) -> str | Json:
    """Text where it is text, which most is; else base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def decode_bytes(content: str | Json) -> bytes:
    """The bytes."""
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"], validate=True)
