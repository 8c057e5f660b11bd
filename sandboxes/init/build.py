"""Building init: one static program, content-addressed by its sources and its compiler."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from sandboxes.errors import IsolationError

SOURCES: Final = ("init.c", "request.h", "protocol.h")
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
    """Return the path of a built init below ``directory``, compiling it if these sources were not built there yet.

    The name holds a digest of sources, flags and compiler version, so that an old one is never taken for a new one.
    Two builders at once end with the same file. Raises :class:`InitBuildError`.
    """
    program = shutil.which(compiler)
    if program is None:
        raise InitBuildError(f"no C compiler ({compiler}) on this host: install the packages gcc and libc6-dev")
    here = Path(__file__).parent
    told = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=30)
    if told.returncode != 0:
        raise InitBuildError(f"{program} --version fails: is it a C compiler?")
    digest = hashlib.sha256(told.stdout + "\0".join(FLAGS).encode())
    for name in SOURCES:
        digest.update((here / name).read_bytes())
    target = directory / f"init-{digest.hexdigest()[:16]}"
    if target.exists():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="init-", dir=directory) as scratch:
        built = Path(scratch) / "init"
        arguments = [program, *FLAGS, f"-ffile-prefix-map={here}=.", "-o", str(built), str(here / "init.c")]
        done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)
        if done.returncode != 0:
            raise InitBuildError(f"init does not compile: {done.stderr.decode(errors='replace').strip()}")
        built.chmod(0o555)
        os.replace(built, target)
    return target
