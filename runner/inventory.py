"""What this host has: the languages, and the images they run in. Needs no privilege and starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from languages import Language, load_languages
from runner.errors import UnknownLanguageError
from runner.settings import Settings
from sandboxes import ImageError
from sandboxes.images import Image, ImageStore


@dataclass(frozen=True, slots=True)
class Inventory:
    """The languages by id, and the store of their images."""

    languages: Mapping[str, Language]
    store: ImageStore

    @classmethod
    def open(cls, settings: Settings) -> Inventory:
        """Read the languages. Raises :class:`languages.LanguageError` when one of their files is wrong."""
        return cls(load_languages(), ImageStore(settings.home))

    def language(self, name: str) -> Language:
        """The language of that id. Raises :class:`UnknownLanguageError`."""
        try:
            return self.languages[name]
        except KeyError:
            raise UnknownLanguageError(name, tuple(self.languages)) from None

    def select(self, names: Sequence[str]) -> tuple[Language, ...]:
        """These languages, each once; all of them when ``names`` is empty. Raises :class:`UnknownLanguageError`."""
        return tuple(self.language(name) for name in dict.fromkeys(names)) or tuple(self.languages.values())

    def image(self, language: Language) -> Image:
        """The image the language is proved in. Raises :class:`sandboxes.ImageError` saying what to do."""
        return self.store.ready(language.image, language=language.id)

    def rootfs(self, language: Language) -> Path:
        """The root file system of that image. Raises as :meth:`image` does."""
        return self.image(language).rootfs

    def lacks(self, language: Language) -> str | None:
        """Why the language cannot run here as far as its image goes; ``None`` if it can."""
        try:
            self.rootfs(language)
        except ImageError as error:
            return str(error)
        return None
