"""Rooms and the people in them (API.md 8.1, 8.7 and 8.8). Routes with words for ids come first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.enums import Difficulty, RoomMode, RoomStatus, SupportedLanguage
from api.errors import (
    AlreadyJoinedError,
    CannotChangeRoleError,
    CannotTransferOwnershipError,
    CollabUnavailableError,
    InvalidTransitionError,
    NotPeerModeError,
    ParticipantNotFoundError,
    ParticipantRemovedError,
    ProblemNotFoundError,
    RoleConstraintError,
    RoleUnavailableError,
    RoomFinishedError,
    RoomFullError,
    RoomInvalidCodeError,
    RoomNotFoundError,
    ValidationFailedError,
    WhiteboardAssetTooLargeError,
)
from api.objects import ObjectStoreUnavailableError
from api.pagination import PageDep
from api.rooms import control, creation, joining, lists, membership, uploads
from api.rooms.access import read_room, write_room
from api.rooms.lists import OpenStatus, PublicFilter, RoomFilter, RoomSort
from api.rooms.paths import READ, WRITE, RoomCode, RoomId, UserId
from api.rooms.requests import (
    ChangeLanguage,
    CreateRoom,
    ExportBoard,
    JoinRoom,
    TransferOwnership,
    UpdateParticipant,
    UploadBoardAsset,
    UploadChatMedia,
)
from api.rooms.schemas import (
    BoardAssetUpload,
    BoardExportUpload,
    ChatMediaUpload,
    DocumentEnsured,
    HostTransferred,
    ParticipantUpdated,
    PublicRoom,
    RoomCreated,
    RoomDestroyed,
    RoomDetail,
    RoomJoined,
    RoomParticipantSummary,
    RoomPreview,
    RoomSummary,
)
from api.rooms.views import room_detail
from api.routing import CallerDep, ServicesDep, Transaction, WorkDep, operation, router
from api.schemas import Flag, Listing, Page, Plain

rooms = router(tags=["rooms"])


@rooms.post("/rooms", status_code=201, summary="Create a new room")
@operation(errors=(ProblemNotFoundError,), idempotent=True, transaction=Transaction.NONE)
async def create_room(body: CreateRoom, caller: CallerDep, services: ServicesDep) -> RoomCreated:
    """The caller hosts it and is in it at once: as interviewer, or as candidate in an ai room."""
    return await creation.create_room(services, caller, body)


@rooms.get("/rooms", summary="List rooms for current user")
@operation()
async def list_rooms(
    work: WorkDep,
    caller: CallerDep,
    page: PageDep,
    *,
    status: RoomStatus | None = None,
    mode: RoomMode | None = None,
    sort_by: Annotated[RoomSort, Query(alias="sortBy")] = RoomSort.CREATED_AT,
) -> Page[RoomSummary]:
    """Rooms ever joined and not kicked from. Sorted by status they are in the order of the phases."""
    return await lists.list_own(work, caller, RoomFilter(status, mode), page, sort=sort_by)


@rooms.get("/rooms/public", summary="List public rooms")
@operation()
async def list_public_rooms(  # noqa: PLR0913 - one for each filter
    work: WorkDep,
    caller: CallerDep,
    services: ServicesDep,
    page: PageDep,
    *,
    status: OpenStatus | None = None,
    mode: RoomMode | None = None,
    language: SupportedLanguage | None = None,
    difficulty: Difficulty | None = None,
    search: Annotated[Plain | None, Query(min_length=1, max_length=100)] = None,
) -> Page[PublicRoom]:
    """Rooms that anybody may join and that are not full. `search` looks at the names of room, problem and host."""
    wanted = PublicFilter(status, mode, language, difficulty, search)
    return await lists.list_public(work, services, caller, page, wanted=wanted)


@rooms.get("/rooms/by-code/{roomCode}", summary="Lookup room by invite code")
@operation(errors=(RoomInvalidCodeError, RoomNotFoundError))
async def find_room_by_code(code: RoomCode, work: WorkDep, caller: CallerDep, services: ServicesDep) -> RoomPreview:
    """What there is to know before joining. Counts towards the limit of joins."""
    return await joining.preview_room(work, services, caller, code)


@rooms.get("/rooms/{id}", summary="Get room details")
@operation(errors=READ, limited=False)
async def get_room(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> RoomDetail:
    """For members and admins; active members find fresh credentials for the shared editor."""
    return await room_detail(work, services, await read_room(work, services, room_id, caller))


@rooms.delete("/rooms/{id}", summary="Destroy a room (host only)")
@operation(errors=WRITE, transaction=Transaction.NONE)
async def destroy_room(room_id: RoomId, caller: CallerDep, services: ServicesDep) -> RoomDestroyed:
    """Erases it with all its runs, submissions, snapshots and its session. Admins may destroy any room."""
    return await creation.destroy_room(services, room_id, caller)


@rooms.post("/rooms/{id}/join", summary="Join a room via room code")
@operation(
    errors=(
        RoomNotFoundError,
        ParticipantRemovedError,
        RoomFinishedError,
        AlreadyJoinedError,
        RoomInvalidCodeError,
        NotPeerModeError,
        RoomFullError,
        RoleUnavailableError,
    )
)
async def join_room(
    room_id: RoomId, *, work: WorkDep, caller: CallerDep, services: ServicesDep, body: JoinRoom | None = None
) -> RoomJoined:
    """New members of a private room give its code; whoever was here before may come back without."""
    return await joining.join_room(work, services, room_id, caller, asked=body or JoinRoom())


@rooms.post("/rooms/{id}/leave", status_code=204, summary="Leave a room")
@operation(errors=(*READ, RoomFinishedError))
async def leave_room(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> None:
    """A host who leaves hands the room to whoever has been here longest."""
    await membership.leave(work, services, room_id, caller)


@rooms.get("/rooms/{id}/participants", summary="List all participants in a room")
@operation(errors=READ)
async def list_participants(
    room_id: RoomId,
    *,
    work: WorkDep,
    caller: CallerDep,
    services: ServicesDep,
    active: Annotated[Flag | None, Query(description="Only those who are here, or only those who are not")] = None,
) -> Listing[RoomParticipantSummary]:
    """In the order in which they joined; those who were kicked are left out."""
    return Listing(data=await membership.list_participants(work, services, room_id, caller, active=active))


@rooms.patch("/rooms/{id}/participants/{userId}", summary="Update participant (role, mute)")
@operation(errors=(*WRITE, ParticipantNotFoundError, CannotChangeRoleError, NotPeerModeError, RoleConstraintError))
async def update_participant(
    room_id: RoomId,
    user_id: UserId,
    body: UpdateParticipant,
    *,
    work: WorkDep,
    caller: CallerDep,
    services: ServicesDep,
) -> ParticipantUpdated:
    """Roles can be changed in `waiting`, by the host. Everybody may mute themselves."""
    return await membership.update_participant(work, services, room_id, caller, user_id=user_id, asked=body)


@rooms.delete("/rooms/{id}/participants/{userId}", status_code=204, summary="Kick a participant from the room")
@operation(errors=(*WRITE, ParticipantNotFoundError, ValidationFailedError))
async def kick_participant(
    room_id: RoomId, user_id: UserId, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> None:
    """They cannot come back."""
    await membership.kick(work, services, room_id, caller, user_id=user_id)


@rooms.post("/rooms/{id}/ready", summary="Toggle own readiness")
@operation(errors=(*WRITE, InvalidTransitionError))
async def toggle_ready(room_id: RoomId, work: WorkDep, caller: CallerDep, services: ServicesDep) -> RoomDetail:
    """Only in `waiting`."""
    return await membership.toggle_ready(work, services, room_id, caller)


@rooms.patch("/rooms/{id}/language", summary="Change the room's language")
@operation(errors=WRITE)
async def change_language(
    room_id: RoomId, body: ChangeLanguage, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> RoomDetail:
    """Each language keeps its own text in the shared document."""
    return await control.change_language(work, services, room_id, caller, language=body.language)


@rooms.post("/rooms/{id}/ownership/transfer", summary="Make somebody else the host")
@operation(errors=(*WRITE, ParticipantNotFoundError, CannotTransferOwnershipError))
async def transfer_ownership(
    room_id: RoomId, body: TransferOwnership, *, work: WorkDep, caller: CallerDep, services: ServicesDep
) -> HostTransferred:
    """Roles stay as they are."""
    return await membership.transfer_ownership(work, services, room_id, caller, user_id=body.target_user_id)


@rooms.post("/rooms/{id}/collab/ensure", summary="Recreate a lost shared document")
@operation(errors=(*READ, RoomFinishedError, CollabUnavailableError), transaction=Transaction.NONE)
async def ensure_document(room_id: RoomId, caller: CallerDep, services: ServicesDep) -> DocumentEnsured:
    """From the newest snapshot."""
    async with services.database.write() as work:
        await write_room(work, services, room_id, caller)
    return DocumentEnsured(recreated=await services.planes.ensure_document(room_id))


@rooms.post("/rooms/{id}/chat/media/upload-url", status_code=201, summary="Upload a file for the chat (presigned URL)")
@operation(errors=(*WRITE, ObjectStoreUnavailableError), transaction=Transaction.NONE)
async def upload_chat_media(
    room_id: RoomId, body: UploadChatMedia, caller: CallerDep, services: ServicesDep
) -> ChatMediaUpload:
    """Pictures, films, sound, PDF and plain text of at most 10 MiB."""
    return await uploads.upload_chat_media(services, room_id, caller, body)


@rooms.post(
    "/rooms/{id}/whiteboard/assets/upload-url",
    status_code=201,
    summary="Upload a file for the whiteboard (presigned URL)",
)
@operation(errors=(*WRITE, WhiteboardAssetTooLargeError, ObjectStoreUnavailableError), transaction=Transaction.NONE)
async def upload_board_asset(
    room_id: RoomId, body: UploadBoardAsset, caller: CallerDep, services: ServicesDep
) -> BoardAssetUpload:
    """Pictures of at most 25 MiB, films of at most 100 MiB."""
    return await uploads.upload_board_asset(services, room_id, caller, body)


@rooms.post("/rooms/{id}/whiteboard/export", status_code=201, summary="Keep the whiteboard (presigned URL)")
@operation(errors=(*WRITE, InvalidTransitionError, ObjectStoreUnavailableError), transaction=Transaction.NONE)
async def export_board(
    room_id: RoomId, body: ExportBoard, caller: CallerDep, services: ServicesDep
) -> BoardExportUpload:
    """From `warmup` on. The newest completed upload is the session's whiteboard."""
    return await uploads.export_board(services, room_id, caller, body)
