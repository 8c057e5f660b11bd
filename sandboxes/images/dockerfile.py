"""The driver for hosts with Docker: the same recipe as a build context for the Dockerfile beside this module."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from languages.model import Recipe
from sandboxes.errors import ImageError
from sandboxes.images.driver import Site, Stage
from sandboxes.images.material import gather

_DOCKERFILE: Final = Path(__file__).with_name("Dockerfile")
_PROBE_S: Final = 20


@dataclass(frozen=True, slots=True)
class DockerfileDriver:
    """Builds with a Docker engine that has BuildKit. ``base`` ``None``: Debian's own image of the recipe's suite."""

    base: str | None = None

    @property
    def name(self) -> str:
        """What the manifest calls it."""
        return "docker"

    def check(self) -> None:
        """Raise :class:`ImageError` naming what this host lacks."""
        if shutil.which("docker") is None:
            raise ImageError("building images with Docker needs the docker command: install the package docker.io")
        try:
            probe = subprocess.run(
                ["docker", "version", "--format", "{{.Server.Version}}"],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PROBE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ImageError(f"the Docker engine does not answer within {_PROBE_S} s: is it running?") from error
        if probe.returncode:
            said = probe.stderr.decode(errors="replace").strip() or "it said nothing"
            raise ImageError(f"there is no Docker engine to build images with: {said}")

    def build(self, recipe: Recipe, site: Site) -> None:
        """Make the tree. Raises :class:`ImageError`."""
        self.check()
        context = write_context(recipe, gather(recipe, site), site.work / "context")
        site.on_stage(Stage.INSTALLING, 0.0, "building in Docker")
        site.tools.run(
            build_argv(context, site.rootfs, base=self.base or f"debian:{recipe.suite}-slim"),
            purpose="build the image in Docker",
            on_line=lambda line: site.on_stage(Stage.INSTALLING, 0.0, line),
        )


def write_context(recipe: Recipe, overlay: Path, context: Path) -> Path:
    """Lay out what the Dockerfile copies: ``overlay/``, ``packages`` (one a line) and ``steps`` (a shell script)."""
    context.mkdir()
    shutil.copyfile(_DOCKERFILE, context / "Dockerfile")
    overlay.rename(context / "overlay")
    (context / "packages").write_text("".join(f"{package}\n" for package in sorted(set(recipe.packages))))
    (context / "steps").write_text("".join(f"{line}\n" for line in ("set -e", *map(shlex.join, recipe.steps))))
    return context


def build_argv(context: Path, rootfs: Path, *, base: str) -> list[str]:
    """The argument vector that builds a context and leaves the file system at ``rootfs``."""
    return [
        *("env", "DOCKER_BUILDKIT=1", "docker", "build", "--progress=plain"),
        *("--build-arg", f"BASE={base}", "--output", f"type=local,dest={rootfs}", str(context)),
    ]
