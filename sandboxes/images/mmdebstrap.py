"""The driver for Debian and Ubuntu hosts with root: mmdebstrap makes the tree, steps run chrooted in it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from languages.model import Recipe
from sandboxes.errors import ImageError
from sandboxes.images.driver import OnStage, Site, Stage
from sandboxes.images.material import gather
from sandboxes.images.tree import walk

_KEYRINGS: Final = tuple(
    Path("/usr/share/keyrings") / f"debian-archive-keyring.{suffix}" for suffix in ("gpg", "pgp", "asc")
)

# Dies with the builder, and everything below it too: mounts and processes are in namespaces of their own.
CONFINED: Final = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"),
)

# dpkg reads this once the tree exists. As options of mmdebstrap the same lines would send every archive through a
# filter at extraction, which takes five times as long as deleting the files afterwards.
_DPKG_CONFIG: Final = """\
force-unsafe-io
path-exclude=/usr/share/bash-completion/*
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
"""

STEP_ENVIRONMENT: Final = (
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
    "TZ=UTC",
)

_CHROOT: Final = """\
set -e
root=$1
shift
mount -t proc proc "$root/proc"
for device in full null random urandom zero; do
    [ -e "$root/dev/$device" ] || : > "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot "$root" env -i "$@"
"""


@dataclass(frozen=True, slots=True)
class MmdebstrapDriver:
    """Builds from Debian packages as root. ``mirror`` ``None``: where mmdebstrap itself looks for the suite."""

    mirror: str | None = None

    @property
    def name(self) -> str:
        """What the manifest calls it."""
        return "mmdebstrap"

    def check(self) -> None:
        """Raise :class:`ImageError` naming what this host lacks."""
        if os.geteuid() != 0:
            raise ImageError("building images with mmdebstrap needs root: run the same command as root")
        for program, package in (("mmdebstrap", "mmdebstrap"), ("unshare", "util-linux"), ("setpriv", "util-linux")):
            if shutil.which(program) is None:
                raise ImageError(f"building images needs {program}: install the package {package}")
        if not any(keyring.exists() for keyring in _KEYRINGS):
            raise ImageError("building images needs Debian's keys: install the package debian-archive-keyring")

    def build(self, recipe: Recipe, site: Site) -> None:
        """Make the tree. Raises :class:`ImageError`."""
        self.check()
        overlay = gather(recipe, site)
        archives = site.cache / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        site.on_stage(Stage.INSTALLING, 0.0, "preparing packages")
        progress = InstallProgress(site.on_stage)
        site.tools.run(
            mmdebstrap_argv(recipe, site, archives=archives, mirror=self.mirror),
            purpose="install the packages of the image",
            on_line=progress.feed,
        )
        lay_over(overlay, site.rootfs)
        for index, step in enumerate(recipe.steps):
            site.on_stage(Stage.CONFIGURING, index / len(recipe.steps), shlex.join(step))
            site.tools.run(step_argv(site.rootfs, step), purpose=f"run {step[0]} in the image")


class InstallProgress:
    """Turns what mmdebstrap, apt and dpkg say into a share of the work that never falls."""

    # line of mmdebstrap -> where the share then is, and how far the packages that follow will take it
    _PHASES: Final = {
        "running apt-get update": (0.02, 0.1),
        "downloading packages": (0.1, 0.15),
        "extracting archives": (0.15, 0.3),
        "installing essential packages": (0.3, 0.55),
        "installing remaining packages": (0.55, 0.98),
        "cleaning package lists": (0.98, 0.98),
    }
    _COUNT = re.compile(r"(\d+) newly installed")
    _PACKAGE = re.compile(r"(Unpacking|Setting up) (\S+)")

    def __init__(self, on_stage: OnStage) -> None:
        self._on_stage = on_stage
        self._begin, self._end = 0.0, 0.02
        self._packages = 0
        self._seen = 0

    def feed(self, line: str) -> None:
        """Take one line of output."""
        if line.startswith("I: "):
            for text, (begin, end) in self._PHASES.items():
                if line.startswith(text, 3):
                    self._begin, self._end, self._seen = begin, end, 0
                    self._on_stage(Stage.INSTALLING, begin, text)
        elif count := self._COUNT.search(line):
            self._packages = int(count[1])
        elif package := self._PACKAGE.match(line):
            self._seen += 1
            share = min(self._seen / max(2 * self._packages, 1), 1.0)
            name = package[2].partition(":")[0]
            self._on_stage(
                Stage.INSTALLING,
                self._begin + share * (self._end - self._begin),
                f"{package[1].lower()} {name}",
            )


def mmdebstrap_argv(recipe: Recipe, site: Site, *, archives: Path, mirror: str | None) -> list[str]:
    """The argument vector that makes the tree; fetched package files are shared through ``archives``."""
    shared = shlex.quote(str(archives))
    inside = '"$1"/var/cache/apt/archives'
    configuration = f'printf %s {shlex.quote(_DPKG_CONFIG)} > "$1"/etc/dpkg/dpkg.cfg.d/00syncode'
    # Links, made in one step: a builder that reads never sees half a file of one that writes.
    take = f"mkdir -p {inside} && find {shared} -name '*.deb' -exec cp -ln -t {inside} {{}} + || true"
    give = f"find {inside} -name '*.deb' -exec cp -ln -t {shared} {{}} + || true"
    argv = [
        *CONFINED,
        *("--", "env", f"TMPDIR={site.work}", "mmdebstrap"),
        *("--verbose", "--mode=root", "--format=directory", "--variant=essential"),
        *('--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"'),
        "--skip=essential/unlink",
        f'--setup-hook=mkdir -p "$1"/etc/dpkg/dpkg.cfg.d && {configuration}',
        f"--setup-hook={take}",
        f"--customize-hook={give}",
    ]
    if recipe.packages:
        argv.append(f"--include={','.join(sorted(set(recipe.packages)))}")
    argv += [recipe.suite, str(site.rootfs)]
    return argv if mirror is None else [*argv, mirror]


def step_argv(rootfs: Path, step: Sequence[str]) -> list[str]:
    """The argument vector that runs a step inside the tree: as root, without network, in a fixed environment."""
    return [*CONFINED, "--net", "--", "sh", "-c", _CHROOT, "sh", str(rootfs), *STEP_ENVIRONMENT, *step]


def lay_over(overlay: Path, rootfs: Path) -> None:
    """Copy an overlay's files into the tree. Raises :class:`ImageError` when a link leads out of it."""
    inside = rootfs.resolve()
    for entry in walk(overlay):
        source = Path(entry.full)
        if source.is_dir():
            continue
        target = rootfs / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(inside):
            raise ImageError(f"/{entry.path}: a link on the way leads out of the image; name the real path")
        target.unlink(missing_ok=True)
        shutil.copy(source, target)
