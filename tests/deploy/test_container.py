"""A worker's container with the options of the Compose file, in a real Docker engine: jails need them all."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import docker
import pytest
from docker.errors import ContainerError

from tests.conftest import unavailable
from tests.deploy.deployment import DEPLOY, ROOT, SERVICES
from tests.sandboxes.docker.dockerd import NoEngineError, impossible, missing, started

pytestmark = pytest.mark.docker

WORKER: Final = SERVICES["worker"]
PROGRAM: Final = '#include <stdio.h>\nint main(void) { return printf("%d\\n", 20 + 22) != 3; }\n'
LINKS: Final = ("bin", "lib", "lib64", "sbin")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def engine_of_docker() -> Iterator[docker.DockerClient]:
    """One that is there for these tests only, with an image in it that has nothing but places to mount."""
    if reason := impossible():
        pytest.skip(reason)
    if reason := missing():
        unavailable(reason)
    try:
        with started() as address:
            client = docker.DockerClient(base_url=address)
            client.api.import_image_from_data(_bare(), repository="bare", tag="test")
            yield client
            client.close()
    except NoEngineError as error:
        unavailable(str(error))


def _bare() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in ("dev", "etc", "proc", "run", "sys", "tmp", "usr", "var", "var/lib", "var/lib/syncode"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name in LINKS:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{name}"
            archive.addfile(entry)
    return content.getvalue()


def _text(said: bytes | str | None) -> str:
    return said.decode() if isinstance(said, bytes) else said or ""


def _security(options: list[str]) -> list[str]:
    """As Compose hands them over: a profile by its content."""
    found = []
    for option in options:
        name, _, value = option.partition("=")
        found.append(f"seccomp={(DEPLOY / value).read_text()}" if name == "seccomp" else option)
    return found


@pytest.fixture
def run(engine_of_docker: docker.DockerClient, home: Path, image: Callable[[str], Path]) -> Run:
    """Run a program in a worker's container, other options being as given; what it wrote, or what was said."""
    image("c")
    if any(not Path(f"/{name}").is_symlink() for name in LINKS if Path(f"/{name}").exists()):
        pytest.skip("this machine keeps programs outside /usr, so that it cannot lend them to a container")
    # In place of an image that would have to be built with a network: this machine's own files, read-only.
    lent = {str(place) for place in (ROOT, sys.prefix, sys.base_prefix, "/usr", "/etc")}
    volumes = [*(f"{place}:{place}:ro" for place in sorted(lent)), f"{home}/images:/var/lib/syncode/images:ro"]

    def in_container(**other: Any) -> str:
        options: dict[str, Any] = {
            "cap_drop": WORKER["cap_drop"],
            "cap_add": WORKER["cap_add"],
            "security_opt": _security(WORKER["security_opt"]),
            "read_only": WORKER["read_only"],
            "userns_mode": WORKER["userns_mode"],
            "cgroupns": WORKER["cgroup"],
            "pids_limit": WORKER["deploy"]["resources"]["limits"]["pids"],
            "entrypoint": [str(DEPLOY / "docker/worker-start")],
            **other,
        }
        try:
            said = engine_of_docker.containers.run(
                "bare:test",
                ["sh", "-c", 'printf %s "$PROGRAM" >/tmp/sum.c && exec syncode run --no-cache /tmp/sum.c'],
                environment={
                    "PATH": f"{sys.prefix}/bin:/usr/sbin:/usr/bin",
                    "PROGRAM": PROGRAM,
                    "SYNCODE_SLOTS": "1",
                },
                network_mode="none",
                remove=True,
                tmpfs={"/tmp": "mode=1777", "/run": ""},  # noqa: S108 - the container's own
                volumes=[*volumes, "/var/lib/syncode"],
                **options,
            )
        except ContainerError as error:
            return f"status {error.exit_status}: {_text(error.stderr)}"
        return _text(said)

    return in_container


def test_programs_run_in_it(run: Run) -> None:
    assert run() == "42\n"


def test_what_is_taken_in_hand_before_is_needed(run: Run) -> None:
    assert "this host offers no memory limit" in run(entrypoint=[])


def test_the_engines_own_filter_of_system_calls_is_in_the_way(run: Run) -> None:
    without = [option for option in WORKER["security_opt"] if not option.startswith("seccomp")]
    assert "pivot_root" in run(security_opt=without)


@pytest.mark.parametrize("capability", WORKER["cap_add"])
def test_every_capability_is_needed(run: Run, capability: str) -> None:
    left = [name for name in WORKER["cap_add"] if name != capability]
    assert run(cap_add=left).startswith("status ")
