"""The languages there are, and which of them can be run now, wherever that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from languages import Language
from runner.errors import UnknownLanguageError


@dataclass(frozen=True, slots=True)
class Catalog(ABC):
    """``languages``: all of them, by id."""

    languages: Mapping[str, Language]

    @abstractmethod
    def lacks(self, language: Language) -> str | None:
        """Why nothing in this language can be run now; ``None`` if it can."""

    def language(self, name: str) -> Language:
        """The language of that id. Raises :class:`runner.errors.UnknownLanguageError`."""
        try:
            return self.languages[name]
        except KeyError:
            raise UnknownLanguageError(name, tuple(self.languages)) from None

    def select(self, names: Sequence[str]) -> tuple[Language, ...]:
        """These languages, each once; all of them when ``names`` is empty. Raises as :meth:`language`."""
        return tuple(self.language(name) for name in dict.fromkeys(names)) or tuple(self.languages.values())
