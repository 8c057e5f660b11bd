"""Building what runs in every jail: static programs, content-addressed by their sources and their compiler."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sandboxes.errors import IsolationError

SOURCES: Final = (
    "init.c",
    "case.h",
    "container.h",
    "messages.h",
    "program.h",
    "protocol.h",
    "request.h",
    "scratch.h",
)
FLAGS: Final = (
    "-std=gnu11",
    "-O2",
    "-static",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fstack-protector-strong",
    "-D_FORTIFY_SOURCE=2",
    "-Wl,-z,relro,-z,now,-z,noexecstack",
    "-Wl,--build-id=none",
    "-s",
)


class InitBuildError(IsolationError):
    """init could not be compiled; the message carries the compiler's words or names the missing package."""


def build_init(directory: Path, *, compiler: str = "cc") -> Path:
    """Return the path of a built init below ``directory``; see :func:`build_static`."""
    here = Path(__file__).parent
    return build_static(directory, "init", sources=[here / name for name in SOURCES], compiler=compiler)


def build_static(directory: Path, name: str, *, sources: Sequence[Path], compiler: str = "cc") -> Path:
    """Return the path of a program below ``directory``, compiling it if these sources were not built there yet.

    ``sources``: the file to compile, then what it includes, all of one directory. The path ends in a digest of
    sources, flags and compiler version, so that an old program is never taken for a new one. Two builders at once end
    with the same file. Raises :class:`InitBuildError`.
    """
    program = shutil.which(compiler)
    if program is None:
        raise InitBuildError(f"no C compiler ({compiler}) on this host: install the packages gcc and libc6-dev")
    told = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=30)
    if told.returncode != 0:
        raise InitBuildError(f"{program} --version fails: is it a C compiler?")
    digest = hashlib.sha256(told.stdout + "\0".join(FLAGS).encode())
    for source in sources:
        digest.update(source.read_bytes())
    target = directory / f"{name}-{digest.hexdigest()[:16]}"
    if target.exists():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=directory) as scratch:
        built = Path(scratch) / name
        arguments = [program, *FLAGS, f"-ffile-prefix-map={sources[0].parent}=.", "-o", str(built), str(sources[0])]
        done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)
        if done.returncode != 0:
            raise InitBuildError(f"{name} does not compile: {done.stderr.decode(errors='replace').strip()}")
        built.chmod(0o555)
        os.replace(built, target)
    return target
