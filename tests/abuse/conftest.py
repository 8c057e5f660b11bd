"""A sandbox of one slot, and whoever judges hostile programs in it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from languages import Language
from runner import Settings
from sandboxes import IsolationError
from sandboxes.nsjail import NsjailSandbox

pytest.register_assert_rewrite("tests.abuse.harness")

from tests.abuse.harness import Abuser  # noqa: E402 # its assertions explain themselves only when registered before
from tests.conftest import unavailable  # noqa: E402


@pytest.fixture(scope="session")
def lone_sandbox(settings: Settings) -> Iterator[NsjailSandbox]:
    """A real sandbox of one slot, so that a program and its control meet in the same."""
    try:
        opened = NsjailSandbox.open(settings.home, slots=1)
    except IsolationError as error:
        unavailable(str(error))
    with opened:
        yield opened


@pytest.fixture(scope="session")
def abuse(
    lone_sandbox: NsjailSandbox, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> Iterator[Abuser]:
    """Judge an abuse; see :class:`Abuser`. Its workspace is one that users of jails may search."""
    with tempfile.TemporaryDirectory(prefix="syncode-abuse-") as name:
        workspace = Path(name)
        workspace.chmod(0o711)
        yield Abuser(lone_sandbox, workspace, languages, image)
