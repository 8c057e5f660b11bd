"""The Dockerfile and what stands beside it: what goes into the images, and what a worker's container arranges."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from api.settings import ServiceSettings
from runner.metrics import DEFAULT_PORT
from sandboxes.host import CAPABILITIES
from sandboxes.seccomp.architecture import load_architecture
from sandboxes.seccomp.policy import ALLOW, load_policy
from tests.conftest import unavailable
from tests.deploy.deployment import DEPLOY, DOCKERFILE, ROOT, stages

DOCKER: Final = DEPLOY / "docker"
PROFILE: Final = json.loads((DOCKER / "worker-seccomp.json").read_text())
REFUSED: Final = {name for group in PROFILE["syscalls"] for name in group["names"]}
JAILS_ARE_MADE_BY: Final = {
    *("clone", "clone3", "unshare", "pivot_root", "mount", "umount2", "mount_setattr", "open_tree", "move_mount"),
    *("fsopen", "fsconfig", "fsmount", "sethostname", "chroot", "seccomp", "prctl", "capset", "setresuid", "setgroups"),
}


def boxed(script: str) -> list[str]:
    """A command that runs ``script`` as if in a container: parts of /proc covered, control groups read-only."""
    arranged = f"""set -e
        mount --make-rprivate /
        for file in keys timer_list uptime; do
            [ ! -e /proc/$file ] || mount --bind /dev/null /proc/$file
        done
        mount --bind /proc/sys /proc/sys
        mount -o remount,bind,ro /proc/sys
        awk '/ - cgroup2? / {{ print $5 }}' /proc/self/mountinfo | while read -r tree; do
            mount -o remount,bind,ro "$tree"
        done
        {script}"""
    return ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", arranged]


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    if os.geteuid() != 0:
        unavailable("only root can make a container's mounts")
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120
    )


class TestDockerfile:
    def test_it_copies_what_there_is_and_its_context_lets_through(self) -> None:
        allowed = {
            line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
        }
        copied = {
            source
            for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
            for source in words.split()[:-1]
        }
        assert copied == allowed
        assert [name for name in copied if not (ROOT / name).exists()] == []

    def test_every_package_of_the_project_is_in_it(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        assert [name for name in packages if f"COPY {name} {name}\n" not in stages()["build"]] == []

    def test_the_api_is_nobody_and_has_no_compiler(self) -> None:
        final = stages()["runtime"] + stages()["api"]
        assert re.search(r"^USER 10001:10001$", stages()["api"], re.MULTILINE)
        assert re.search(r"\b(gcc|g\+\+|cc|make|libc6-dev|build-essential)\b", final) is None
        assert "COPY --from=build /opt/syncode /opt/syncode\n" in final

    @pytest.mark.parametrize(
        ("stage", "port"), [("api", ServiceSettings.model_fields["port"].default), ("worker", DEFAULT_PORT)]
    )
    def test_health_is_asked_for_where_it_is(self, stage: str, port: int) -> None:
        assert f"EXPOSE {port}\n" in stages()[stage]
        (asked,) = re.findall(r"^HEALTHCHECK .*$", stages()[stage], re.MULTILINE)
        assert f" or {port}}}/healthz" in asked

    def test_what_it_calls_refuses_what_it_does_not_know(self, tmp_path: Path) -> None:
        for words in ([], ["packages"], ["nonsense", str(tmp_path / "x")]):
            done = subprocess.run([DOCKER / "install", *words], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (2, "usage: install packages|syncode DIRECTORY\n")
        assert list(tmp_path.iterdir()) == []


class TestProfile:
    """The system calls that are refused to a worker's whole container."""

    def test_programs_lose_nothing_that_the_jails_own_filter_lets_them_have(self) -> None:
        policy = load_policy([load_architecture(name) for name in ("x86_64", "aarch64")])
        allowed = {name for name, answer in policy.answers.items() if answer == ALLOW} | set(policy.rules)
        assert sorted(REFUSED & allowed) == []

    def test_jails_can_be_made(self) -> None:
        assert sorted(REFUSED & JAILS_ARE_MADE_BY) == []

    def test_what_it_refuses_is_refused_everywhere(self) -> None:
        assert PROFILE["defaultAction"] == "SCMP_ACT_ALLOW"
        assert {group["action"] for group in PROFILE["syscalls"]} == {"SCMP_ACT_ERRNO"}
        assert {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"} <= set(
            PROFILE["architectures"]
        )
        assert {"open_by_handle_at", "init_module", "kexec_load", "bpf", "ptrace", "io_uring_setup"} <= REFUSED


class TestWorkerStart:
    """What a worker's container does before the worker."""

    START: Final = str(DOCKER / "worker-start")

    def test_it_becomes_the_command(self) -> None:
        done = run(boxed(f"exec {self.START} sh -c 'echo \"$1\" \"$$\"; exit 3' sh 'two words'"))
        assert (done.returncode, done.stdout, done.stderr) == (3, "two words 1\n", "")

    def test_it_takes_covers_off_proc_and_makes_control_groups_writable(self) -> None:
        done = run(boxed(f"exec {self.START} cat /proc/self/mountinfo"))
        assert done.returncode == 0, done.stderr
        mounts = [line.split() for line in done.stdout.splitlines()]
        assert [mount[4] for mount in mounts if mount[4].startswith("/proc/")] == []
        groups = [mount for mount in mounts if {"cgroup", "cgroup2"} & set(mount[mount.index("-") :])]
        assert [mount[4] for mount in groups if "ro" in mount[5].split(",")] == []

    def test_it_shows_images_that_were_built_in_where_a_home_has_none(self, tmp_path: Path) -> None:
        baked, empty, own = tmp_path / "baked", tmp_path / "empty", tmp_path / "own"
        for place in (baked / "0a", empty, own / "images"):
            place.mkdir(parents=True)
        for home, listed in ((empty, "0a\n"), (own, ""), (empty, "0a\n")):
            done = run(boxed(f"exec {self.START} ls {home}/images"), BAKED_IMAGES=str(baked), SYNCODE_HOME=str(home))
            assert (done.returncode, done.stdout) == (0, listed)
        nothing = run(
            boxed(f"exec {self.START} ls {tmp_path}"), BAKED_IMAGES=str(tmp_path / "none"), SYNCODE_HOME=str(baked)
        )
        assert nothing.returncode == 0
        assert not (baked / "images").exists()

    def test_what_cannot_be_done_is_said_and_left_to_the_engine(self) -> None:
        done = run(boxed(f"exec setpriv --bounding-set -all -- {self.START} echo begun"))
        assert (done.returncode, done.stdout) == (0, "begun\n")
        assert "worker-start: /proc/sys covers a part of /proc and cannot be taken off" in done.stderr

    def test_an_engine_runs_programs_with_these_capabilities_and_no_others(
        self, fresh_home: Path, image: Callable[[str], Path]
    ) -> None:
        image("python")
        (fresh_home / "sum.py").write_text("print(20 + 22)\n")
        kept = ",".join(["-all", *(f"+{name.removeprefix('CAP_').lower()}" for name in CAPABILITIES)])
        limited = f"setpriv --no-new-privs --bounding-set {kept} --"
        command = f"{sys.prefix}/bin/syncode run --no-cache {fresh_home}/sum.py"
        without = run(boxed(f"exec {limited} {command}"), SYNCODE_HOME=str(fresh_home), SYNCODE_SLOTS="1")
        assert (without.returncode, without.stdout) == (3, "")
        done = run(boxed(f"exec {limited} {self.START} {command}"), SYNCODE_HOME=str(fresh_home), SYNCODE_SLOTS="1")
        assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
