"""What is written down about a finished image."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sandboxes.errors import ImageError

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image's facts, as its builder found them.

    ``digest``        content address of the recipe (64 hex digits)
    ``architecture``  machine architecture, ``x86_64`` or ``aarch64``
    ``languages``     ids of the languages whose reference program ran right in this image, sorted
    ``packages``      what is installed -> version; names of other registries' packages begin ``wheel:`` or ``npm:``
    ``created``       ISO 8601, UTC
    ``size_bytes``    contents of all regular files, each file once however many names it has
    ``entries``       files, directories and links
    ``builder``       name of the driver that built it
    ``tree``          SHA-256 over paths, kinds, modes and contents of the whole tree
    """

    digest: str
    architecture: str
    suite: str
    languages: tuple[str, ...]
    packages: Mapping[str, str]
    created: str
    size_bytes: int
    entries: int
    builder: str
    tree: str


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest in an image's directory, ``None`` if there is none.

    Raises :class:`ImageError` for one that cannot be understood.
    """
    path = directory / MANIFEST_NAME
    try:
        text = path.read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"cannot read {path}: {error}") from error
    try:
        fields = json.loads(text)
        fields["languages"] = tuple(fields["languages"])
        return Manifest(**fields)
    except (ValueError, TypeError, KeyError) as error:
        raise ImageError(f"{path} is damaged ({error}): delete {directory} and build the image again") from error


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write or replace the manifest; after a crash there is the old one or the new one, whole."""
    new = directory / f".{MANIFEST_NAME}.new"
    with new.open("w") as stream:
        json.dump(asdict(manifest) | {"packages": dict(manifest.packages)}, stream, indent=1, sort_keys=True)
        stream.write("\n")
        stream.flush()
        os.fchmod(stream.fileno(), 0o644)
        os.fsync(stream.fileno())
    new.rename(directory / MANIFEST_NAME)
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def installed_packages(rootfs: Path) -> dict[str, str]:
    """Distribution packages of a tree that still has its package database -> version, sorted by name."""
    path = rootfs / "var/lib/dpkg/status"
    try:
        paragraphs = path.read_text(errors="replace").split("\n\n")
    except OSError as error:
        raise ImageError(f"the built tree has no package database: {error}") from error
    packages: dict[str, str] = {}
    for paragraph in paragraphs:
        fields = dict(
            line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and not line.startswith(" ")
        )
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields["Version"]
    return dict(sorted(packages.items()))
