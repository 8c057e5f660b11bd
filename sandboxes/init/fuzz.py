"""Fuzzing what init reads: ``make fuzz``, or ``python -m sandboxes.init.fuzz --seconds 60``.

Builds ``fuzz.c`` with clang's libFuzzer and its sanitizers, begins with requests as the engine writes them, and ends
after the given time: with status 0, or with status 1 and the path of a file that reproduces what was found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from sandboxes import seccomp
from sandboxes.errors import IsolationError
from sandboxes.init.protocol import Request
from sandboxes.limits import Command, Limits

HARNESS: Final = Path(__file__).with_name("fuzz.c")
FLAGS: Final = (
    "-std=gnu11",
    "-g",
    "-O1",
    "-Wall",
    "-Wextra",
    "-fsanitize=fuzzer,address,undefined",
    "-fno-sanitize-recover=undefined",
)
# Whatever a broken reader might do to files, it does not do as root.
_NOBODY: Final = 65534


class FuzzBuildError(IsolationError):
    """The fuzzer could not be built; the message names the missing package or carries the compiler's words."""


def seeds() -> dict[str, bytes]:
    """Requests as the engine sends them, by name: what the fuzzer starts from."""
    environment = ("PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box")
    commands = {
        "plain": Command(steps=(("true",),)),
        "files": Command(
            steps=(("sh", "-c", "cat a/b"),), files={"main.c": b"int main;", "a/b": b"", "a/c/d": b"\0\n"}
        ),
        "links": Command(steps=(("/app/out/main", "-v"),), links=("main.py", "deep/er/data.txt")),
        "steps": Command(steps=tuple(("step", str(number)) for number in range(8)), files={"x": b"y" * 300}),
    }
    requests = {
        name: Request(command=command, limits=Limits(), environment=environment, filter=b"", uid=1000, gid=1000)
        for name, command in commands.items()
    }
    requests["filter"] = Request(
        command=commands["links"], limits=Limits(), environment=(), filter=seccomp.program(), uid=1000, gid=1000
    )
    return {name: request.encode() for name, request in requests.items()}


def build_fuzzer(harness: Path, directory: Path) -> Path:
    """Compile ``harness`` into ``directory``, installing clang first where it is missing.

    Raises :class:`FuzzBuildError`.
    """
    _install_clang(directory)
    program = directory / "fuzz"
    result = _compile(harness, program)
    if result.returncode != 0:
        raise FuzzBuildError(f"the fuzzer does not compile: {result.stderr.strip()}")
    return program


def _compile(source: Path, program: Path) -> subprocess.CompletedProcess[str]:
    command = ["clang", *FLAGS, "-o", str(program), str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _install_clang(directory: Path) -> None:
    """Make sure that clang is there with the libraries of its sanitizers, which Debian packages apart."""
    if shutil.which("clang") is None:
        _install("clang")
    trial = directory / "trial.c"
    trial.write_text("int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return !data && size; }\n")
    if _compile(trial, directory / "trial").returncode != 0:
        version = subprocess.run(["clang", "-dumpversion"], capture_output=True, text=True, check=True).stdout
        _install(f"libclang-rt-{version.split('.')[0]}-dev")


def _install(package: str) -> None:
    if shutil.which("apt-get") is None:
        raise FuzzBuildError(f"install what Debian calls {package}")
    if os.geteuid() != 0:
        raise FuzzBuildError(f"run as root: apt-get install {package}")
    sys.stderr.write(f"fuzz: installing {package}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", package)):
        command = ["apt-get", "-qq", *arguments]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise FuzzBuildError(f"{' '.join(command)} failed: {result.stderr.strip()}")


def fuzz(seconds: int, *, keep: Path, harness: Path = HARNESS) -> Path | None:
    """Fuzz ``harness`` that long. A file below ``keep`` that reproduces what was found, or ``None`` if nothing was.

    The corpus lives in a temporary directory. Raises :class:`FuzzBuildError`, also when the fuzzer fails otherwise.
    """
    with tempfile.TemporaryDirectory(prefix="syncode-fuzz-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        program = build_fuzzer(harness, directory)
        corpus = directory / "corpus"
        corpus.mkdir()
        for title, seed in seeds().items():
            (corpus / title).write_bytes(seed)
        identity = None
        if os.geteuid() == 0:
            identity = _NOBODY
            for owned in (corpus, keep):
                os.chown(owned, _NOBODY, _NOBODY)
        command = [str(program), f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=10"]
        command += ["-rss_limit_mb=1024", f"-artifact_prefix={keep}/", str(corpus)]
        groups = None if identity is None else ()
        result = subprocess.run(command, cwd="/", user=identity, group=identity, extra_groups=groups, check=False)
        found = sorted(keep.iterdir())
        if result.returncode != 0 and not found:
            raise FuzzBuildError(f"the fuzzer ended with status {result.returncode} and found nothing")
        return found[0] if found else None


def main() -> None:
    """Fuzz, and say what came of it by the exit status."""
    parser = argparse.ArgumentParser(description="Fuzz what init reads.")
    parser.add_argument("--seconds", type=int, default=60, help="for how long (default: 60)")
    arguments = parser.parse_args()
    keep = Path(tempfile.mkdtemp(prefix="syncode-fuzz-found-"))
    try:
        found = fuzz(arguments.seconds, keep=keep)
    except FuzzBuildError as error:
        keep.rmdir()
        raise SystemExit(f"fuzz: {error}") from error
    if found:
        raise SystemExit(f"fuzz: found something; reproduce it with the fuzzer and {found}")
    keep.rmdir()
    sys.stderr.write(f"fuzz: nothing found in {arguments.seconds} s\n")


if __name__ == "__main__":
    main()
