"""What a builder asks of the thing that makes the root file system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from languages.model import Recipe
from sandboxes.images.tool import Tools


class Stage(StrEnum):
    """Where the build of an image is. The last three end it."""

    WAITING = "waiting"
    FETCHING = "fetching"
    INSTALLING = "installing"
    CONFIGURING = "configuring"
    SEALING = "sealing"
    PROVING = "proving"
    PUBLISHING = "publishing"
    READY = "ready"
    FAILED = "failed"


# Called with a stage, the share of it that is done (0 to 1) and a message.
OnStage = Callable[[Stage, float, str], None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where one image is built.

    ``rootfs``        the tree to make; does not exist yet
    ``work``          an empty directory for anything in between, removed afterwards
    ``cache``         a directory kept between builds, shared with builds going on at the same time
    ``architecture``  of this host and so of the image: ``x86_64`` or ``aarch64``
    """

    rootfs: Path
    work: Path
    cache: Path
    architecture: str
    tools: Tools
    on_stage: OnStage


class Driver(Protocol):
    """Makes a root file system out of a recipe: packages, then files of other sources, then the steps run inside."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""
        ...

    def check(self) -> None:
        """Raise :class:`sandboxes.errors.ImageError` naming what this host lacks for this driver."""
        ...

    def build(self, recipe: Recipe, site: Site) -> None:
        """Make the tree at ``site.rootfs``, its package database included.

        Raises :class:`sandboxes.errors.ImageError`.
        """
        ...
