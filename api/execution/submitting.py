"""From a request to a job that is accepted."""

from __future__ import annotations

from datetime import datetime

from api.caller import Caller
from api.database import Work, new_id
from api.enums import JobStatus, RoomStatus, SessionEventType, SnapshotTrigger, SubmissionStatus
from api.errors import (
    EditorLockedError,
    NoTestCasesError,
    ProblemNotFoundError,
    ValidationFailedError,
)
from api.execution.admission import admit
from api.execution.models import Batch, Run, Submission
from api.execution.programs import ProgramBody, check_available, read_source
from api.execution.schemas import (
    BatchAccepted,
    BatchBody,
    LimitedProgram,
    RunAccepted,
    RunBody,
    SubmissionAccepted,
    SubmitBody,
)
from api.permissions import RoomCapability
from api.problems.case_files import read_tests
from api.problems.judging import built_in_checker, judge_problem
from api.problems.models import Problem
from api.problems.programs import own_programs, require_judges
from api.rooms.access import Access, write_room
from api.rooms.models import Room
from api.services import Services
from api.sessions.record import record_event, record_snapshot
from api.webhooks.choosing import check_webhook
from judge import Source, Trimmed
from runner import RequestError, RunRequest
from runner.jobs import BatchInput, BatchTask, Job, RunTask, SubmissionTask
from runner.record import Encoding


async def run_in_room(work: Work, services: Services, caller: Caller, body: RunBody, *, room_id: str) -> RunAccepted:
    """Accept a run in a room."""
    task = _run_task(body, services)
    access = await _enter(work, services, caller, body, room_id=room_id, capability=RoomCapability.CODE_RUN)
    _require_unlocked(access.room)
    check_available(body, services.catalog)
    accepted = await _accept_run(work, services, caller, task, room=access.room, webhook_id=body.webhook_id)
    details = {"jobId": accepted.job_id, "language": body.language.value}
    await record_event(work, room_id, SessionEventType.CODE_RUN, user_id=caller.user_id, details=details)
    return accepted


async def run_alone(work: Work, services: Services, caller: Caller, body: RunBody) -> RunAccepted:
    """Accept a run that belongs to nobody's room."""
    task = _run_task(body, services)
    await check_webhook(work, caller, body.webhook_id)
    check_available(body, services.catalog)
    return await _accept_run(work, services, caller, task, room=None, webhook_id=body.webhook_id)


async def submit_in_room(
    work: Work, services: Services, caller: Caller, body: SubmitBody, *, room_id: str
) -> SubmissionAccepted:
    """Accept a submission to the problem of a room."""
    source = read_source(body, services.catalog)
    access = await _enter(work, services, caller, body, room_id=room_id, capability=RoomCapability.CODE_SUBMIT)
    problem = await _problem_of(work, access.room)
    _require_unlocked(access.room)
    check_available(body, services.catalog, allowed=problem.allowed_languages)
    tests = await read_tests(work, problem, services.settings.tests)
    cases = tests.cases
    if not cases:
        raise NoTestCasesError
    require_judges(own_programs(problem.checker, problem.interactor), services.catalog)
    submission = Submission(
        id=new_id(),
        user_id=caller.user_id,
        room_id=room_id,
        problem_id=problem.id,
        language=source.language.id,
        language_version=source.language.version.id,
        code=body.code.encode(),
        status=SubmissionStatus.PENDING.value,
        total=len(cases),
        submitted_at=work.now,
    )
    work.session.add(submission)
    await work.session.flush()
    judged = judge_problem(problem, cases, languages=services.catalog.languages, data=tests.data)
    task = SubmissionTask(source, judged, tuple(case.description for case in cases))
    job = Job(submission.id, caller.user_id, work.now, task)
    await admit(work, services, caller, job, tests_id=tests.tests_id, webhook_id=body.webhook_id)
    await record_snapshot(
        work,
        room_id,
        SnapshotTrigger.SUBMISSION,
        language=source.language.id,
        code=body.code,
        phase=RoomStatus(access.room.status),
    )
    details = {"submissionId": submission.id, "language": source.language.id}
    await record_event(work, room_id, SessionEventType.CODE_SUBMITTED, user_id=caller.user_id, details=details)
    return SubmissionAccepted(
        submission_id=submission.id,
        static_analysis_job_id=None,
        status=SubmissionStatus.PENDING,
        total_test_cases=len(cases),
    )


async def run_batch(work: Work, services: Services, caller: Caller, body: BatchBody) -> BatchAccepted:
    """Accept a batch."""
    task = _batch_task(body, services)
    await check_webhook(work, caller, body.webhook_id)
    check_available(body, services.catalog)
    batch = Batch(
        id=new_id(), user_id=caller.user_id, status=JobStatus.QUEUED.value, total=len(task.inputs), created_at=work.now
    )
    work.session.add(batch)
    await work.session.flush()
    for index, item in enumerate(task.inputs):
        run = _run_row(item.id, task.source, caller, at=work.now)
        run.batch_id, run.batch_index = batch.id, index
        work.session.add(run)
    job = Job(batch.id, caller.user_id, work.now, task)
    await admit(work, services, caller, job, webhook_id=body.webhook_id)
    return BatchAccepted(batch_id=batch.id, job_ids=[item.id for item in task.inputs])


async def _accept_run(
    work: Work, services: Services, caller: Caller, task: RunTask, *, room: Room | None, webhook_id: str | None
) -> RunAccepted:
    row = _run_row(new_id(), task.request.source, caller, at=work.now)
    row.room_id = room.id if room else None
    work.session.add(row)
    await admit(work, services, caller, Job(row.id, caller.user_id, work.now, task), webhook_id=webhook_id)
    return RunAccepted(job_id=row.id, static_analysis_job_id=None, status=JobStatus.QUEUED, queued_at=work.now)


async def _enter(
    work: Work, services: Services, caller: Caller, body: ProgramBody, *, room_id: str, capability: RoomCapability
) -> Access:
    """Raises the errors of rooms and ``WebhookNotFoundError``."""
    access = await write_room(work, services, room_id, caller, capability=capability)
    await check_webhook(work, caller, body.webhook_id)
    return access


def _require_unlocked(room: Room) -> None:
    """Raises :class:`EditorLockedError`."""
    if room.editor_locked:
        raise EditorLockedError


async def _problem_of(work: Work, room: Room) -> Problem:
    """The room's problem, which stays usable for it when it is withdrawn. Raises :class:`ProblemNotFoundError`."""
    problem = await work.session.get(Problem, room.problem_id) if room.problem_id is not None else None
    if problem is None or problem.deleted_at is not None:
        raise ProblemNotFoundError("The room has no problem")
    return problem


def _run_task(body: RunBody, services: Services) -> RunTask:
    source = read_source(body, services.catalog)
    request = _request(source, body, stdin=body.stdin, args=body.args)
    return RunTask(request, Encoding(body.output_encoding.value))


def _batch_task(body: BatchBody, services: Services) -> BatchTask:
    source = read_source(body, services.catalog)
    checker = (
        Trimmed()
        if "checker" not in body.model_fields_set
        else built_in_checker(
            body.checker.type.value, body.checker.options.model_dump(by_alias=True, exclude_unset=True)
        )
    )
    for item in body.inputs:
        _request(source, body, stdin=item.stdin, args=item.args)  # raises for what no run could have
    return BatchTask(
        source,
        tuple(
            BatchInput(
                new_id(),
                item.stdin.encode(),
                tuple(item.args),
                item.expected_output.encode() if "expected_output" in item.model_fields_set else None,
            )
            for item in body.inputs
        ),
        wall_ms=body.timeout_ms,
        cpu_ms=body.cpu_time_ms,
        memory_mib=body.memory_mb,
        checker=checker,
        stop_on_first_failure=body.stop_on_first_failure,
        encoding=Encoding(body.output_encoding.value),
    )


def _request(source: Source, body: LimitedProgram, *, stdin: str, args: list[str]) -> RunRequest:
    try:
        return RunRequest(
            source,
            stdin=stdin.encode(),
            args=tuple(args),
            wall_ms=body.timeout_ms,
            cpu_ms=body.cpu_time_ms,
            memory_mib=body.memory_mb,
        )
    except RequestError as error:
        raise ValidationFailedError.of("body", str(error)) from error


def _run_row(id_: str, source: Source, caller: Caller, *, at: datetime) -> Run:
    return Run(
        id=id_,
        user_id=caller.user_id,
        language=source.language.id,
        language_version=source.language.version.id,
        code=source.files[source.entrypoint],
        status=JobStatus.QUEUED.value,
        queued_at=at,
    )
