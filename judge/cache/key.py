"""Everything that a compilation depends on, as one digest. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Final

from judge.source import Source
from languages import CompileOptions
from sandboxes import Command, Limits

# Raised whenever equal commands come to mean something else: another sandbox around the compiler, another artefact
# made of what it left, another record beside it.
CACHE_FORMAT: Final = 1


@dataclass(frozen=True)
class CacheKey:
    """What went into a compilation. Equal keys have equal digests, different keys different ones.

    ``image``    digest of what the language's root file system holds, not only of the recipe it was built by
    ``version``  id of the language's version
    ``command``  what is run in the jail: argument vectors, environment, all files with their paths, what is collected
    ``limits``   what the compiler was allowed
    """

    image: str
    version: str
    options: CompileOptions
    entrypoint: str
    command: Command
    limits: Limits

    @classmethod
    def of(cls, source: Source, command: Command, *, limits: Limits, image: str) -> CacheKey:
        """The key of compiling ``source`` by ``command``."""
        return cls(image, source.language.version.id, source.options, source.entrypoint, command, limits)

    @cached_property
    def digest(self) -> str:
        """SHA-256, 64 hex digits. The order in which files and variables are named does not count."""
        content = {"format": CACHE_FORMAT, "key": _plain(self)}
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: object) -> object:
    """A value as JSON knows it, every field of it, so that one that is added to a class later counts as well."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{value!r} has no place in a cache key")
