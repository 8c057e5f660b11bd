"""A sandbox of one slot, and whoever judges hostile programs in it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from languages import Language
from runner import Inventory, Settings
from runner.warmth import warm_images
from sandboxes import MIB, IsolationError
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
def warm_sandbox(settings: Settings, languages: Mapping[str, Language]) -> Iterator[NsjailSandbox]:
    """The same with a jail of every language that is ready ahead of need."""
    try:
        opened = NsjailSandbox.open(settings.home, slots=1)
    except IsolationError as error:
        unavailable(str(error))
    with opened:
        opened.keep_warm(warm_images(Inventory.open(settings), languages.values(), jails=1), memory_bytes=1024 * MIB)
        yield opened


@pytest.fixture(scope="session")
def cold_abuse(
    lone_sandbox: NsjailSandbox, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> Iterator[Abuser]:
    """Judge an abuse in jails that are started when they are needed; see :class:`Abuser`."""
    with _workspace() as workspace:
        yield Abuser(lone_sandbox, workspace, languages, image)


@pytest.fixture(scope="session", params=["cold", "warm"])
def abuse(
    request: pytest.FixtureRequest, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> Iterator[Abuser]:
    """Judge an abuse, in jails that are started when they are needed and in those that are ready."""
    if request.param == "cold":
        yield request.getfixturevalue("cold_abuse")
        return
    sandbox = request.getfixturevalue("warm_sandbox")
    with _workspace() as workspace:
        yield Abuser(sandbox, workspace, languages, image)


@contextlib.contextmanager
def _workspace() -> Iterator[Path]:
    """One that users of jails may search."""
    with tempfile.TemporaryDirectory(prefix="syncode-abuse-") as name:
        workspace = Path(name)
        workspace.chmod(0o711)
        yield workspace
