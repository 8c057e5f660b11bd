"""Programs that want to be more than they are: other users, namespaces, mounts, the kernel's administration."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from judge import Verdict
from languages import Language
from sandboxes import Command, Limits
from sandboxes.nsjail import NsjailSandbox
from tests.abuse.harness import Abuser
from tests.abuse.trial import PROBE, case, compiled_by, judge_files, probe, read

PROBES: Final = (
    "47-identity.c",
    "48-namespaces.c",
    "49-mounts.c",
    "50-other_processes.c",
    "51-kernel.c",
    "52-numbers.c",
    "53-devices.c",
    "54-control_files.c",
    "55-quotas.c",
)
# What a compiler, and code that it runs at build time, must be refused as well.
AT_BUILD_TIME: Final = (
    "28-host_files.c",
    "29-proc.c",
    "37-descriptors.c",
    "40-watching.c",
    "42-loopback.c",
    "45-families.c",
    *PROBES[:-1],
)
SCRIPT: Final = """#!/bin/sh
echo contained"""


@pytest.mark.parametrize("program", PROBES)
def test_nothing_is_gained(abuse: Abuser, program: str) -> None:
    abuse(probe(program))


def test_programs_of_root_run_as_their_user(
    lone_sandbox: NsjailSandbox, image: Callable[[str], Path], tool: Path
) -> None:
    """The host's root has set the bit: what is gained is decided by mounts and by the program's own status."""
    command = Command(steps=(("/app/id", "-u"), ("/app/id", "-ru"), ("/app/id", "-g")), artefact=str(tool.parent))
    outcome = lone_sandbox.run(command, Limits(), rootfs=image("c"))
    assert (outcome.ok, outcome.stdout) == (True, b"1000\n" * 3)


@pytest.fixture
def tool(image: Callable[[str], Path]) -> Iterator[Path]:
    """A program of root that runs with root's rights for everybody."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        copy = directory / "id"
        shutil.copy(image("c") / "usr/bin/id", copy)
        os.chmod(copy, 0o6755)  # noqa: S103 # what the jail must make harmless
        yield copy


def test_nothing_is_gained_at_build_time(abuse: Abuser, languages: Mapping[str, Language]) -> None:
    names = [program.removesuffix(".c") for program in AT_BUILD_TIME]
    build = f"mkdir out && for p in {' '.join(names)}; do gcc -o $p.probe $p.c || exit; done"
    leave = f"echo '{SCRIPT}' > out/main"
    language = compiled_by(
        languages["c"], ("sh", "-c", build), *((f"/box/{name}.probe",) for name in names), ("sh", "-c", leave)
    )
    files = {"main.c": b"unused", PROBE: read(AT_BUILD_TIME[0])[PROBE]}
    for program in AT_BUILD_TIME:
        files[program] = read(program)["main.c"]
    result = judge_files(abuse, language, files, [case("built")])
    assert result.compilation is not None
    assert result.compilation.stdout.decode().splitlines() == ["contained"] * len(names)
    assert result.verdict is Verdict.ACCEPTED
