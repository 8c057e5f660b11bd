"""YAML files of a package, read strictly: every wrong key or value is named by file and dotted key."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import yaml

from judge.errors import PackageError

_MOST_BYTES: Final = 1 << 20
_MOST_EXPANDED: Final = 4 << 20
_MOST_BITS: Final = 13_000  # some 3900 digits: more than 4300 are not shown as text by Python
_WORDS: Final = {str: "text", int: "a whole number", bool: "true or false", dict: "a map", list: "a list"}

Kind = TypeVar("Kind", str, int, bool)


class _StrictLoader(yaml.SafeLoader):
    """Plain data only; a key that stands twice in one map is an error, not the last one's word."""


def _no_twins(loader: _StrictLoader, node: yaml.MappingNode) -> Iterator[dict[Hashable, Any]]:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} stands there twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
    yield from loader.construct_yaml_map(node)


def _no_giants(loader: _StrictLoader, node: yaml.ScalarNode) -> int:
    value = loader.construct_yaml_int(node)
    if value.bit_length() > _MOST_BITS:
        raise yaml.constructor.ConstructorError(problem="a number is far too large", problem_mark=node.start_mark)
    return value


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _no_twins)
_StrictLoader.add_constructor("tag:yaml.org,2002:int", _no_giants)


class Table:
    """A map of a YAML file, asked key by key. ``file`` as shown in errors, ``key`` its dotted place in it."""

    def __init__(self, file: str, key: str, content: Mapping[str, object]) -> None:
        self.file = file
        self.key = key
        self.content = content

    def only(self, known: Collection[str]) -> None:
        """Raise :class:`PackageError` for a key that is none of these."""
        for name in self.content:
            if name not in known:
                self.refuse(name, f"unknown key; known here: {', '.join(sorted(known))}")

    def has(self, name: str) -> bool:
        """Whether the key is there with a value."""
        return self.content.get(name) is not None

    def get(self, name: str) -> object:
        """The value as it is, ``None`` if there is none."""
        return self.content.get(name)

    def text(self, name: str) -> str | None:
        """Text; a number counts as the text it is written as."""
        value = self.content.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return self._typed(name, value, str)

    def truth(self, name: str) -> bool | None:
        """True or false."""
        return self._typed(name, self.content.get(name), bool)

    def natural(self, name: str) -> int | None:
        """A whole number above 0."""
        value = self._typed(name, self.content.get(name), int)
        if value is not None and value <= 0:
            self.refuse(name, f"must be above 0, is {value}")
        return value

    def number(self, name: str) -> float | None:
        """A finite number above 0."""
        value = self.content.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(name, f"must be a number, is {describe(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not (math.isfinite(number) and number > 0):
            self.refuse(name, f"must be a finite number above 0, is {value}")
        return number

    def amount(self, name: str) -> float | None:
        """A finite number that is not negative."""
        value = self.content.get(name)
        return 0.0 if type(value) in {int, float} and value == 0 else self.number(name)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts."""
        value = self.content.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            self.refuse(name, f"must be a list of texts, is {describe(value)}")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.refuse(f"{name}[{index}]", f"must be text (in quotation marks if need be), is {describe(item)}")
        return tuple(value)

    def plain(self, name: str) -> dict[str, object]:
        """A map of what JSON can hold: texts, finite numbers, true, false, nothing, lists and maps of these."""
        found = self.table(name).content
        self._plain(name, found)
        return dict(found)

    def table(self, name: str) -> Table:
        """A map; a missing one is empty."""
        value = self.content.get(name)
        return Table(self.file, self._at(name), {} if value is None else checked_map(self.file, self._at(name), value))

    def tables(self, name: str) -> tuple[Table, ...]:
        """A list of maps; a missing one is empty."""
        value = self.content.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.refuse(name, f"must be a list of maps, is {describe(value)}")
        places = [f"{self._at(name)}[{index}]" for index in range(len(value))]
        return tuple(
            Table(self.file, place, checked_map(self.file, place, item))
            for place, item in zip(places, value, strict=True)
        )

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Raise :class:`PackageError` about a key of this map."""
        raise PackageError(self.file, self._at(name), reason)

    def _plain(self, name: str, value: object) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                if not isinstance(key, str):
                    self.refuse(name, f"has the key {key!r}, which is not text")
                self._plain(f"{name}.{key}", item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._plain(f"{name}[{index}]", item)
        elif not (
            value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
        ):
            self.refuse(name, f"is nothing that can be kept: {describe(value)}")

    def _at(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def _typed(self, name: str, value: object, kind: type[Kind]) -> Kind | None:
        if value is None:
            return None
        if type(value) is not kind:  # not isinstance: true is no number
            self.refuse(name, f"must be {_WORDS[kind]}, is {describe(value)}")
        return value


def read_table(path: Path, shown: str) -> Table:
    """The map that a YAML file holds; an empty file is an empty map. Raises :class:`PackageError`."""
    return Table(shown, "", checked_map(shown, "", _load(path, shown) or {}))


def checked_map(file: str, key: str, value: object) -> dict[str, object]:
    """The value as a map with texts as keys. Raises :class:`PackageError` if it is none."""
    if not isinstance(value, dict):
        raise PackageError(file, key, f"must be a map of keys to values, is {describe(value)}")
    for name in value:
        if not isinstance(name, str):
            raise PackageError(file, key, f"has the key {name!r}, which is not text")
    return value


def describe(value: object) -> str:
    """The value for an error: its kind, and itself where it is short."""
    shown = repr(value)
    kind = next((word for known, word in _WORDS.items() if type(value) is known), f"a {type(value).__name__}")
    return kind if len(shown) > 40 or isinstance(value, (dict, list)) else f"{shown} ({kind})"


def _load(path: Path, shown: str) -> object:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PackageError(shown, "", f"cannot be read: {error.strerror}") from error
    if len(raw) > _MOST_BYTES:
        raise PackageError(shown, "", f"is larger than {_MOST_BYTES} bytes")
    try:
        content = yaml.load(raw.decode("utf-8"), Loader=_StrictLoader)  # noqa: S506 # the loader is a safe one
    except UnicodeDecodeError as error:
        raise PackageError(shown, "", f"is not UTF-8: wrong byte at offset {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise PackageError(shown, "", f"is not valid YAML: {where}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PackageError(shown, "", f"is not valid YAML: {str(error) or type(error).__name__}") from error
    if _size(content, {}) > _MOST_EXPANDED:
        raise PackageError(shown, "", "becomes far too large where its anchors are followed")
    return content


def _size(value: object, known: dict[int, float]) -> float:
    """How much a value is when everything in it stands for itself; endless for one that holds itself."""
    if not isinstance(value, (dict, list)):
        return len(value) if isinstance(value, (str, bytes)) else 1
    if id(value) not in known:
        known[id(value)] = math.inf  # until it is known: whoever meets it again is within it
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(value)]
