"""Where finished images live on a host: ``<home>/images/<name>/`` with ``rootfs/`` and ``manifest.json``.

Beside them stand, for a while, ``.building-<name>-<pid>`` (a build going on, or left over from one that was
interrupted), ``.removing-…`` (a removal likewise) and ``.lock-<name>`` (held by a living builder).
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from languages.model import Recipe
from sandboxes.errors import ImageError
from sandboxes.images.lock import try_lock
from sandboxes.images.manifest import Manifest, read_manifest
from sandboxes.images.recipe import digest, directory_name

BUILDING_PREFIX: Final = ".building-"
_REMOVING_PREFIX: Final = ".removing-"
_LOCK_PREFIX: Final = ".lock-"


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image: ``rootfs`` is what a jail shows, ``directory`` holds it and its manifest."""

    directory: Path
    manifest: Manifest

    @property
    def rootfs(self) -> Path:
        """The root file system."""
        return self.directory / "rootfs"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a prune removed: directories of images and of left-over builds, and bytes given back by downloads too."""

    images: tuple[Path, ...]
    builds: tuple[Path, ...]
    freed_bytes: int


class ImageStore:
    """The images of one host, under one home directory. Safe to use from several threads and processes."""

    def __init__(self, home: Path, *, architecture: str | None = None) -> None:
        self.home = home.absolute()
        self.architecture = architecture or platform.machine()
        self.directory = self.home / "images"
        self.cache = self.home / "cache" / "images"
        self.logs = self.home / "logs"

    def digest(self, recipe: Recipe) -> str:
        """The recipe's content address on this host's architecture."""
        return digest(recipe, architecture=self.architecture)

    def path(self, recipe: Recipe) -> Path:
        """Where the image of this recipe is or would be."""
        return self.directory / directory_name(self.digest(recipe))

    def lock_path(self, recipe: Recipe) -> Path:
        """The lock that a builder of this recipe holds."""
        return self.directory / f"{_LOCK_PREFIX}{self.path(recipe).name}"

    def log_path(self, recipe: Recipe) -> Path:
        """Where the build of this recipe writes what its tools said."""
        return self.logs / f"image-{self.path(recipe).name}.log"

    def image(self, recipe: Recipe) -> Image | None:
        """The finished image of a recipe; ``None`` when it is not built. Raises :class:`ImageError` if damaged."""
        return _image(self.path(recipe))

    def rootfs(self, recipe: Recipe, *, language: str | None = None) -> Path:
        """The root file system to run in. Raises as :meth:`ready` does."""
        return self.ready(recipe, language=language).rootfs

    def ready(self, recipe: Recipe, *, language: str | None = None) -> Image:
        """The image to run in.

        With ``language``, only if that language has been proved in it. Raises :class:`ImageError` saying what to do.
        """
        image = self.image(recipe)
        command = f"syncode images build {language or ''}".rstrip()
        if image is None:
            of = f"of {language} " if language else ""
            raise ImageError(f"the image {of}is not built: run `{command}`")
        if language and language not in image.manifest.languages:
            raise ImageError(f"the image of {language} has not been proved to run it: run `{command}`")
        return image

    def images(self) -> tuple[Image, ...]:
        """Every finished image, the oldest first. Raises :class:`ImageError` if one is damaged."""
        images = [image for path in self._entries() if _is_finished(path) and (image := _image(path))]
        return tuple(sorted(images, key=lambda image: (image.manifest.created, image.directory.name)))

    def prune(self, keep: Iterable[Recipe]) -> Pruned:
        """Remove images of no recipe in ``keep``, builds and removals left over by a dead process, and downloads.

        What a living builder works on stays.
        """
        kept = {self.path(recipe).name for recipe in keep}
        images: list[Path] = []
        builds: list[Path] = []
        freed = 0
        for path in self._entries():
            finished = _is_finished(path)
            if path.name in kept or not (finished or path.name.startswith((BUILDING_PREFIX, _REMOVING_PREFIX))):
                continue
            size = self._remove_unless_building(path)
            if size is not None:
                (images if finished else builds).append(path)
                freed += size
        freed += self._empty_cache()
        return Pruned(tuple(images), tuple(builds), freed)

    def remove_unfinished(self, recipe: Recipe) -> None:
        """Remove what dead builders of this recipe left. The caller holds the recipe's lock."""
        name = self.path(recipe).name
        for path in self._entries():
            if path.name.startswith(f"{BUILDING_PREFIX}{name}-"):
                remove_tree(path)

    def prepare(self) -> None:
        """Make the directories; jails run under users of their own, who must be able to search them."""
        for directory in (self.home, self.directory):
            if not directory.is_dir():
                try:
                    directory.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise ImageError(f"cannot keep images in {self.home}: {error}; set SYNCODE_HOME") from error
                directory.chmod(0o755)
        for directory in (self.cache, self.logs):
            directory.mkdir(parents=True, exist_ok=True)

    def _entries(self) -> list[Path]:
        try:
            return sorted(self.directory.iterdir())
        except FileNotFoundError:
            return []

    def _remove_unless_building(self, path: Path) -> int | None:
        """Bytes freed, ``None`` when a living builder holds it. Gone for everybody before it is deleted."""
        name = path.name
        if name.startswith((BUILDING_PREFIX, _REMOVING_PREFIX)):
            name = name.removeprefix(BUILDING_PREFIX).removeprefix(_REMOVING_PREFIX).rpartition("-")[0]
        lock_path = self.directory / f"{_LOCK_PREFIX}{name}"
        lock = try_lock(lock_path)
        if lock is None:
            return None
        try:
            size = _disk_bytes(path)
            if path.name.startswith(_REMOVING_PREFIX):
                remove_tree(path)
            else:
                doomed = self.directory / f"{_REMOVING_PREFIX}{name}-{os.getpid()}"
                remove_tree(doomed)
                path.rename(doomed)
                remove_tree(doomed)
            lock_path.unlink()
        finally:
            os.close(lock)
        return size

    def _empty_cache(self) -> int:
        if not self.cache.is_dir():
            return 0
        freed = _disk_bytes(self.cache)
        for path in self.cache.iterdir():
            remove_tree(path)
        return freed


def remove_tree(path: Path) -> None:
    """Delete a tree, or a file, or nothing if it is not there. Raises :class:`ImageError`."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ImageError(f"cannot remove {path}: {error}") from error


def _is_finished(path: Path) -> bool:
    """Whether the name is one of ours for an image; whatever else somebody put here is none of our business."""
    return re.fullmatch(r"[0-9a-f]+", path.name) is not None


def _image(path: Path) -> Image | None:
    manifest = read_manifest(path)
    return None if manifest is None else Image(path, manifest)


def _disk_bytes(path: Path) -> int:
    """Bytes on disk that deleting ``path`` gives back (files with names elsewhere too give nothing)."""
    total = 0
    seen: dict[tuple[int, int], int] = {}
    for directory, _, names in os.walk(path):
        for name in names:
            status = os.lstat(os.path.join(directory, name))
            identity = (status.st_dev, status.st_ino)
            seen[identity] = seen.get(identity, 0) + 1
            if seen[identity] == status.st_nlink:
                total += status.st_blocks * 512
    return total
