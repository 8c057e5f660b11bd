"""What this host has: the languages, and the images they run in. Needs no privilege and starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from languages import Language, load_languages
from runner.catalog import Catalog
from runner.settings import Settings
from sandboxes import ImageError
from sandboxes.images import Image, ImageStore


@dataclass(frozen=True, slots=True)
class Inventory(Catalog):
    """The languages by id, and the store of their images."""

    store: ImageStore

    @classmethod
    def open(cls, settings: Settings) -> Inventory:
        """Read the languages. Raises :class:`languages.LanguageError` when one of their files is wrong."""
        return cls(load_languages(), ImageStore(settings.home))

    def image(self, language: Language) -> Image:
        """The image the language is proved in. Raises :class:`sandboxes.ImageError` saying what to do."""
        return self.store.ready(language.image, language=language.id)

    def rootfs(self, language: Language) -> Path:
        """The root file system of that image. Raises as :meth:`image` does."""
        return self.image(language).rootfs

    @override
    def lacks(self, language: Language) -> str | None:
        """See :meth:`runner.catalog.Catalog.lacks`; as far as this host's image goes."""
        try:
            self.rootfs(language)
        except ImageError as error:
            return str(error)
        return None
