"""People: oneself, and others (API.md 7)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.errors import (
    NotFoundError,
    ProfileUsernameTakenError,
    UserNotFoundError,
    ValidationFailedError,
)
from api.objects import ObjectStoreUnavailableError
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.users import avatars, service, training
from api.users.profiles import profile, public_profile
from api.users.repository import find_user
from api.users.schemas import (
    ActiveRoom,
    AvatarRequest,
    AvatarUpload,
    Granularity,
    MomentIn,
    ProfileChange,
    PublicProfile,
    Quotas,
    TrainingStats,
    UserProfile,
)

users = router(prefix="/users", tags=["users"])


@users.get("/me", summary="Get current user profile")
@operation()
async def get_me(caller: CallerDep, work: WorkDep, services: ServicesDep) -> UserProfile:
    """Figures are of finished sessions that the caller has not hidden."""
    return await profile(work, services, await find_user(work, caller.user_id))


@users.patch("/me", summary="Update current user profile")
@operation(errors=(ProfileUsernameTakenError,))
async def change_me(body: ProfileChange, caller: CallerDep, work: WorkDep, services: ServicesDep) -> UserProfile:
    """Only what is given changes; `null` and empty text clear."""
    return await profile(work, services, await service.change_profile(work, caller, body))


@users.delete("/me", status_code=204, summary="Soft-delete account")
@operation()
async def delete_me(caller: CallerDep, work: WorkDep, services: ServicesDep) -> None:
    """Ends all login sessions and leaves all rooms. Name and address become free; history of others keeps the name."""
    await service.delete_account(work, services, caller)


@users.get("/me/quotas", summary="Get usage quotas and limits")
@operation()
async def get_quotas(caller: CallerDep, work: WorkDep, services: ServicesDep) -> Quotas:
    """Counters reset at 00:00 UTC."""
    return await service.quotas(work, services.settings, caller.user_id)


@users.get("/me/active-room", summary="Get current active room (for reconnection)")
@operation()
async def get_active_room(caller: CallerDep, work: WorkDep, services: ServicesDep) -> ActiveRoom:
    """The newest unfinished room the caller is active in, else one they dropped out of in the last 10 minutes.

    For the second kind, join to become active again.
    """
    return await service.active_room(work, services, caller)


@users.get("/me/training-stats", summary="Get time-series training statistics")
@operation()
async def get_training_stats(
    caller: CallerDep,
    work: WorkDep,
    *,
    begin: Annotated[MomentIn | None, Query(alias="from", description="Usually 30 days before `to`")] = None,
    end: Annotated[MomentIn | None, Query(alias="to", description="Usually now")] = None,
    granularity: Annotated[Granularity, Query(description="How long a period is")] = Granularity.DAY,
) -> TrainingStats:
    """At most 366 periods."""
    return await training.training_stats(work, caller.user_id, begin=begin, end=end, granularity=granularity)


@users.post("/me/avatar/upload-url", status_code=201, summary="Upload avatar (presigned URL)")
@operation(errors=(ObjectStoreUnavailableError,), transaction=Transaction.NONE)
async def allow_avatar(caller: CallerDep, services: ServicesDep, body: AvatarRequest | None = None) -> AvatarUpload:
    """Send the picture there, then confirm: until then nothing changes."""
    wanted = body or AvatarRequest()
    key, upload = await avatars.allow_avatar(
        services, caller, content_type=wanted.content_type, content_length=wanted.content_length
    )
    return AvatarUpload(
        upload_url=upload.url, key=key, method=upload.method, headers=upload.headers, expires_at=upload.expires_at
    )


@users.post("/me/avatar/confirm", summary="Confirm avatar")
@operation(
    errors=(NotFoundError, ValidationFailedError, ObjectStoreUnavailableError),
    transaction=Transaction.NONE,
)
async def confirm_avatar(caller: CallerDep, services: ServicesDep) -> UserProfile:
    """What was sent becomes the caller's picture, if it is one."""
    await avatars.confirm_avatar(services, caller)
    async with services.database.read() as work:
        return await profile(work, services, await find_user(work, caller.user_id))


@users.delete("/me/avatar", status_code=204, summary="Remove avatar")
@operation(transaction=Transaction.NONE)
async def remove_avatar(caller: CallerDep, services: ServicesDep) -> None:
    """The caller has no picture then."""
    await avatars.remove_avatar(services, caller)


@users.get("/{id}", summary="Get public profile of another user")
@operation(errors=(UserNotFoundError,))
async def get_user(id: str, work: WorkDep, services: ServicesDep) -> PublicProfile:  # noqa: A002 - the contract's name
    """What everybody may see."""
    return public_profile(services, await find_user(work, id))
