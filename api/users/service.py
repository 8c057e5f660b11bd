"""What people do about their own accounts."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from api.audit import audit
from api.auth.sessions import end_sessions
from api.caller import Caller
from api.database import Work
from api.errors import ProfileUsernameTakenError
from api.rooms.access import Access
from api.rooms.lifecycle import leave_all_rooms
from api.rooms.repository import count_hosted
from api.rooms.views import room_detail
from api.services import Services
from api.settings import ServiceSettings
from api.users.avatars import drop_avatar
from api.users.models import User
from api.users.quotas import Quota, resets_at, used_today
from api.users.repository import find_active_room, lock_caller, username_is_taken
from api.users.schemas import ActiveRoom, ProfileChange, Quotas, QuotaUse, RoomUse
from api.webhooks.repository import delete_webhooks_of


async def change_profile(work: Work, caller: Caller, change: ProfileChange) -> User:
    """Change what is given. Raises :class:`ProfileUsernameTakenError`, changing nothing."""
    user = await lock_caller(work, caller.user_id)
    wanted: dict[str, str | None] = {}
    if "display_name" in change.model_fields_set:
        wanted["display_name"] = change.display_name or None
    if "bio" in change.model_fields_set:
        wanted["bio"] = change.bio or None
    if "username" in change.model_fields_set:
        if await username_is_taken(work, change.username, but=user.id):
            raise ProfileUsernameTakenError
        wanted |= {"username": change.username, "username_key": change.username.lower()}
    changed = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if changed:
        try:
            async with work.session.begin_nested():
                for name, value in changed.items():
                    setattr(user, name, value)
                user.updated_at = work.now
                await work.session.flush()
        except IntegrityError:
            raise ProfileUsernameTakenError from None
    return user


async def delete_account(work: Work, services: Services, caller: Caller) -> None:
    """Set the caller's account aside: name and address are free again, what others have of it keeps the name."""
    user = await lock_caller(work, caller.user_id)
    user.username_key = None
    user.email_key = None
    user.bio = None
    user.deleted_at = work.now
    user.updated_at = work.now
    drop_avatar(work, services, user)
    await end_sessions(work, user.id)
    await leave_all_rooms(work, services, user.id)
    await delete_webhooks_of(work.session, user.id)
    audit(work, "user.delete", target_type="user", target_id=user.id, actor=caller)


async def quotas(work: Work, settings: ServiceSettings, user_id: str) -> Quotas:
    """What somebody has used today, and may."""
    used = await used_today(work, user_id)
    end = resets_at(work.now)
    return Quotas(
        ai=QuotaUse(used=used[Quota.AI], limit=settings.ai_actions_per_day, resets_at=end),
        execution=QuotaUse(used=used[Quota.EXECUTION], limit=settings.executions_per_day, resets_at=end),
        rooms=RoomUse(active_count=await count_hosted(work, user_id), max_active=settings.rooms_hosted),
    )


async def active_room(work: Work, services: Services, caller: Caller) -> ActiveRoom:
    """The room to go back to, if there is one. Asking for it is no sign of life there."""
    found = await find_active_room(work, caller.user_id)
    if found is None:
        return ActiveRoom(room=None)
    room, participant = found
    return ActiveRoom(room=await room_detail(work, services, Access(room, participant)))
