"""What tests of webhooks share: receivers, and a service that may reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.api.webhooks.receiver import Certificates, Receiver, listening, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(certificates: Certificates) -> Iterator[Receiver]:
    """A receiver that is content with everything."""
    with listening(certificates) as found:
        yield found


@pytest.fixture
def changes(certificates: Certificates) -> Mapping[str, Any]:
    """Loopback may be reached, and the tests' authority is trusted."""
    return {
        "webhook_allowed_networks": "127.0.0.0/8",
        "webhook_ca_file": certificates.authority,
        "runs_per_minute": 1000,
        "submissions_per_minute": 1000,
        "executions_per_day": 10_000,
    }
