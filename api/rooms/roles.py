"""Who may have which role: rules about the roles held in a room, without the room (API.md 4.2 and 8.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.enums import RoleAssignmentReason, RoomMode, RoomRole
from api.errors import NotPeerModeError, RoleConstraintError, RoleUnavailableError, RoomFullError


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role, and why it is that one."""

    role: RoomRole
    reason: RoleAssignmentReason


@dataclass(frozen=True, slots=True)
class RoleRules:
    """Of a room: its ``mode``, how many people it takes (``capacity``), how many observers among them."""

    mode: RoomMode
    capacity: int
    observers: int

    def most(self, role: RoomRole) -> int:
        """How many active people may have a role."""
        match role:
            case RoomRole.INTERVIEWER:
                return 1 if self.mode is RoomMode.PEER else 0
            case RoomRole.CANDIDATE:
                return 1
            case RoomRole.OBSERVER:
                return self.observers

    def free(self, held: Sequence[RoomRole]) -> list[RoomRole]:
        """Roles somebody could join in; none once all seats are taken."""
        if len(held) >= self.capacity:
            return []
        counts = Counter(held)
        return [role for role in RoomRole if counts[role] < self.most(role)]

    def check(self, held: Iterable[RoomRole]) -> None:
        """Raises :class:`RoleConstraintError` when more people have a role than may."""
        for role, count in Counter(held).items():
            if count > self.most(role):
                raise RoleConstraintError(
                    f"At most {self.most(role)} may be {role.value} here",
                    details={"role": role.value, "most": self.most(role)},
                )

    def check_mode(self, role: RoomRole) -> None:
        """Raises :class:`NotPeerModeError` for a role that rooms of this mode do not have."""
        if self.most(role) == 0 and role is RoomRole.INTERVIEWER:
            raise NotPeerModeError

    def assign(self, held: Sequence[RoomRole], *, requested: RoomRole | None, former: RoomRole | None) -> Assignment:
        """The role of somebody who joins; ``former``: what they were when they were here before.

        A role that is ``requested`` is granted or refused. Raises :class:`NotPeerModeError`, :class:`RoomFullError`
        or :class:`RoleUnavailableError`.
        """
        if requested is not None:
            self.check_mode(requested)
        free = self.free(held)
        if not free:
            raise RoomFullError(details={"maxParticipants": self.capacity})
        if requested in free:
            return Assignment(requested, RoleAssignmentReason.REQUESTED)
        if requested is RoomRole.OBSERVER:
            raise RoomFullError("No observer's seat is left", details={"maxObservers": self.observers})
        if requested is not None:
            raise RoleUnavailableError(details={"role": requested.value})
        if former in free:
            return Assignment(former, RoleAssignmentReason.AUTO_ASSIGNED)
        fallback = free[0] is RoomRole.OBSERVER
        reason = RoleAssignmentReason.FALLBACK_OBSERVER if fallback else RoleAssignmentReason.AUTO_ASSIGNED
        return Assignment(free[0], reason)
