"""The content address of an image: what it is made of, as one digest."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from languages.model import ImageFile, NpmPackage, Recipe, Wheel

# Raised whenever this room makes another file system out of the same recipe, so that old images are built again.
BUILDER_FORMAT: Final = 1

_NAME_LENGTH: Final = 20


def digest(recipe: Recipe, *, architecture: str) -> str:
    """SHA-256 (64 hex digits) of everything that decides what an image of this recipe holds.

    Order matters among the steps only. What is meant for another architecture does not count.
    """
    content = {
        "format": BUILDER_FORMAT,
        "architecture": architecture,
        "suite": recipe.suite,
        "packages": sorted(set(recipe.packages)),
        "wheels": _sorted([_wheel(wheel, architecture) for wheel in recipe.wheels]),
        "npm": _sorted([_npm(package) for package in npm_packages(recipe, architecture=architecture)]),
        "files": _sorted([_file(file) for file in recipe.files]),
        "steps": [list(step) for step in recipe.steps],
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def directory_name(digest: str) -> str:
    """The digest as the name of a directory: its first 20 hex digits (80 bits)."""
    return digest[:_NAME_LENGTH]


def npm_packages(recipe: Recipe, *, architecture: str) -> tuple[NpmPackage, ...]:
    """The Node.js packages that an image of this architecture gets."""
    return tuple(package for package in recipe.npm if package.architecture in {None, architecture})


def _wheel(wheel: Wheel, architecture: str) -> dict[str, object]:
    return {
        "name": wheel.name,
        "version": wheel.version,
        "sha256": wheel.sha256.get(architecture),
        "files": dict(wheel.files),
    }


def _npm(package: NpmPackage) -> dict[str, object]:
    return {
        "name": package.name,
        "version": package.version,
        "integrity": package.integrity,
        "target": package.target,
    }


def _file(file: ImageFile) -> dict[str, object]:
    return {
        "target": file.target,
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "executable": file.executable,
    }


def _sorted(items: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(items, key=_canonical)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
