"""How a room is run: its phases, its problem and language, its settings, the editor's lock and the coding timer."""

from __future__ import annotations

from typing import Final

from api.caller import Caller
from api.database import Work
from api.enums import RoomMode, RoomRole, RoomStatus, SessionEventType, SnapshotTrigger, SupportedLanguage
from api.errors import (
    EditorNotLockedError,
    InvalidTransitionError,
    NotParticipantError,
    NotReadyError,
    RoleConstraintError,
    ValidationFailedError,
)
from api.permissions import RoomCapability
from api.problems.access import find_problem
from api.rooms import timer
from api.rooms.access import Access, write_as_member, write_room
from api.rooms.codes import give_code
from api.rooms.lifecycle import expire_swaps, finish_room
from api.rooms.models import Room
from api.rooms.repository import active_participants
from api.rooms.requests import RoomConfigIn, UpdateSettings
from api.rooms.schemas import EditorLocked, EditorUnlocked, PhaseChanged, RoomDetail, TimerChanged
from api.rooms.views import room_detail
from api.services import Services
from api.sessions.course import begin_session, follow_choices
from api.sessions.record import record_event, repeat_snapshot, session_of

_NEXT: Final = {
    RoomStatus.WAITING: RoomStatus.WARMUP,
    RoomStatus.WARMUP: RoomStatus.CODING,
    RoomStatus.CODING: RoomStatus.WRAPUP,
    RoomStatus.WRAPUP: RoomStatus.FINISHED,
}
_NEEDED: Final = {
    RoomMode.PEER: frozenset({RoomRole.INTERVIEWER, RoomRole.CANDIDATE}),
    RoomMode.AI: frozenset({RoomRole.CANDIDATE}),
}
_MINUTE_MS: Final = 60_000


async def transition(
    work: Work, services: Services, room_id: str, caller: Caller, *, target: RoomStatus
) -> PhaseChanged:
    """Go on to another phase (API.md 2). A host may finish a room from outside.

    Raises :class:`InvalidTransitionError`, :class:`RoleConstraintError` or :class:`NotReadyError`.
    """
    access = await write_as_member(work, services, room_id, caller)
    room = access.room
    if not access.member.is_active and not (access.host and target is RoomStatus.FINISHED):
        raise NotParticipantError
    access.require(RoomCapability.CHANGE_PHASE)
    previous = RoomStatus(room.status)
    if target not in {_NEXT[previous], RoomStatus.FINISHED}:
        raise InvalidTransitionError(
            f"A room does not go from {previous.value} to {target.value}",
            details={"from": previous.value, "to": target.value},
        )
    if target is RoomStatus.FINISHED:
        await finish_room(work, services, room, by=caller.user_id)
    else:
        await _enter(work, room, target, by=caller.user_id)
    return PhaseChanged(
        room_id=room.id,
        previous_status=previous,
        current_status=target,
        transitioned_at=work.now,
        transitioned_by=caller.user_id,
    )


async def select_problem(
    work: Work, services: Services, room_id: str, caller: Caller, *, problem_id: str | None
) -> RoomDetail:
    """Choose a published problem, or none. The room's own stays choosable when it is withdrawn.

    Raises :class:`api.errors.ProblemNotFoundError`; :class:`InvalidTransitionError` in ``wrapup``.
    """
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.SELECT_PROBLEM)
    room = access.room
    changed = problem_id != room.problem_id
    if changed and problem_id is not None:
        await find_problem(work, problem_id, drafts=False, keep=True)
    if room.status == RoomStatus.WRAPUP:
        raise InvalidTransitionError
    if changed:
        room.problem_id = problem_id
        room.updated_at = work.now
        await follow_choices(work, room)
        details = {"problemId": problem_id}
        await record_event(work, room.id, SessionEventType.PROBLEM_SELECTED, user_id=caller.user_id, details=details)
    return await room_detail(work, services, access)


async def change_language(
    work: Work, services: Services, room_id: str, caller: Caller, *, language: SupportedLanguage
) -> RoomDetail:
    """Write in another language."""
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.CODE_CHANGE_LANGUAGE)
    await _set_language(work, access, language)
    return await room_detail(work, services, access)


async def update_settings(
    work: Work, services: Services, room_id: str, caller: Caller, *, asked: UpdateSettings
) -> RoomDetail:
    """Change what is given.

    Raises :class:`ValidationFailedError` for less room than people, or less time than was used.
    """
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.SETTINGS)
    room, given = access.room, asked.model_fields_set
    changed: dict[str, object] = {}
    if "config" in given:
        changed.update(await _configure(work, room, asked.config))
    if "name" in given:
        room.name = asked.name or None
        changed["name"] = room.name
    if "regenerate_code" in given and asked.regenerate_code:
        await give_code(work, room)
        changed["regenerateCode"] = True
    if changed:
        room.updated_at = work.now
        await record_event(work, room.id, SessionEventType.SETTINGS_CHANGED, user_id=caller.user_id, details=changed)
    if "language" in given:
        await _set_language(work, access, asked.language)
    return await room_detail(work, services, access)


async def lock_editor(work: Work, services: Services, room_id: str, caller: Caller) -> EditorLocked:
    """Nobody but the host edits, and nobody runs or submits, until it is unlocked; twice is once."""
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.CHANGE_PHASE)
    room = access.room
    changed = not room.editor_locked
    if changed:
        room.editor_locked = True
        room.locked_at = room.updated_at = work.now
        room.locked_by = caller.user_id
        await repeat_snapshot(work, room.id, SnapshotTrigger.MANUAL, phase=RoomStatus(room.status))
        await record_event(work, room.id, SessionEventType.EDITOR_LOCKED, user_id=caller.user_id)
    return EditorLocked(
        room_id=room.id, editor_locked=True, changed=changed, locked_at=room.locked_at, locked_by=room.locked_by
    )


async def unlock_editor(work: Work, services: Services, room_id: str, caller: Caller) -> EditorUnlocked:
    """Raises :class:`EditorNotLockedError`."""
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.CHANGE_PHASE)
    room = access.room
    if not room.editor_locked:
        raise EditorNotLockedError
    room.editor_locked = False
    room.locked_at = room.locked_by = None
    room.updated_at = work.now
    await record_event(work, room.id, SessionEventType.EDITOR_UNLOCKED, user_id=caller.user_id)
    return EditorUnlocked(
        room_id=room.id, editor_locked=False, changed=True, unlocked_at=work.now, unlocked_by=caller.user_id
    )


async def pause_timer(work: Work, services: Services, room_id: str, caller: Caller) -> TimerChanged:
    """Raises :class:`InvalidTransitionError`, with the reason, unless the timer runs."""
    return await _set_paused(work, services, room_id, caller, paused=True)


async def resume_timer(work: Work, services: Services, room_id: str, caller: Caller) -> TimerChanged:
    """Raises :class:`InvalidTransitionError`, with the reason, unless the timer is paused."""
    return await _set_paused(work, services, room_id, caller, paused=False)


async def _set_paused(work: Work, services: Services, room_id: str, caller: Caller, *, paused: bool) -> TimerChanged:
    access = await write_room(work, services, room_id, caller, capability=RoomCapability.CHANGE_PHASE)
    room = access.room
    if room.status != RoomStatus.CODING:
        raise InvalidTransitionError("The timer runs only in coding", details={"reason": "not_coding"})
    if room.timer_paused == paused:
        reason = "already_paused" if paused else "not_paused"
        raise InvalidTransitionError(details={"reason": reason})
    if paused:
        timer.pause(room, work.now)
    else:
        timer.resume(room, work.now)
    room.updated_at = work.now
    elapsed_ms = timer.elapsed_ms(room, work.now)
    event = SessionEventType.TIMER_PAUSED if paused else SessionEventType.TIMER_RESUMED
    await record_event(work, room.id, event, user_id=caller.user_id, details={"elapsedMs": elapsed_ms})
    return TimerChanged(
        room_id=room.id, timer_paused=paused, elapsed_ms=elapsed_ms, changed_at=work.now, changed_by=caller.user_id
    )


async def _enter(work: Work, room: Room, target: RoomStatus, *, by: str) -> None:
    """What the next phase, which is not ``finished``, does to a room."""
    previous = RoomStatus(room.status)
    if target is RoomStatus.WARMUP:
        await _begin(work, room, by=by)
    elif target is RoomStatus.CODING:
        timer.start(room, work.now)
    else:
        timer.stop(room, work.now)
        await expire_swaps(work, room)
    room.status = target.value
    room.phase_started_at = room.updated_at = work.now
    await repeat_snapshot(work, room.id, SnapshotTrigger.PHASE_CHANGE, phase=target)
    phases = {"from": previous.value, "to": target.value}
    await record_event(work, room.id, SessionEventType.PHASE_CHANGED, user_id=by, details=phases)


async def _begin(work: Work, room: Room, *, by: str) -> None:
    there = await active_participants(work, room.id)
    needed = _NEEDED[RoomMode(room.mode)]
    missing = needed - {RoomRole(participant.role) for participant in there}
    if missing:
        names = sorted(role.value for role in missing)
        raise RoleConstraintError(f"There is no {' and no '.join(names)} yet", details={"missing": names})
    waited_for = [one.user_id for one in there if RoomRole(one.role) in needed and not one.is_ready]
    if room.require_ready and waited_for:
        raise NotReadyError(details={"userIds": waited_for})
    for participant in there:
        participant.is_ready = False
    await begin_session(work, room, there)
    await record_event(work, room.id, SessionEventType.SESSION_STARTED, user_id=by)


async def _set_language(work: Work, access: Access, language: SupportedLanguage) -> None:
    room = access.room
    if room.language == language:
        return
    details = {"from": room.language, "to": language.value}
    room.language = language.value
    room.updated_at = work.now
    await follow_choices(work, room)
    user_id = access.member.user_id
    await record_event(work, room.id, SessionEventType.LANGUAGE_CHANGED, user_id=user_id, details=details)


async def _configure(work: Work, room: Room, config: RoomConfigIn) -> dict[str, object]:
    given = config.model_fields_set
    if "max_participants" in given:
        there = len(await active_participants(work, room.id))
        if config.max_participants < there:
            raise ValidationFailedError.of("config.maxParticipants", f"must be at least {there}: so many are here")
        room.max_participants = config.max_participants
    if "max_duration" in given:
        session = await session_of(work, room.id)
        used_ms = 0 if session is None else timer.milliseconds(work.now - session.started_at)
        if config.max_duration * _MINUTE_MS < used_ms:
            raise ValidationFailedError.of("config.maxDuration", "must not be less than the time already used")
        room.max_duration_min = config.max_duration
    if "is_private" in given:
        room.is_private = config.is_private
    if "require_ready" in given:
        room.require_ready = config.require_ready
    return config.model_dump(by_alias=True, exclude_unset=True)
