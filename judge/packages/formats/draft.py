"""A package of format 2025-09 in the making."""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from judge.errors import PackageError
from judge.packages.content import shortname
from judge.packages.formats.conversion import Conversion, PackageFormat

# Ids of packages that have none of their own: the same each time that the same package is converted.
_NAMESPACE: Final = uuid.UUID("5f1d7c3e-0d0a-4b44-9d1c-3f6b0d0f6a21")
_BLOCK_BYTES: Final = 1 << 18


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
        self._submissions: dict[str, dict[str, object]] = {}
        self._digest = hashlib.sha256()
        self.directory.mkdir()

    def write(self, path: str, content: bytes | str | Path) -> None:
        """Add a file, from a file's ``Path`` or from content. Raises :class:`PackageError` if it cannot be read."""
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            try:
                shutil.copyfile(content, target)
            except OSError as error:
                raise PackageError(content.name, "", f"cannot be read: {error.strerror}") from error
        else:
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def test(self, name: str, given: Path | bytes, answer: Path | bytes) -> None:
        """Add a test; ``name`` is its path below ``data``, without an extension."""
        self.write(f"data/{name}.in", given)
        self.write(f"data/{name}.ans", answer)
        self._digest.update(name.encode() + b"\0")

    def setting(self, directory: str, **values: object) -> None:
        """Say something in ``test_group.yaml`` of a directory below ``data`` (empty: ``data`` itself)."""
        self._settings.setdefault(directory, {}).update(values)

    def describe(self, name: str, text: str) -> None:
        """Add a description to a test."""
        self.write(f"data/{name}.yaml", _yaml({"description": text}))

    def worth(self, groups: Mapping[str, Points]) -> None:
        """Make it a scoring problem with these groups, by their directory below ``data``."""
        total = sum(group.points for group in groups.values())
        self.setting("secret", max_score=_whole(total), score_aggregation="sum")
        for directory, group in groups.items():
            self.setting(directory, max_score=_whole(group.points), score_aggregation=group.aggregation)
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
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
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


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
