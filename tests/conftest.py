"""What tests share: the real languages, images, sandbox and engine of this host.

A missing privilege or image is a skip that says why; with ``CI=true`` it is a failure, so that silence is never green.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
import structlog

import judge.trial
from languages import Language, load_languages
from runner import Engine, Settings, load_settings
from sandboxes import ImageError, IsolationError
from sandboxes.images import ImageStore
from sandboxes.nsjail import NsjailSandbox
from tests.redis_server import RedisServer, running_redis

HERE = Path(__file__).parent

# How long an example takes says more about the machine than about us.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_configure() -> None:
    """Modules and tests stay: looking through all of them for garbage again and again takes a quarter of the time."""
    gc.disable()
    # Tracebacks as Python writes them: those with colours and frames take seconds.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


def pytest_collection_finish() -> None:
    """From now on there is garbage to be found."""
    gc.freeze()
    gc.enable()


def unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"not available, and CI=true: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds before what failed is tried again."""
    monkeypatch.setattr(judge.trial, "FIRST_PAUSE_S", 0.001)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Those of this host, but without the compile cache: a suite that is run again compiles again."""
    return load_settings().model_copy(update={"compile_cache_mb": 0})


@pytest.fixture(scope="session")
def home(settings: Settings) -> Path:
    """The home of this host with its built images. Tests only read it; builds go to homes of their own."""
    return settings.home


@pytest.fixture(scope="session")
def languages() -> Mapping[str, Language]:
    return load_languages()


@pytest.fixture(scope="session")
def image(home: Path, languages: Mapping[str, Language]) -> Callable[[str], Path]:
    """The root file system of a language, by its id."""
    store = ImageStore(home)

    def rootfs(name: str) -> Path:
        try:
            return store.rootfs(languages[name].image, language=name)
        except ImageError as error:
            unavailable(str(error))

    return rootfs


@pytest.fixture
def fresh_home(home: Path) -> Iterator[Path]:
    """A home of one's own that has the host's images, reachable for users of jails (pytest's directories are not)."""
    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        own.chmod(0o755)
        (own / "images").symlink_to(home / "images")
        yield own


@pytest.fixture(scope="session")
def sandbox(settings: Settings) -> Iterator[NsjailSandbox]:
    """A real sandbox with as many slots as the host has processors."""
    try:
        opened = NsjailSandbox.open(settings.home, slots=settings.slots)
    except IsolationError as error:
        unavailable(str(error))
    with opened:
        yield opened


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    """A whole engine on this host."""
    try:
        opened = Engine.open(settings)
    except IsolationError as error:
        unavailable(str(error))
    with opened:
        yield opened


@pytest.fixture(scope="module")
def warm_engine(settings: Settings) -> Iterator[Engine]:
    """A whole engine that keeps jails of every language ready."""
    try:
        opened = Engine.open(settings)
    except IsolationError as error:
        unavailable(str(error))
    with opened:
        opened.keep_warm()
        opened.settle()
        yield opened


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example packages that the project ships."""
    return HERE.parent / "docs" / "examples"


@pytest.fixture(scope="session")
def cases() -> Path:
    """A directory of problem packages with a ``cases.json`` beside them, named by ``SYNCODE_CASES``."""
    named = os.environ.get("SYNCODE_CASES")
    if not named:
        pytest.skip("SYNCODE_CASES names no directory of problem packages")
    return Path(named)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """The Redis server of all tests; they get it as ``redis_server``."""
    with running_redis(shutil.which("redis-server") or unavailable("Redis is not installed")) as server:
        yield server


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> Iterator[RedisServer]:
    """A Redis server that knows nothing yet, and that a test may kill."""
    yield shared_redis
    shared_redis.start()
    shared_redis.forget()
