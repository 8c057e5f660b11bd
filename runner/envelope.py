"""A job as JSON and back: versioned, self-contained, the same through a file, a database or a broker."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
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
from judge.validation import Authored
from languages import CompileOptions, Language, Optimization
from runner.errors import EnvelopeError
from runner.execution import RunRequest
from runner.jobs import BatchInput, BatchTask, Job, JobKind, RunTask, SubmissionTask, Task, ValidationTask
from runner.record import Encoding, in_order

Json = dict[str, Any]
FindLanguage = Callable[[str], Language]

VERSION: Final = 1
_CHECKERS: Final[Mapping[str, type[Checker]]] = {
    kind.type.value: kind for kind in (Trimmed, Exact, Tokens, Float, UnorderedLines)
}
_SHARED: Final = "shared"
_RULES: Final = {"submitted": SUBMITTED, "packaged": PACKAGED}


def encode(job: Job, *, shared: Path | None = None) -> Json:
    """The job as JSON. ``shared``: a directory whose files are named, not copied, where tests' data lie in it."""
    return {
        "version": VERSION,
        "id": job.id,
        "kind": job.kind.value,
        "owner": job.owner,
        "createdAt": job.created_at.isoformat(),
        "task": _encode_task(job.task, shared),
    }


def decode(envelope: object, find_language: FindLanguage, *, shared: Path | None = None) -> Job:
    """The job. ``shared``: the directory of the files that it names; they need not be there yet.

    Raises :class:`EnvelopeError` for another version, and for what cannot be a job on this host.
    """
    if not isinstance(envelope, Mapping):
        raise EnvelopeError("no job at all")
    version = envelope.get("version")
    if version != VERSION:
        raise EnvelopeError(f"a job of version {version!r}; this worker knows version {VERSION}")
    try:
        return Job(
            id=envelope["id"],
            owner=envelope["owner"],
            created_at=datetime.fromisoformat(envelope["createdAt"]),
            task=_decode_task(JobKind(envelope["kind"]), envelope["task"], find_language, shared=shared),
        )
    except Exception as error:  # whatever is wrong with it, it is no job here
        raise EnvelopeError(f"no job that can be done here: {error}") from error


def _encode_task(task: Task, shared: Path | None) -> Json:
    match task:
        case RunTask(request, encoding):
            return {
                "source": _encode_source(request.source),
                "stdin": _encode_bytes(request.stdin),
                "args": list(request.args),
                "wallMs": request.wall_ms,
                "cpuMs": request.cpu_ms,
                "memoryMib": request.memory_mib,
                "cache": request.cache,
                "encoding": encoding.value,
            }
        case BatchTask():
            return {
                "source": _encode_source(task.source),
                "inputs": [_encode_input(item) for item in task.inputs],
                "wallMs": task.wall_ms,
                "cpuMs": task.cpu_ms,
                "memoryMib": task.memory_mib,
                "checker": _encode_checker(task.checker),
                "stopOnFirstFailure": task.stop_on_first_failure,
                "encoding": task.encoding.value,
            }
        case SubmissionTask(source, problem, descriptions):
            return {
                "source": _encode_source(source),
                "problem": _encode_problem(problem, shared),
                "descriptions": list(descriptions),
            }
        case ValidationTask(authored, repeat, chosen, ids):
            return {
                "problem": _encode_problem(authored.problem, shared),
                "solutions": [_encode_solution(solution) for solution in authored.solutions],
                "inputValidators": [_encode_input_validator(validator) for validator in authored.input_validators],
                "repeat": repeat,
                "chosen": None if chosen is None else list(chosen),
                "ids": dict(ids),
            }


def _decode_task(kind: JobKind, task: Json, find_language: FindLanguage, *, shared: Path | None) -> Task:
    match kind:
        case JobKind.RUN:
            request = RunRequest(
                _decode_source(task["source"], find_language),
                stdin=_decode_bytes(task["stdin"]),
                args=tuple(task["args"]),
                wall_ms=task["wallMs"],
                cpu_ms=task["cpuMs"],
                memory_mib=task["memoryMib"],
                cache=task["cache"],
            )
            return RunTask(request, Encoding(task["encoding"]))
        case JobKind.BATCH:
            return BatchTask(
                _decode_source(task["source"], find_language),
                tuple(_decode_input(item) for item in task["inputs"]),
                wall_ms=task["wallMs"],
                cpu_ms=task["cpuMs"],
                memory_mib=task["memoryMib"],
                checker=_decode_checker(task["checker"]),
                stop_on_first_failure=task["stopOnFirstFailure"],
                encoding=Encoding(task["encoding"]),
            )
        case JobKind.SUBMISSION:
            source = _decode_source(task["source"], find_language)
            problem = _decode_problem(task["problem"], find_language, shared)
            return SubmissionTask(source, problem, tuple(task["descriptions"]))
        case JobKind.VALIDATION:
            authored = Authored(
                _decode_problem(task["problem"], find_language, shared),
                tuple(_decode_solution(solution, find_language) for solution in task["solutions"]),
                tuple(_decode_input_validator(each, find_language) for each in task["inputValidators"]),
            )
            chosen = task["chosen"]
            return ValidationTask(authored, task["repeat"], None if chosen is None else tuple(chosen), task["ids"])


def _encode_source(source: Source) -> Json:
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


def _decode_source(source: Json, find_language: FindLanguage) -> Source:
    return Source(
        find_language(source["language"]),
        _decode_files(source["files"]),
        source["entrypoint"],
        CompileOptions(
            Optimization(source["optimization"]), source["standard"], source["warnings"], tuple(source["flags"])
        ),
        _RULES[source["rules"]],
    )


def _encode_solution(solution: Submission) -> Json:
    return {
        "path": solution.path,
        "directory": solution.directory,
        "source": _encode_source(solution.source),
        "expectation": _encode_expectation(solution.expectation),
        "model": solution.model,
        "timeRole": solution.time_role.value,
    }


def _decode_solution(solution: Json, find_language: FindLanguage) -> Submission:
    return Submission(
        solution["path"],
        solution["directory"],
        _decode_source(solution["source"], find_language),
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


def _encode_input_validator(validator: InputValidator) -> Json:
    return {
        "path": validator.path,
        "program": _encode_judge_program(validator.program),
        "args": [{"group": group, "args": list(args)} for group, args in validator.args.items()],
    }


def _decode_input_validator(validator: Json, find_language: FindLanguage) -> InputValidator:
    return InputValidator(
        validator["path"],
        _decode_judge_program(validator["program"], find_language),
        {each["group"]: tuple(each["args"]) for each in validator["args"]},
    )


def _encode_judge_program(program: JudgeProgram) -> Json:
    return {"source": _encode_source(program.source), "cpuMs": program.cpu_ms, "memoryMib": program.memory_mib}


def _decode_judge_program(program: Json, find_language: FindLanguage) -> JudgeProgram:
    return JudgeProgram(_decode_source(program["source"], find_language), program["cpuMs"], program["memoryMib"])


def _encode_input(item: BatchInput) -> Json:
    return {
        "id": item.id,
        "stdin": _encode_bytes(item.stdin),
        "args": list(item.args),
        "expected": None if item.expected is None else _encode_bytes(item.expected),
    }


def _decode_input(item: Json) -> BatchInput:
    expected = item["expected"]
    return BatchInput(
        item["id"],
        _decode_bytes(item["stdin"]),
        tuple(item["args"]),
        None if expected is None else _decode_bytes(expected),
    )


def _encode_problem(problem: Problem, shared: Path | None) -> Json:
    limits = problem.limits
    return {
        "cases": [_encode_case(case, shared) for case in problem.cases],
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


def _decode_problem(problem: Json, find_language: FindLanguage, shared: Path | None) -> Problem:
    interactor = problem["interactor"]
    return Problem(
        tuple(_decode_case(case, shared) for case in problem["cases"]),
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


def _encode_case(case: TestCase, shared: Path | None) -> Json:
    return {
        "name": case.name,
        "input": _encode_data(case.input, shared),
        "expected": _encode_data(case.expected, shared),
        "sample": case.sample,
        "group": case.group,
        "cpuMs": case.cpu_ms,
        "memoryMib": case.memory_mib,
        "args": list(case.args),
        "checker": None if case.checker is None else _encode_checker(case.checker),
        "weight": case.weight,
        "checkerArgs": list(case.checker_args),
    }


def _decode_case(case: Json, shared: Path | None) -> TestCase:
    return TestCase(
        name=case["name"],
        input=_decode_data(case["input"], shared),
        expected=_decode_data(case["expected"], shared),
        sample=case["sample"],
        group=case["group"],
        cpu_ms=case["cpuMs"],
        memory_mib=case["memoryMib"],
        args=tuple(case["args"]),
        checker=None if case["checker"] is None else _decode_checker(case["checker"]),
        weight=case["weight"],
        checker_args=tuple(case["checkerArgs"]),
    )


def _encode_checker(checker: Checker) -> Json:
    return {"type": checker.type.value, **asdict(checker)}


def _decode_checker(checker: Json) -> Checker:
    options = dict(checker)
    return _CHECKERS[CheckerType(options.pop("type")).value](**options)


def _encode_problem_checker(checker: Checker | Custom) -> Json:
    if isinstance(checker, Custom):
        return {"type": checker.type, "program": _encode_judge_program(checker.program), "args": list(checker.args)}
    return _encode_checker(checker)


def _decode_problem_checker(checker: Json, find_language: FindLanguage) -> Checker | Custom:
    if checker["type"] == Custom.type:
        return Custom(_decode_judge_program(checker["program"], find_language), tuple(checker["args"]))
    return _decode_checker(checker)


def _encode_files(files: Mapping[str, bytes]) -> Json:
    return {path: _encode_bytes(content) for path, content in files.items()}


def _decode_files(files: Json) -> dict[str, bytes]:
    return {path: _decode_bytes(content) for path, content in files.items()}


def _encode_data(data: Data, shared: Path | None) -> str | Json:
    if shared is not None and isinstance(data.source, Path) and data.source.is_relative_to(shared):
        return {_SHARED: data.source.relative_to(shared).as_posix()}
    return _encode_bytes(data.read())


def _decode_data(content: str | Json, shared: Path | None) -> Data:
    if isinstance(content, str) or _SHARED not in content:
        return Data(_decode_bytes(content))
    if shared is None:
        raise EnvelopeError("its tests' data lie in files, and nobody has said where")
    return Data(shared / content[_SHARED])


def _encode_bytes(content: bytes) -> str | Json:
    """Text where it is text, which most is; else base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _decode_bytes(content: str | Json) -> bytes:
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"], validate=True)
