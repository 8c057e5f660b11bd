"""What admins do (API.md 14). Everything that changes something is in the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.admin import rooms, users
from api.admin.audit_logs import AuditFilter, list_audit_logs
from api.admin.dashboard import dashboard
from api.admin.rooms import RoomFilter
from api.admin.schemas import (
    AccountStatus,
    AdminDashboard,
    AdminRoomEntry,
    AdminUserDetail,
    AdminUserEntry,
    AuditLogEntry,
    ForceClose,
    ForceClosed,
    UserChange,
)
from api.admin.users import UserFilter, user_detail
from api.enums import RoomMode, RoomStatus, UserRole
from api.errors import RoomFinishedError, RoomNotFoundError, UserNotFoundError, ValidationFailedError
from api.pagination import PageDep
from api.permissions import Capability
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.schemas import Id, Page, Plain
from api.users.repository import find_user
from api.users.schemas import MomentIn

admin = router(prefix="/admin", tags=["admin"])

UserId = Annotated[str, Path(alias="id", description="The account's id")]
RoomId = Annotated[str, Path(alias="id", description="The room's id")]


def _search(where: str) -> object:
    return Query(max_length=100, description=f"Part of {where}, whatever the case")


@admin.get("/dashboard", summary="System overview stats")
@operation(transaction=Transaction.NONE)
async def get_dashboard(caller: CallerDep, services: ServicesDep) -> AdminDashboard:
    """The figures are made anew every 30 seconds at most."""
    caller.require(Capability.PLATFORM_VIEW_ANALYTICS)
    return await services.dashboard.get(lambda: dashboard(services))


@admin.get("/users", summary="List all users")
@operation()
async def list_users(  # noqa: PLR0917 - one for each query parameter
    caller: CallerDep,
    work: WorkDep,
    services: ServicesDep,
    page: PageDep,
    search: Annotated[Plain | None, _search("a name or an address")] = None,
    status: Annotated[AccountStatus | None, Query(description="Deleted accounts are listed only if asked for")] = None,
    role: UserRole | None = None,
) -> Page[AdminUserEntry]:
    """Newest first."""
    caller.require(Capability.USER_LIST)
    return await users.list_users(work, services, UserFilter(search, status, role), page)


@admin.get("/users/{id}", summary="Get user details (admin view)")
@operation(errors=(UserNotFoundError,))
async def get_user_details(user_id: UserId, caller: CallerDep, work: WorkDep, services: ServicesDep) -> AdminUserDetail:
    """With their quotas, sessions and the entries of the audit log by or about them."""
    user = await find_user(work, user_id)
    caller.require(Capability.USER_LIST)
    return await user_detail(work, services, user)


@admin.patch("/users/{id}", summary="Update user (ban, role change)")
@operation(errors=(UserNotFoundError,), transaction=Transaction.NONE)
async def update_user(user_id: UserId, body: UserChange, caller: CallerDep, services: ServicesDep) -> AdminUserDetail:
    """A ban ends all login sessions at once, leaves all rooms and cancels jobs; lifting it restores login only.

    Refused about oneself, and when nobody would be left who is an admin.
    """
    async with services.database.write() as work:
        await users.change_user(work, services, caller, user_id=user_id, change=body)
    async with services.database.read() as work:  # who is banned has left all rooms by now
        return await user_detail(work, services, await find_user(work, user_id))


@admin.get("/rooms", summary="List all rooms")
@operation()
async def list_all_rooms(  # noqa: PLR0917 - one for each query parameter
    caller: CallerDep,
    work: WorkDep,
    page: PageDep,
    search: Annotated[Plain | None, _search("a room's name or code, or its host's name")] = None,
    status: RoomStatus | None = None,
    mode: RoomMode | None = None,
    host_id: Annotated[Id | None, Query(alias="hostId")] = None,
) -> Page[AdminRoomEntry]:
    """Newest first."""
    caller.require(Capability.PLATFORM_VIEW_ANALYTICS)
    return await rooms.list_rooms(work, RoomFilter(search, status, mode, host_id), page)


@admin.post("/rooms/{id}/force-close", summary="Force-close a room")
@operation(errors=(RoomNotFoundError, RoomFinishedError))
async def force_close_room(  # noqa: PLR0917 - the same
    room_id: RoomId, caller: CallerDep, work: WorkDep, services: ServicesDep, body: ForceClose | None = None
) -> ForceClosed:
    """Finishes it from any phase, whoever is in it."""
    return await rooms.force_close(work, services, caller, room_id=room_id, reason=body.reason if body else None)


@admin.get("/audit-logs", summary="Query audit logs")
@operation(errors=(ValidationFailedError,))
async def query_audit_logs(  # noqa: PLR0913, PLR0917 - one for each query parameter
    caller: CallerDep,
    work: WorkDep,
    page: PageDep,
    search: Annotated[Plain | None, _search("an action, a target, or the actor's name or address")] = None,
    action: Annotated[Plain | None, Query(max_length=100, description="Part of an action")] = None,
    actor_id: Annotated[Id | None, Query(alias="actorId")] = None,
    target_type: Annotated[Plain | None, Query(alias="targetType", max_length=255)] = None,
    target_id: Annotated[Plain | None, Query(alias="targetId", max_length=255)] = None,
    begin: Annotated[MomentIn | None, Query(alias="from")] = None,
    end: Annotated[MomentIn | None, Query(alias="to", description="Inclusive")] = None,
) -> Page[AuditLogEntry]:
    """Newest first."""
    caller.require(Capability.PLATFORM_VIEW_ANALYTICS)
    wanted = AuditFilter(search, action, actor_id, target_type, target_id, begin, end)
    return await list_audit_logs(work, wanted, page)
