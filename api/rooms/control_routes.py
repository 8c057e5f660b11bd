"""Running a room (API.md 8.2)."""

from __future__ import annotations

from fastapi import Response

from api.errors import (
    CannotChangeRoleError,
    EditorNotLockedError,
    InvalidTransitionError,
    NotPeerModeError,
    NotReadyError,
    ParticipantNotFoundError,
    ProblemNotFoundError,
    RoleConstraintError,
    RoleSwapExpiredError,
    RoleSwapNotFoundError,
)
from api.rooms import control, swaps
from api.rooms.paths import WRITE, RoomId, SwapId
from api.rooms.requests import AnswerRoleSwap, RequestRoleSwap, SelectProblem, Transition, UpdateSettings
from api.rooms.schemas import (
    EditorLocked,
    EditorUnlocked,
    PhaseChanged,
    RoleSwapAnswered,
    RoleSwapView,
    RoomDetail,
    TimerChanged,
)
from api.routing import CallerDep, ServicesDep, WorkDep, operation, router

control_routes = router(prefix="/rooms/{id}/control", tags=["room control"])


@control_routes.post("/transition", summary="Advance room phase")
@operation(errors=(*WRITE, InvalidTransitionError, RoleConstraintError, NotReadyError))
async def transition(
    room_id: RoomId, body: Transition, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> PhaseChanged:
    """To the next phase, or to `finished` from any. The host may finish a room without being in it."""
    return await control.transition(work, services, room_id, caller, target=body.target_status)


@control_routes.put("/problem", summary="Select or change the problem")
@operation(errors=(*WRITE, ProblemNotFoundError, InvalidTransitionError))
async def select_problem(
    room_id: RoomId, body: SelectProblem, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> RoomDetail:
    """A published one, or none; not in `wrapup`."""
    return await control.select_problem(work, services, room_id, caller, problem_id=body.problem_id)


@control_routes.patch("/settings", summary="Update room settings")
@operation(errors=WRITE)
async def update_settings(
    room_id: RoomId, body: UpdateSettings, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> RoomDetail:
    """What is not given stays as it is."""
    return await control.update_settings(work, services, room_id, caller, asked=body)


@control_routes.post("/lock-editor", summary="Lock code editor, run, and submit")
@operation(errors=WRITE)
async def lock_editor(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> EditorLocked:
    """Only the host edits then; nobody runs or submits. What is queued goes on."""
    return await control.lock_editor(work, services, room_id, caller)


@control_routes.post("/unlock-editor", summary="Unlock code editor, run, and submit")
@operation(errors=(*WRITE, EditorNotLockedError))
async def unlock_editor(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> EditorUnlocked:
    """Everybody may go on."""
    return await control.unlock_editor(work, services, room_id, caller)


@control_routes.post("/pause-timer", summary="Pause the coding timer")
@operation(errors=(*WRITE, InvalidTransitionError))
async def pause_timer(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> TimerChanged:
    """Only in `coding`."""
    return await control.pause_timer(work, services, room_id, caller)


@control_routes.post("/resume-timer", summary="Resume the coding timer")
@operation(errors=(*WRITE, InvalidTransitionError))
async def resume_timer(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> TimerChanged:
    """Only in `coding`."""
    return await control.resume_timer(work, services, room_id, caller)


@control_routes.post(
    "/role-swaps",
    status_code=201,
    summary="Request a role swap (peer mode)",
    responses={200: {"model": RoleSwapView, "description": "Asked for before, or asked for by both and so accepted"}},
)
@operation(errors=(*WRITE, NotPeerModeError, ParticipantNotFoundError, CannotChangeRoleError))
async def request_role_swap(
    room_id: RoomId,
    *,
    work: WorkDep,
    caller: CallerDep,
    services: ServicesDep,
    response: Response,
    body: RequestRoleSwap | None = None,
) -> RoleSwapView:
    """Between interviewer and candidate. It waits 30 s for its answer."""
    target = body.target_user_id if body is not None and "target_user_id" in body.model_fields_set else None
    requested = await swaps.request_swap(work, services, room_id, caller, target_id=target)
    if not requested.new:
        response.status_code = 200
    return requested.swap


@control_routes.post("/role-swaps/{swapId}/respond", summary="Accept or decline a role swap request")
@operation(errors=(*WRITE, RoleSwapNotFoundError, RoleSwapExpiredError))
async def answer_role_swap(
    room_id: RoomId,
    swap_id: SwapId,
    body: AnswerRoleSwap,
    *,
    work: WorkDep,
    caller: CallerDep,
    services: ServicesDep,
) -> RoleSwapAnswered:
    """By whom it was asked of. Roles change in room and session; who hosts stays."""
    return await swaps.answer_swap(work, services, room_id, caller, swap_id=swap_id, action=body.action)
