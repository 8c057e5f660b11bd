"""The door for whatever somebody calls a package: a directory or an archive, in any of the known formats."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from judge.errors import PackageError
from judge.packages.archive import unpack
from judge.packages.content import shortname
from judge.packages.formats import Conversion, PackageFormat, convert


@contextmanager
def opened(path: Path, *, within: Path | None = None) -> Iterator[Conversion]:
    """A package that can be read, whatever ``path`` is: a directory or a zip archive, in a known format.

    A directory in the problem package format is given as it is; anything else is unpacked and converted into a
    temporary directory (in ``within``; by default where the system keeps such) that is gone when the context ends::

        with opened(path) as found:
            package = read_package(found.directory, languages)

    ``found.notes`` belong before ``package.warnings`` and ``found.unsupported`` before ``package.unsupported``: a
    package with any of the latter must not be judged. ``package.path`` is temporary, too; name ``path`` to people.
    Raises :class:`PackageError` for what is no package, no archive, or an archive that is refused.
    """
    if path.is_dir():
        name = path.absolute().name
    elif path.is_file():
        name = PurePosixPath(path.name).stem
    else:
        raise PackageError(str(path), "", "is no directory and no archive with a problem package")
    with tempfile.TemporaryDirectory(prefix="syncode-package-", dir=within) as temporary:
        directory, converted = path, Path(temporary) / "converted"
        converted.mkdir()
        if not path.is_dir():
            directory = Path(temporary) / "unpacked"
            name = unpack(path, directory) or name
        found = convert(directory, converted, name=name)
        if found.format is PackageFormat.ICPC and directory is not path:
            directory = directory.rename(converted / shortname(name))
            found = Conversion(directory, found.name, found.format)
        yield found
