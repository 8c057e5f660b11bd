"""Packages of Polygon (``problem.xml``): those that hold their tests, which Polygon calls full ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from judge.errors import PackageError
from judge.packages.formats.conversion import Conversion, PackageFormat
from judge.packages.formats.draft import Draft
from judge.packages.formats.foreign import Foreign
from judge.packages.formats.polygon.description import FILE, Test, read_description
from judge.packages.formats.polygon.points import laid_out
from judge.packages.formats.polygon.programs import Programs
from judge.packages.formats.polygon.statements import LANGUAGES, title, write_statements

__all__ = ["FILE", "convert"]

_MOST_DESCRIPTION: Final = 1000


def convert(package: Foreign, within: Path, *, name: str) -> Conversion:
    """Make a package of one of Polygon's. Raises :class:`PackageError` for what cannot be read, and without tests."""
    about = read_description(package)
    tests = [(_file(package, test, test.input), _file(package, test, test.answer)) for test in about.tests]
    draft = Draft(within, title(about), name=about.shortname or name)
    layout = laid_out(about)
    for index, places in layout.places.items():
        test = about.tests[index]
        for place in places:
            draft.test(place, *tests[index])
            if test.description.strip():
                draft.note(place, description=test.description.strip()[:_MOST_DESCRIPTION])
    if layout.worth:
        draft.worth(layout.worth)
    draft.limits = {
        "time_limit": about.cpu_ms / 1000,
        "memory": max(1, math.ceil(about.memory_bytes / (1 << 20))),
    }
    if about.tags:
        draft.metadata["keywords"] = list(about.tags)
    names = {LANGUAGES[language]: text for language, text in about.names.items() if language in LANGUAGES and text}
    if len(names) > 1:
        draft.metadata["name"] = names
    if about.other_testsets:
        draft.notes.append(f"other testsets than the main one were left out: {', '.join(about.other_testsets)}")
    if about.file_io:
        draft.unsupported.append(f"input or output in files instead of standard streams: {', '.join(about.file_io)}")
    if about.runs > 1:
        draft.unsupported.append("programs that are run more than once on a test (run-count)")
    kinds = Programs(package, about, draft).write()
    write_statements(package, about, draft)
    return draft.finish(PackageFormat.POLYGON, identity=about.url or None, kinds=kinds)


def _file(package: Foreign, test: Test, path: str) -> Path:
    file = package.get(path)
    if file is None:
        made = f", which {test.cmd.split()[0]!r} generates," if test.cmd and test.cmd.split() else ""
        raise PackageError(
            path, "", f"is missing{made}: this is a standard package without tests; ask Polygon for the full one"
        )
    return file
