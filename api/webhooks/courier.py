"""The seam between what is to be delivered and whoever delivers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api.webhooks.addresses import AddressGuard
from api.webhooks.signing import Signer


class Courier(Protocol):
    """Has deliveries made that are due, whoever wrote them down: at once when woken, and by itself otherwise."""

    def wake(self) -> None:
        """Something may be due."""
        ...


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What a service process has for webhooks."""

    signer: Signer
    guard: AddressGuard
    courier: Courier

    async def tell(self) -> None:
        """Wake the courier: what :meth:`api.database.Work.after_commit` is given."""
        self.courier.wake()
