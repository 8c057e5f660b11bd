"""A package of format 2025-09 in the making."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from judge.errors import PackageError
from judge.packages.archive import MOST_BYTES
from judge.packages.content import shortname
from judge.packages.formats.conversion import Conversion, PackageFormat

# Ids of packages that have none of their own: the same each time that the same package is converted.
_NAMESPACE: Final = uuid.UUID("5f1d7c3e-0d0a-4b44-9d1c-3f6b0d0f6a21")
_BLOCK_BYTES: Final = 1 << 18
# The format knows whole points only: by what others are multiplied.
_FACTORS: Final = (1, 2, 4, 5, 10, 20, 50, 100, 1000)

_NEARLY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Points:
    """What a group of tests is worth, as ``test_group.yaml`` says it. ``requires``: directories below ``data``."""

    points: float
    aggregation: str
    requires: tuple[str, ...] = ()


class Draft:
    """Collects files below ``within``, and what is to be reported; paths in it are the caller's to keep plain.

    ``notes`` and ``unsupported`` are for the report: see :class:`Conversion`.
    """

    def __init__(self, within: Path, title: str, *, name: str | None = None) -> None:
        self.title = title.strip() or "Problem"
        self.directory = within / shortname(name or title)
        self.notes: list[str] = []
        self.unsupported: list[str] = []
        self.metadata: dict[str, object] = {}
        self.limits: dict[str, object] = {}
        self._settings: dict[str, dict[str, object]] = {}
        self._notes: dict[str, dict[str, object]] = {}
        self._submissions: dict[str, dict[str, object]] = {}
        self._digest = hashlib.sha256()
        self._bytes = 0
        self.directory.mkdir()

    def write(self, path: str, content: bytes | str | Path | Iterator[bytes]) -> None:
        """Add a file, from a file's ``Path`` or from content, whole or in blocks.

        Raises :class:`PackageError` if it cannot be read, and once all files together are larger than a package may be:
        a package may name one file many times.
        """
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        try:
            with target.open("wb") as file:
                for block in _blocks(content):
                    self._bytes += len(block)
                    if self._bytes > MOST_BYTES:
                        raise PackageError(path, "", f"makes the package larger than {MOST_BYTES >> 20} MiB")
                    file.write(block)
        except OSError as error:
            raise PackageError(path, "", f"cannot be written: {error.strerror}") from error

    def test(self, name: str, given: Path | bytes, answer: Path | bytes) -> None:
        """Add a test; ``name`` is its path below ``data``, without an extension."""
        self.write(f"data/{name}.in", given)
        self.write(f"data/{name}.ans", answer)
        self._digest.update(name.encode() + b"\0")

    def setting(self, directory: str, **values: object) -> None:
        """Say something in ``test_group.yaml`` of a directory below ``data`` (empty: ``data`` itself)."""
        self._settings.setdefault(directory, {}).update(values)

    def note(self, name: str, **values: object) -> None:
        """Say something about a test in its own file."""
        self._notes.setdefault(name, {}).update(values)

    def worth(self, groups: Mapping[str, Points]) -> None:
        """Make it a scoring problem with these groups, by their directory below ``data``.

        Points that are not whole are multiplied, with a note.
        """
        factor = next(
            (each for each in _FACTORS if all(_is_whole(group.points * each) for group in groups.values())), 0
        )
        if factor != 1:
            factor = factor or _FACTORS[-1]
            self.notes.append(f"points were multiplied by {factor}: the format knows whole ones only")
        points = {directory: round(group.points * factor) for directory, group in groups.items()}
        self.setting("secret", max_score=sum(points.values()), score_aggregation="sum")
        for directory, group in groups.items():
            self.setting(directory, max_score=points[directory], score_aggregation=group.aggregation)
            if group.requires:
                self.setting(directory, require_pass=list(group.requires))

    def expect(self, path: str, **values: object) -> None:
        """Say something about submissions in ``submissions.yaml``; ``path`` is below ``submissions``."""
        self._submissions.setdefault(path, {}).update(values)

    def finish(self, format_: PackageFormat, *, identity: str | None = None, kinds: Iterable[str] = ()) -> Conversion:
        """Write what was said, and report.

        ``identity`` tells this problem from all others (``None``: its tests do), ``kinds`` are more of its types beside
        pass-fail or scoring.
        """
        for directory, values in self._settings.items():
            self.write("/".join(part for part in ("data", directory, "test_group.yaml") if part), _yaml(values))
        for name, values in self._notes.items():
            self.write(f"data/{name}.yaml", _yaml(values))
        if self._submissions:
            self.write("submissions/submissions.yaml", _yaml(self._submissions))
        scoring = any("max_score" in values for values in self._settings.values())
        types = ["scoring" if scoring else "pass-fail", *kinds]
        self.write(
            "problem.yaml",
            _yaml(
                {
                    "problem_format_version": "2025-09",
                    "type": types if len(types) > 1 else types[0],
                    "name": self.title,
                    "uuid": str(uuid.uuid5(_NAMESPACE, f"{format_}:{identity or self._tests_digest()}")),
                    **self.metadata,
                    **({"limits": self.limits} if self.limits else {}),
                }
            ),
        )
        return Conversion(self.directory, self.title, format_, tuple(self.notes), tuple(self.unsupported))

    def _tests_digest(self) -> str:
        for path in sorted((self.directory / "data").rglob("*.*")):
            for block in _blocks(path):
                self._digest.update(block)
        return self._digest.hexdigest()


def plain(text: str, default: str = "x") -> str:
    """A name that the format allows, near to ``text``, which may be a path."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text.replace("/", "-")).strip(".-_")
    return name[:100] or default


def numbered(index: int, count: int, text: str = "") -> str:
    """A name that sorts by ``index`` among ``count`` of them, with ``text`` after it unless that says nothing more."""
    number = f"{index:0{max(2, len(str(count)))}}"
    name = plain(text, "")
    return number if not name or name.lstrip("0") == str(index) else f"{number}-{name}"


def _blocks(content: bytes | Path | Iterator[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with content.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block
    else:
        yield from content


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < _NEARLY


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
