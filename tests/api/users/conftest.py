"""Somebody with a past."""

from __future__ import annotations

import pytest

from tests.api.people import Person, Service
from tests.api.users.history import History


@pytest.fixture
def history(service: Service, ann: Person) -> History:
    """Of ann, beginning at noon today; the clock stands there too."""
    noon = service.clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    service.clock.moment = noon
    made = History(service, ann, noon)
    made.renew_token()
    return made
