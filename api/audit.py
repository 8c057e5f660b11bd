"""Writing the audit log: in the transaction of what it tells."""

from __future__ import annotations

from typing import Any

from api.admin.models import AuditLog
from api.caller import Caller
from api.database import Work, new_id


def audit(
    work: Work,
    action: str,
    *,
    target_type: str,
    target_id: str,
    actor: Caller | None = None,
    actor_id: str | None = None,
    ip_address: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one line. ``actor`` gives id and address; those without a :class:`Caller` yet name them."""
    work.session.add(
        AuditLog(
            id=new_id(),
            action=action,
            target_type=target_type,
            target_id=target_id,
            actor_id=actor.user_id if actor else actor_id,
            details=details,
            ip_address=actor.ip_address if actor else ip_address,
            created_at=work.now,
        )
    )
