"""Programs in the manner of testlib, made to be called and to answer as the problem package format wants it.

An adapter of ours is compiled with them (``adapters/``). ``testlib.h`` itself is never added: the package has to ship
it. Only programs in C++ can be adapted.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import PurePosixPath
from typing import Final

HEADERS: Final = (".h", ".hpp", ".hh", ".hxx", ".inc")
SOURCES: Final = (".cpp", ".cc", ".cxx", ".c++", ".cp")
"""Extensions of the programs that can be adapted."""

# Names that no program of a package is likely to have.
_NAME: Final = "adapter_of_testlib_{}.cpp"


def is_cpp(path: str) -> bool:
    """Whether a program is written in what can be adapted."""
    return PurePosixPath(path).suffix.lower() in SOURCES


def headers(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of a package's resources that programs include."""
    return {name: content for name, content in files.items() if PurePosixPath(name).suffix.lower() in HEADERS}


def adapted_checker(name: str, code: bytes, beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an output validator: a checker, what it includes, and its adapter."""
    return {**headers(beside), _cpp(name): code, _NAME.format("checker"): _adapter("checker")}


def adapted_validator(name: str, code: bytes, beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an input validator."""
    return {**headers(beside), _cpp(name): code, _NAME.format("validator"): _adapter("validator")}


def adapted_interactor(
    name: str, code: bytes, beside: Mapping[str, bytes], *, checker: bytes | None = None
) -> dict[str, bytes]:
    """The files of an interactor; ``checker`` judges what it writes to its transcript, unless it is ``None``."""
    if checker is None:
        return {**headers(beside), _cpp(name): code, _NAME.format("interactor"): _adapter("interactor")}
    parts = {"interactor.inc": code, "checker.inc": checker}
    return {**headers(beside), **parts, _NAME.format("conversation"): _adapter("conversation")}


def _cpp(name: str) -> str:
    """The name with an extension that every judge takes."""
    path = PurePosixPath(name)
    return f"{path.stem}.cpp" if path.suffix.lower() in {".c++", ".cp"} else path.name


def _adapter(name: str) -> bytes:
    return resources.files("judge.packages.formats").joinpath("adapters", f"{name}.cpp").read_bytes()
