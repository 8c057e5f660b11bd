"""Inputs and outputs, and nothing else: ``1.in`` with ``1.out``, ``input01.txt`` with ``output01.txt``, and the like.

An input and its output differ in one word only, which may be the extension, a word of the name, or a directory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from judge.errors import PackageError
from judge.packages.formats.conversion import Conversion, PackageFormat
from judge.packages.formats.draft import Draft, numbered
from judge.packages.formats.foreign import Foreign

PATTERNS: Final = "NAME.in with NAME.out, .ans or .a; inputNAME.txt with outputNAME.txt; in/NAME with out/NAME"

_INPUTS: Final = frozenset({"in", "inp", "input", "inputs"})
_OUTPUTS: Final = frozenset({"out", "outp", "output", "outputs", "ans", "answer", "answers", "expected", "sol"})
_OUTPUT_EXTENSIONS: Final = _OUTPUTS | {"a", "ok"}
# Where the extension is none of these words, a file with test data has one of these, a number, or none.
_EXTENSIONS: Final = frozenset({"", "txt", "text", "dat", "data"})
_SAMPLE: Final = re.compile(r"(?<![a-z])(sample|example)s?(?![a-z])", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z]+")
_STATEMENTS: Final = ("statement.md", "problem.md", "README.md", "statement.tex", "problem.tex")


def tests_of(package: Foreign) -> list[tuple[str, Path, Path]]:
    """Name, input and output of the tests that are there, by name, numbers in their order.

    Where no input has an output there are none. Raises :class:`PackageError` for an input without an output or the
    reverse, and where two claim one place.
    """
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for name in package.files:
        key, given = _key(name)
        if given is None:
            continue
        twin = (inputs if given else outputs).setdefault(key, name)
        if twin != name:
            raise PackageError(name, "", f"and {twin} are both the {'input' if given else 'output'} of one test")
    for name in list(package.files):  # 01 with 01.a: the input has no word of its own
        stem = name.removesuffix(".a")
        if stem != name and stem in package.files and _key(name)[0] not in inputs:
            inputs[_key(name)[0]] = stem
    if not inputs.keys() & outputs.keys():
        return []
    for one, other, what in ((inputs, outputs, "output"), (outputs, inputs, "input")):
        for key, name in one.items():
            if key not in other:
                raise PackageError(name, "", f"has no {what}; looked for: {PATTERNS}")
    found = [(name, package.files[name], package.files[outputs[key]]) for key, name in inputs.items()]
    return sorted(found, key=lambda test: natural(test[0]))


def convert(package: Foreign, within: Path, *, name: str) -> Conversion:
    """Make a package of the tests. Raises :class:`PackageError`, also when there is none."""
    tests = tests_of(package)
    if not tests:
        raise PackageError(name, "", f"holds no tests; looked for: {PATTERNS}")
    draft = Draft(within, name)
    samples = [test for test in tests if _SAMPLE.search(test[0])]
    secret = [test for test in tests if test not in samples]
    if not secret:
        draft.notes.append("all tests are samples; they are the secret tests too")
        secret = samples
    for directory, chosen in (("sample", samples), ("secret", secret)):
        for index, (path, given, answer) in enumerate(chosen, 1):
            draft.test(f"{directory}/{numbered(index, len(chosen), PurePosixPath(path).stem)}", given, answer)
    for path in _STATEMENTS:
        if path in package.files:
            draft.write(f"statement/problem.en{PurePosixPath(path).suffix}", package.files[path])
            break
    else:
        draft.notes.append("there is no statement")
    draft.setting("", output_validator_args=["case_sensitive"])
    draft.notes.append("outputs are compared word by word; nothing says how they are to be compared")
    draft.notes.append("there are no limits; those of the format are assumed")
    used = {path for test in tests for path in test[1:]}
    others = [path for path, file in package.files.items() if file not in used and path not in _STATEMENTS]
    if others:
        draft.notes.append(f"{len(others)} files are neither inputs nor outputs: {', '.join(others[:5])}")
    return draft.finish(PackageFormat.PLAIN)


def natural(text: str) -> list[tuple[int, str]]:
    """A key for sorting in which ``2`` comes before ``10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def _key(name: str) -> tuple[str, bool | None]:
    """The name with its words for input and output taken out, and which it is by the last of them: ``True``: input."""
    path = PurePosixPath(name)
    role: list[bool] = []

    def without(outputs: frozenset[str]) -> Callable[[re.Match[str]], str]:
        def replace(word: re.Match[str]) -> str:
            text = word.group().lower()
            if text in _INPUTS or text in outputs:
                role.append(text in _INPUTS)
                return "*"
            return word.group()

        return replace

    parent = _WORD.sub(without(_OUTPUTS), path.parent.as_posix())
    stem = _WORD.sub(without(_OUTPUTS), path.stem)
    suffix = path.suffix.removeprefix(".")
    extension = _WORD.sub(without(_OUTPUT_EXTENSIONS), suffix)
    if extension != "*" and suffix.lower() not in _EXTENSIONS and not suffix.isdecimal():
        role.clear()
    return f"{parent}/{stem}.{extension}", role[-1] if role else None
