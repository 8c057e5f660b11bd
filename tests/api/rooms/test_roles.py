"""Who gets which role, without a room."""

from __future__ import annotations

import pytest

from api.enums import RoleAssignmentReason, RoomMode, RoomRole
from api.errors import ApiError, NotPeerModeError, RoleConstraintError, RoleUnavailableError, RoomFullError
from api.rooms.roles import Assignment, RoleRules

I, C, O = RoomRole  # noqa: E741 - the three of them, as in a table
PEER = RoleRules(RoomMode.PEER, capacity=8, observers=5)
AI = RoleRules(RoomMode.AI, capacity=8, observers=5)
SMALL = RoleRules(RoomMode.PEER, capacity=2, observers=5)
REQUESTED, AUTO, FALLBACK = RoleAssignmentReason


@pytest.mark.parametrize(
    ("rules", "held", "requested", "former", "role", "reason"),
    [
        (PEER, [], None, None, I, AUTO),
        (PEER, [I], None, None, C, AUTO),
        (PEER, [C], None, None, I, AUTO),
        (PEER, [I, C], None, None, O, FALLBACK),
        (PEER, [I, C, O], None, None, O, FALLBACK),
        (PEER, [], O, None, O, REQUESTED),
        (PEER, [I], C, None, C, REQUESTED),
        (PEER, [], C, I, C, REQUESTED),
        (PEER, [], None, C, C, AUTO),
        (PEER, [I], None, O, O, AUTO),
        (PEER, [C], None, C, I, AUTO),
        (PEER, [I, C], None, C, O, FALLBACK),
        (PEER, [I, *[O] * 5], None, O, C, AUTO),
        (AI, [], None, None, C, AUTO),
        (AI, [C], None, None, O, FALLBACK),
        (AI, [C], O, None, O, REQUESTED),
        (AI, [O], None, C, C, AUTO),
    ],
)
def test_who_joins_gets(
    rules: RoleRules,
    held: list[RoomRole],
    requested: RoomRole | None,
    former: RoomRole | None,
    role: RoomRole,
    reason: RoleAssignmentReason,
) -> None:
    assert rules.assign(held, requested=requested, former=former) == Assignment(role, reason)


@pytest.mark.parametrize(
    ("rules", "held", "requested", "error"),
    [
        (PEER, [I], I, RoleUnavailableError),
        (PEER, [C], C, RoleUnavailableError),
        (PEER, [O] * 5, O, RoomFullError),
        (PEER, [I, C, *[O] * 5], None, RoomFullError),
        (SMALL, [I, O], C, RoomFullError),
        (SMALL, [I, C], I, RoomFullError),
        (SMALL, [I, C], None, RoomFullError),
        (AI, [], I, NotPeerModeError),
        (AI, [C, *[O] * 5], None, RoomFullError),
        (AI, [C, *[O] * 7], I, NotPeerModeError),
    ],
)
def test_who_joins_is_refused(
    rules: RoleRules, held: list[RoomRole], requested: RoomRole | None, error: type[ApiError]
) -> None:
    with pytest.raises(error):
        rules.assign(held, requested=requested, former=None)


def test_roles_that_are_free_are_none_in_a_full_room() -> None:
    assert PEER.free([O]) == [I, C, O]
    assert AI.free([]) == [C, O]
    assert SMALL.free([I, O]) == []
    assert PEER.free([I, *[O] * 5]) == [C]


def test_too_many_of_a_role_are_refused() -> None:
    PEER.check([I, C, *[O] * 5])
    AI.check([C, *[O] * 5])
    for rules, held in ((PEER, [I, I]), (PEER, [C, C]), (PEER, [O] * 6), (AI, [I]), (AI, [C, C])):
        with pytest.raises(RoleConstraintError):
            rules.check(held)
