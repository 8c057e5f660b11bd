"""``problem.xml`` of a Polygon package, as values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn
from xml.etree import ElementTree as ET

from judge.errors import PackageError
from judge.packages.formats.foreign import Foreign

FILE: Final = "problem.xml"
MAIN_TESTSET: Final = "tests"

_MOST_BYTES: Final = 4 << 20
_MOST_TESTS: Final = 10_000
_MOST_PATTERN: Final = 200


@dataclass(frozen=True, slots=True)
class Test:
    """A test. ``group`` and ``points`` are ``None`` where tests earn none; ``cmd``: what generates it."""

    __test__ = False

    input: str
    answer: str
    sample: bool
    group: str | None
    points: float | None
    description: str
    cmd: str | None


@dataclass(frozen=True, slots=True)
class TestGroup:
    """A group of tests. ``complete``: all or nothing; ``points``: its own, ``None`` where only its tests have some."""

    __test__ = False

    name: str
    complete: bool
    points: float | None
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A source file; ``name`` as Polygon calls a checker of its own (``std::wcmp.cpp``), else empty."""

    path: str
    type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution and what it is said to lead to."""

    program: Program
    tag: str
    tagged_apart: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that may be compiled with others; ``with_solutions``: with solutions of these types too."""

    path: str
    with_solutions: bool
    types: str


@dataclass(frozen=True, slots=True)
class Description:
    """What ``problem.xml`` says, as far as it can be used. Files are named, not read."""

    shortname: str
    url: str
    names: dict[str, str]
    tags: tuple[str, ...]
    cpu_ms: float
    memory_bytes: float
    tests: tuple[Test, ...]
    groups: tuple[TestGroup, ...]
    other_testsets: tuple[str, ...]
    file_io: tuple[str, ...]
    runs: int
    checker: Program | None
    interactor: Program | None
    validators: tuple[Program, ...]
    solutions: tuple[Solution, ...]
    resources: tuple[Resource, ...]
    attachments: tuple[str, ...]
    tex_statements: dict[str, str]


def read_description(package: Foreign) -> Description:
    """Read ``problem.xml``. Raises :class:`PackageError` naming the element that is missing or wrong."""
    root = _parsed(package.read(FILE, _MOST_BYTES))
    judging = _one(root, "judging")
    testsets = {each.get("name", ""): each for each in judging.iterfind("testset")}
    if not testsets:
        _refuse("judging", "holds no testset")
    testset = testsets.get(MAIN_TESTSET) or next(iter(testsets.values()))
    assets = root.find("assets")
    interactor = None if assets is None else assets.find("interactor")
    return Description(
        shortname=root.get("short-name", ""),
        url=root.get("url", ""),
        names={each.get("language", ""): each.get("value", "") for each in root.iterfind("names/name")},
        tags=tuple(value for each in root.iterfind("tags/tag") if (value := each.get("value", ""))),
        cpu_ms=_number(testset, "time-limit"),
        memory_bytes=_number(testset, "memory-limit"),
        tests=tuple(_tests(testset)),
        groups=tuple(_groups(testset)),
        other_testsets=tuple(name for name, each in testsets.items() if each is not testset),
        file_io=tuple(name for word in ("input-file", "output-file") if (name := judging.get(word, ""))),
        runs=int(judging.get("run-count", "1")) if judging.get("run-count", "1").isdecimal() else 1,
        checker=None if assets is None else _program(assets.find("checker")),
        interactor=_program(interactor),
        validators=tuple(filter(None, map(_program, root.iterfind("assets/validators/validator")))),
        solutions=tuple(_solutions(root)),
        resources=tuple(_resources(root)),
        attachments=tuple(
            path
            for each in root.iterfind("files/attachments/")
            if (path := each.get("path") or each.get("location") or "")
        ),
        tex_statements={
            each.get("language", ""): each.get("path", "")
            for each in root.iterfind("statements/statement")
            if each.get("type") == "application/x-tex"
        },
    )


def _parsed(content: bytes) -> ET.Element:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackageError(FILE, "", f"is not UTF-8: wrong byte at offset {error.start}") from error
    if "<!DOCTYPE" in text:  # where entities that grow without end are made
        raise PackageError(FILE, "", "has a document type; Polygon writes none")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except (ET.ParseError, ValueError) as error:
        raise PackageError(FILE, "", f"is not valid XML: {error}") from error
    if root.tag != "problem":
        raise PackageError(FILE, "", f"has {root.tag!r} at its top, not problem")
    return root


def _tests(testset: ET.Element) -> Iterator[Test]:
    given = _pattern(testset, "input-path-pattern")
    answer = _pattern(testset, "answer-path-pattern")
    described = testset.findall("tests/test")
    count = int(_number(testset, "test-count"))
    if not 0 < count <= _MOST_TESTS:
        _refuse("testset.test-count", f"must be above 0 and at most {_MOST_TESTS}, is {count}")
    for index in range(1, count + 1):
        about = described[index - 1] if index <= len(described) else ET.Element("test")
        yield Test(
            input=_filled(given, index),
            answer=_filled(answer, index),
            sample=about.get("sample") == "true",
            group=about.get("group"),
            points=_points(about, f"tests.test[{index}]"),
            description=about.get("description", ""),
            cmd=about.get("cmd"),
        )


def _groups(testset: ET.Element) -> Iterator[TestGroup]:
    seen: set[str] = set()
    for each in testset.iterfind("groups/group"):
        name, policy = each.get("name"), each.get("points-policy", "complete-group")
        if name is None or name in seen:
            _refuse("testset.groups.group", "has no name, or one that another has")
        if policy not in {"complete-group", "each-test"}:
            _refuse(f"testset.groups.group {name}", f"has the unknown points-policy {policy!r}")
        seen.add(name)
        requires = tuple(one.get("group", "") for one in each.iterfind("dependencies/dependency"))
        yield TestGroup(name, policy == "complete-group", _points(each, f"group {name}"), requires)


def _solutions(root: ET.Element) -> Iterator[Solution]:
    for each in root.iterfind("assets/solutions/solution"):
        program = _program(each)
        if program is not None:
            apart = each.find("extra-tags/extra-tag") is not None
            yield Solution(program, each.get("tag", ""), apart)


def _resources(root: ET.Element) -> Iterator[Resource]:
    for each in root.iterfind("files/resources/file"):
        path = each.get("path")
        if path:
            used = {asset.get("name", "").lower() for asset in each.iterfind("assets/asset")}
            yield Resource(path, "solution" in used, each.get("for-types", ""))


def _program(element: ET.Element | None) -> Program | None:
    source = None if element is None else element.find("source")
    if element is None or source is None or not source.get("path"):
        return None
    return Program(source.get("path", ""), source.get("type", ""), element.get("name", ""))


def _one(element: ET.Element, name: str) -> ET.Element:
    found = element.find(name)
    if found is None:
        _refuse(name, "is missing")
    return found


def _number(element: ET.Element, name: str) -> float:
    text = (element.findtext(name) or "").strip()
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        _refuse(f"{element.tag}.{name}", f"must be a number above 0, is {text[:40]!r}")
    return number


def _points(element: ET.Element, where: str) -> float | None:
    text = element.get("points")
    if text is None or not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        _refuse(where, f"has points that are no number: {text[:40]!r}")
    return number


def _pattern(testset: ET.Element, name: str) -> str:
    pattern = (testset.findtext(name) or "").strip()
    if len(pattern) > _MOST_PATTERN or len(re.findall("%", pattern)) != 1 or not re.search(r"%(0?[1-9])?d", pattern):
        _refuse(f"testset.{name}", f"must be a path with one %d or %02d, is {pattern[:40]!r}")
    return pattern


def _filled(pattern: str, index: int) -> str:
    return re.sub(r"%(0?)([1-9]?)d", lambda found: f"{index:{found[1]}{found[2]}}", pattern)


def _refuse(key: str, reason: str) -> NoReturn:
    raise PackageError(FILE, key, reason)
