"""Who may see a job, and who may stop it. For everybody else it does not exist."""

from __future__ import annotations

from api.caller import Caller
from api.database import Work
from api.enums import RoomStatus
from api.errors import BatchNotFoundError, JobNotFoundError, SubmissionNotFoundError
from api.execution.models import Batch, Run, Submission
from api.execution.repository import find_batch, find_run, find_submission
from api.permissions import RoomCapability
from api.rooms.access import Access
from api.rooms.models import Participant, Room
from api.services import Services


async def visible_run(work: Work, services: Services, job_id: str, caller: Caller) -> Run:
    """Raises :class:`JobNotFoundError`, also when its result is kept no longer."""
    run = await find_run(work.session, job_id)
    if run is None or not await _may_see(work, run.user_id, run.room_id, caller):
        raise JobNotFoundError
    if run.completed_at is not None and run.completed_at + services.retention <= work.now:
        raise JobNotFoundError
    return run


async def visible_submission(work: Work, submission_id: str, caller: Caller) -> Submission:
    """Raises :class:`SubmissionNotFoundError`."""
    submission = await find_submission(work.session, submission_id)
    if submission is None or not await _may_see(work, submission.user_id, submission.room_id, caller):
        raise SubmissionNotFoundError
    return submission


async def visible_batch(work: Work, services: Services, batch_id: str, caller: Caller) -> Batch:
    """Raises :class:`BatchNotFoundError`, also when its results are kept no longer."""
    batch = await find_batch(work.session, batch_id)
    if batch is None or not (caller.admin or batch.user_id == caller.user_id):
        raise BatchNotFoundError
    if batch.completed_at is not None and batch.completed_at + services.retention <= work.now:
        raise BatchNotFoundError
    return batch


async def may_stop(work: Work, owner_id: str, room_id: str | None, caller: Caller) -> bool:
    """Whether the caller may cancel a job they can see: its owner, the room's host, an admin."""
    if caller.admin or caller.user_id == owner_id:
        return True
    room = await work.session.get(Room, room_id) if room_id is not None else None
    return room is not None and room.host_id == caller.user_id


async def _may_see(work: Work, owner_id: str, room_id: str | None, caller: Caller) -> bool:
    """Its owner, admins, active members of its room who may see code; any member once the room is finished."""
    if caller.admin or caller.user_id == owner_id:
        return True
    if room_id is None:
        return False
    room = await work.session.get(Room, room_id)
    participant = await work.session.get(Participant, (room_id, caller.user_id))
    if room is None or participant is None or participant.removed_at is not None:
        return False
    if room.status == RoomStatus.FINISHED.value:
        return True
    return participant.is_active and RoomCapability.CODE_VIEW in Access(room, participant).capabilities
