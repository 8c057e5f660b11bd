"""Who may do what: every role, mode and host against the table, and every write against its capability."""

from __future__ import annotations

from typing import Final

import pytest

from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import UNKNOWN, advance, join, look, open_room, people

WRITES: Final = {
    "code:view", "code:edit", "code:run", "code:submit", "code:change-language", "whiteboard:view", "whiteboard:draw",
    "whiteboard:annotate", "media:audio", "media:video", "media:screenshare", "chat:send", "recording:replay",
    "ai:request-hint",
}  # fmt: skip
WATCHES: Final = {"code:view", "whiteboard:view", "whiteboard:annotate", "chat:send", "recording:replay"}
HOSTS: Final = {
    "code:change-language", "room:change-phase", "room:select-problem", "room:settings", "participant:invite",
    "participant:kick", "participant:assign-role", "recording:toggle", "recording:replay",
}  # fmt: skip
REVIEW: Final = {"ai:request-review"}


ROLES: Final = {
    ("peer", "interviewer"): WRITES | REVIEW | {"room:change-phase"},
    ("peer", "candidate"): WRITES,
    ("peer", "observer"): WATCHES,
    ("ai", "candidate"): WRITES | REVIEW,
    ("ai", "observer"): WATCHES,
}
CHAT: Final = {"fileName": "a.png", "contentType": "image/png", "sizeBytes": 1}
ASSET: Final = {"filename": "a.png", "contentType": "image/png", "contentLength": 1}
EXPORT: Final = {"contentType": "image/png", "contentLength": 1}
EVERYBODY: Final = {"interviewer", "candidate", "observer", "host"}
ACTIONS: Final[list[tuple[str, str, Json | None, set[str], str | None]]] = [
    ("PATCH", "/language", {"language": "c"}, {"interviewer", "candidate", "host"}, "code:change-language"),
    ("POST", "/control/transition", {"targetStatus": "coding"}, {"interviewer", "host"}, "room:change-phase"),
    ("PUT", "/control/problem", {"problemId": None}, {"host"}, "room:select-problem"),
    ("PATCH", "/control/settings", {"name": "x"}, {"host"}, "room:settings"),
    ("POST", "/control/lock-editor", None, {"interviewer", "host"}, "room:change-phase"),
    ("POST", "/control/unlock-editor", None, {"interviewer", "host"}, "room:change-phase"),
    ("POST", "/control/pause-timer", None, {"interviewer", "host"}, "room:change-phase"),
    ("POST", "/control/resume-timer", None, {"interviewer", "host"}, "room:change-phase"),
    ("PATCH", "/participants/{}", {"role": "observer"}, {"host"}, "participant:assign-role"),
    ("PATCH", "/participants/{}", {"muted": True}, {"host"}, "participant:kick"),
    ("POST", "/chat/media/upload-url", CHAT, EVERYBODY, "chat:send"),
    ("POST", "/whiteboard/assets/upload-url", ASSET, EVERYBODY, "whiteboard:annotate"),
    ("POST", "/whiteboard/export", EXPORT, {"interviewer", "candidate"}, "whiteboard:draw"),
    ("POST", "/ownership/transfer", {"targetUserId": UNKNOWN}, {"host"}, None),
    ("POST", "/control/role-swaps", {}, {"interviewer", "candidate"}, None),
    ("DELETE", "/participants/{}", None, {"host"}, "participant:kick"),
    ("DELETE", "", None, {"host"}, None),
]


async def company(service: Service, host: Person, mode: str) -> tuple[Json, dict[str, Person]]:
    """A room whose host watches, and others in every role."""
    room = await open_room(host, mode, config={"maxParticipants": 8})
    expect(await host.patch(f"/rooms/{room['roomId']}/participants/{host.id}", {"role": "observer"}))
    roles = [role for kind, role in ROLES if kind == mode]
    others = dict(zip(roles, await people(service, *roles), strict=True))
    for role, person in others.items():
        await join(person, room, role)
    return room, others


@pytest.mark.parametrize("mode", ["peer", "ai"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_capabilities_are_those_of_the_table(service: Service, ann: Person, mode: str) -> None:
    room, others = await company(service, ann, mode)
    host = ann
    assert set((await look(ann, room))["myCapabilities"]) == WATCHES | HOSTS
    for role, person in others.items():
        may = ROLES[mode, role]
        assert set((await look(person, room))["myCapabilities"]) == may
        transfer = f"/rooms/{room['roomId']}/ownership/transfer"
        expect(await host.post(transfer, {"targetUserId": person.id}))
        host = person
        seen = await look(person, room)
        assert (seen["myRole"], set(seen["myCapabilities"])) == (role, may | HOSTS)
        assert len(seen["myCapabilities"]) == len(set(seen["myCapabilities"]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_write_asks_for_its_capability(service: Service, ann: Person) -> None:
    room, others = await company(service, ann, "peer")
    await advance(ann, room, "warmup")
    victim = await service.person("victim")
    await join(victim, room, "observer")
    outsider = await service.person("outsider")
    for method, rest, body, allowed, capability in ACTIONS:
        path = f"/rooms/{room['roomId']}" + rest.format(victim.id)
        for role, person in {**others, "host": ann}.items():
            answer = await person.request(method, path, json=body)
            if role in allowed:
                assert answer.status_code != 403, (method, rest, role, answer.text)
                continue
            denied = refused(answer, 403, "ROOM_PERMISSION_DENIED")
            assert denied.get("details") == (None if capability is None else {"capability": capability}), (rest, role)
        for person in (outsider, service.nobody):
            status, code = (403, "ROOM_NOT_PARTICIPANT") if person is outsider else (401, "UNAUTHORIZED")
            if method != "DELETE" or rest:
                refused(await person.request(method, path, json=body), status, code)
