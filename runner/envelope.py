"""A job as JSON and back: versioned, self-contained, the same through a file, a database or a broker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from judge.validation import Authored
from runner.codec import (
    FindLanguage,
    Json,
    decode_bytes,
    decode_checker,
    decode_input_validator,
    decode_problem,
    decode_solution,
    decode_source,
    encode_bytes,
    encode_checker,
    encode_input_validator,
    encode_problem,
    encode_solution,
    encode_source,
)
from runner.depot import Deposit, Fetch
from runner.errors import DepotError, EnvelopeError, EnvelopeVersionError
from runner.execution import RunRequest
from runner.jobs import BatchInput, BatchTask, Job, JobKind, RunTask, SubmissionTask, Task, ValidationTask
from runner.record import Encoding

VERSION: Final = 1


def encode(job: Job, *, deposit: Deposit | None = None) -> Json:
    """The job as JSON. ``deposit``: has data of tests elsewhere that the job then only names."""
    return {
        "version": VERSION,
        "id": job.id,
        "kind": job.kind.value,
        "owner": job.owner,
        "createdAt": job.created_at.isoformat(),
        "task": _encode_task(job.task, deposit),
    }


def decode(envelope: object, find_language: FindLanguage, *, fetch: Fetch | None = None) -> Job:
    """The job. ``fetch``: gives data that it only names.

    Raises :class:`EnvelopeVersionError`, :class:`EnvelopeError` for what cannot be a job on this host, and
    :class:`DepotError` when data cannot be had.
    """
    if not isinstance(envelope, Mapping):
        raise EnvelopeError("no job at all")
    version = envelope.get("version")
    if version != VERSION:
        raise EnvelopeVersionError(f"a job of version {version!r}; this worker knows version {VERSION}")
    try:
        return Job(
            id=envelope["id"],
            owner=envelope["owner"],
            created_at=datetime.fromisoformat(envelope["createdAt"]),
            task=_decode_task(JobKind(envelope["kind"]), envelope["task"], find_language, fetch=fetch),
        )
    except DepotError:
        raise
    except Exception as error:  # whatever is wrong with it, it is no job here
        raise EnvelopeError(f"no job that can be done here: {error}") from error


def _encode_task(task: Task, deposit: Deposit | None) -> Json:
    match task:
        case RunTask(request, encoding):
            return {
                "source": encode_source(request.source),
                "stdin": encode_bytes(request.stdin),
                "args": list(request.args),
                "wallMs": request.wall_ms,
                "cpuMs": request.cpu_ms,
                "memoryMib": request.memory_mib,
                "cache": request.cache,
                "encoding": encoding.value,
            }
        case BatchTask():
            return {
                "source": encode_source(task.source),
                "inputs": [_encode_input(item) for item in task.inputs],
                "wallMs": task.wall_ms,
                "cpuMs": task.cpu_ms,
                "memoryMib": task.memory_mib,
                "checker": encode_checker(task.checker),
                "stopOnFirstFailure": task.stop_on_first_failure,
                "encoding": task.encoding.value,
            }
        case SubmissionTask(source, problem, descriptions):
            return {
                "source": encode_source(source),
                "problem": encode_problem(problem, deposit),
                "descriptions": list(descriptions),
            }
        case ValidationTask(authored, repeat, chosen, ids):
            return {
                "problem": encode_problem(authored.problem, deposit),
                "solutions": [encode_solution(solution) for solution in authored.solutions],
                "inputValidators": [encode_input_validator(validator) for validator in authored.input_validators],
                "repeat": repeat,
                "chosen": None if chosen is None else list(chosen),
                "ids": dict(ids),
            }


def _decode_task(kind: JobKind, task: Json, find_language: FindLanguage, *, fetch: Fetch | None) -> Task:
    match kind:
        case JobKind.RUN:
            request = RunRequest(
                decode_source(task["source"], find_language),
                stdin=decode_bytes(task["stdin"]),
                args=tuple(task["args"]),
                wall_ms=task["wallMs"],
                cpu_ms=task["cpuMs"],
                memory_mib=task["memoryMib"],
                cache=task["cache"],
            )
            return RunTask(request, Encoding(task["encoding"]))
        case JobKind.BATCH:
            return BatchTask(
                decode_source(task["source"], find_language),
                tuple(_decode_input(item) for item in task["inputs"]),
                wall_ms=task["wallMs"],
                cpu_ms=task["cpuMs"],
                memory_mib=task["memoryMib"],
                checker=decode_checker(task["checker"]),
                stop_on_first_failure=task["stopOnFirstFailure"],
                encoding=Encoding(task["encoding"]),
            )
        case JobKind.SUBMISSION:
            source = decode_source(task["source"], find_language)
            problem = decode_problem(task["problem"], find_language, fetch)
            return SubmissionTask(source, problem, tuple(task["descriptions"]))
        case JobKind.VALIDATION:
            authored = Authored(
                decode_problem(task["problem"], find_language, fetch),
                tuple(decode_solution(solution, find_language) for solution in task["solutions"]),
                tuple(decode_input_validator(each, find_language) for each in task["inputValidators"]),
            )
            chosen = task["chosen"]
            return ValidationTask(authored, task["repeat"], None if chosen is None else tuple(chosen), task["ids"])


def _encode_input(item: BatchInput) -> Json:
    return {
        "id": item.id,
        "stdin": encode_bytes(item.stdin),
        "args": list(item.args),
        "expected": None if item.expected is None else encode_bytes(item.expected),
    }


def _decode_input(item: Json) -> BatchInput:
    expected = item["expected"]
    return BatchInput(
        item["id"],
        decode_bytes(item["stdin"]),
        tuple(item["args"]),
        None if expected is None else decode_bytes(expected),
    )
