"""Images that an engine is given: once, again where somebody has removed them, and no longer than we have them."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from runner import Settings
from sandboxes import Command, Limits, SetupError
from sandboxes.docker import DockerSandbox
from sandboxes.docker.daemon import Daemon
from sandboxes.docker.images import HOME_LABEL, REPOSITORY, Images
from sandboxes.init import build_static

pytestmark = pytest.mark.docker

TREE: Final = secrets.token_hex(32)
NAME: Final = f"{REPOSITORY}:{TREE}"
HELLO: Final = '#include <unistd.h>\nint main(void) { return write(1, "hello\\n", 6) != 6; }\n'


@pytest.fixture
def daemon(docker_address: str) -> Iterator[Daemon]:
    opened = Daemon.connect(docker_address)
    yield opened
    opened.close()


@pytest.fixture
def own_home(daemon: Daemon, settings: Settings) -> Iterator[Path]:
    """A home with init, and one small image that nobody has proved: a program that greets."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        shutil.copytree(settings.home / "init", home / "init")
        image = home / "images" / ("ab" * 10)
        for directory in ("usr/bin", "etc", "app", "box", "tmp", "dev", "proc", "sys"):
            (image / "rootfs" / directory).mkdir(parents=True)
        (image / "rootfs/bin").symlink_to("usr/bin")
        (home / "hello.c").write_text(HELLO)
        shutil.copy(build_static(home, "hello", sources=[home / "hello.c"]), image / "rootfs/usr/bin/hello")
        manifest = {
            "digest": "ab" * 32,
            "architecture": "x86_64",
            "suite": "none",
            "languages": [],
            "packages": {},
            "created": "2026-01-01T00:00:00Z",
            "size_bytes": 1,
            "entries": 1,
            "builder": "test",
            "tree": TREE,
        }
        (image / "manifest.json").write_text(json.dumps(manifest))
        yield home
        daemon.remove_image(NAME)


def greet(sandbox: DockerSandbox, home: Path) -> bytes:
    rootfs = home / "images" / ("ab" * 10) / "rootfs"
    return sandbox.run(Command(steps=(("hello",),)), Limits(), rootfs=rootfs).stdout


def given(daemon: Daemon, home: Path) -> set[str]:
    return set(daemon.images(REPOSITORY, label=f"{HOME_LABEL}={home}"))


def test_an_image_is_given_once_under_the_digest_of_its_content(
    daemon: Daemon, docker_address: str, own_home: Path
) -> None:
    with DockerSandbox.open(own_home, slots=1, address=docker_address) as sandbox:
        assert NAME not in given(daemon, own_home)
        assert greet(sandbox, own_home) == b"hello\n"
        assert NAME in given(daemon, own_home)
        # what is there already is not read again
        shutil.rmtree(own_home / "images" / ("ab" * 10) / "rootfs/usr")
        assert greet(sandbox, own_home) == b"hello\n"


def test_one_that_somebody_has_removed_is_given_again(daemon: Daemon, docker_address: str, own_home: Path) -> None:
    with DockerSandbox.open(own_home, slots=1, address=docker_address) as sandbox:
        assert greet(sandbox, own_home) == b"hello\n"
        assert daemon.remove_image(NAME)
        assert greet(sandbox, own_home) == b"hello\n"


def test_one_that_is_gone_here_goes_there_when_a_sandbox_opens(
    daemon: Daemon, docker_address: str, own_home: Path, image: Callable[[str], Path]
) -> None:
    others = set(daemon.images(REPOSITORY, label=HOME_LABEL)) - given(daemon, own_home)
    with DockerSandbox.open(own_home, slots=1, address=docker_address) as sandbox:
        assert greet(sandbox, own_home) == b"hello\n"
    shutil.rmtree(own_home / "images")
    with DockerSandbox.open(own_home, slots=1, address=docker_address):
        assert NAME not in given(daemon, own_home)
    assert others <= set(daemon.images(REPOSITORY, label=HOME_LABEL))
    assert image("python").is_dir()


def test_one_that_cannot_be_read_whole_is_not_there_at_all(daemon: Daemon, own_home: Path) -> None:
    images = Images(daemon, home=own_home, directory=own_home / "locks")
    rootfs = own_home / "images" / ("ab" * 10) / "rootfs"
    shutil.rmtree(rootfs)
    with pytest.raises(SetupError, match="could not be packed"):
        images.name(rootfs)
    assert not daemon.has_image(NAME)


def test_an_engine_says_what_it_is(daemon: Daemon) -> None:
    facts = daemon.facts()
    assert "runc" in facts.runtimes
    assert "seccomp" in facts.security
    assert facts.cgroup_driver == "cgroupfs"
    with pytest.raises(SetupError, match="could not start a container"):
        daemon.start({"Image": f"{REPOSITORY}:nothing"})
    daemon.remove("nothing")
    assert not daemon.is_there("nothing")
