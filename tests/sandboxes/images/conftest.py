"""Hand-made trees and languages, and a driver that makes a tree without packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from languages import Language, Recipe, Reference
from sandboxes import ImageError
from sandboxes.images import ImageStore, Site, Stage
from sandboxes.images.tool import Halt, Tools

EMPTY = Recipe(suite="trixie", packages=(), wheels=(), npm=(), files=(), steps=())


def make_tree(root: Path) -> None:
    """A merged-usr system as a package manager leaves it, as far as this room looks at one."""
    for name in ("usr/bin", "usr/lib", "usr/share/doc/base", "etc/ssl", "var/lib/dpkg", "var/log", "home", "tmp"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib"):
        (root / name).symlink_to(f"usr/{name}")
    (root / "usr/bin/tool").write_text("#!/bin/sh\n")
    (root / "usr/bin/tool").chmod(0o755)
    (root / "usr/share/doc/base/README").write_text("read me\n")
    (root / "etc/shadow").write_text("root:*:1::::::\n")
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    (root / "etc/hostname").write_text("builder\n")
    (root / "etc/machine-id").write_text("0123\n")
    (root / "etc/tool.conf").write_text("setting\n")
    (root / "tmp").chmod(0o1777)
    (root / "tmp/left").write_text("over\n")
    (root / "var/lib/dpkg/status").write_text(
        "Package: tool\nStatus: install ok installed\nVersion: 1.2-3\nDescription: a tool\n with: more lines\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 4\n"
    )


@dataclass
class TreeDriver:
    """Makes :func:`make_tree`'s tree; ``before`` runs first, to fail, wait or count."""

    name: str = "tree"
    before: Callable[[Recipe, Site], None] | None = None
    lacking: str | None = None
    built: list[Recipe] = field(default_factory=list)

    def check(self) -> None:
        if self.lacking:
            raise ImageError(self.lacking)

    def build(self, recipe: Recipe, site: Site) -> None:
        self.built.append(recipe)
        if self.before is not None:
            self.before(recipe, site)
        site.on_stage(Stage.INSTALLING, 0.5, "making the tree")
        make_tree(site.rootfs)


@pytest.fixture(autouse=True)
def ordinary_umask() -> Iterator[None]:
    """Trees made by hand have the modes they are meant to have, whoever runs the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def driver() -> TreeDriver:
    return TreeDriver()


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "home", architecture="x86_64")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    make_tree(root)
    return root


@pytest.fixture
def recipe() -> Recipe:
    return EMPTY


@pytest.fixture
def language() -> Callable[..., Language]:
    """A language with an id and what its recipe should have besides nothing."""

    def make(name: str, **recipe: tuple[object, ...]) -> Language:
        return Language(
            id=name,
            name=name,
            extensions=(f".{name}",),
            entrypoint=f"main.{name}",
            entrypoint_pattern=r"\w+",
            versions=(),
            standards=(),
            time_multiplier=1.0,
            memory_allowance_mib=0,
            image=replace(EMPTY, **recipe),  # type: ignore[arg-type]  # a table of fields
            compile=None,
            run=("tool",),
            run_environment={},
            diagnostics=(),
            starter="",
            reference=Reference("", "", ""),
        )

    return make


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A place to build in, with real tools."""
    work = tmp_path / "work"
    work.mkdir()
    return Site(
        rootfs=tmp_path / "rootfs",
        work=work,
        cache=tmp_path / "cache",
        architecture="x86_64",
        tools=Tools(tmp_path / "log", halt=Halt()),
        on_stage=lambda stage, share, message: None,  # noqa: ARG005  # the driver's names for them
    )


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"not available, and CI=true: {reason}")
    pytest.skip(reason)


@pytest.fixture
def require_root() -> None:
    if os.geteuid() != 0:
        _missing("needs root: device nodes, owners and namespaces")


@pytest.fixture
def require_mmdebstrap() -> None:
    if os.geteuid() != 0:
        _missing("needs root: mmdebstrap makes files of root")
    if shutil.which("mmdebstrap") is None:
        _missing("needs mmdebstrap: install the package mmdebstrap")
