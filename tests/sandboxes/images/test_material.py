from __future__ import annotations

import base64
import hashlib
import io
import stat
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from languages import ImageFile, NpmPackage, Recipe, Wheel
from sandboxes import ImageError
from sandboxes.images import Site
from sandboxes.images.material import gather, place, unpack, verify_integrity


def member(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, mode: int = 0o644
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    info.mode = mode
    info.linkname = "/etc/passwd" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
    return info, content


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def package(content: bytes, *, integrity: str | None = None) -> NpmPackage:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return NpmPackage("tool", "1.0.0", integrity or f"sha512-{digest}", "/usr/lib/tool", None)


def test_unpacks_files_without_the_first_component(tmp_path: Path) -> None:
    tarball = archive(
        tmp_path / "tool.tgz",
        member("package", kind=tarfile.DIRTYPE),
        member("package/bin/tool", b"run", mode=0o6755),
        member("package/package.json", b"{}", mode=0o666),
    )
    unpack(tarball, tmp_path / "out")
    assert (tmp_path / "out/package.json").read_bytes() == b"{}"
    assert stat.S_IMODE((tmp_path / "out/bin/tool").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "out/package.json").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "bad",
    [
        member("package/../../escaped"),
        member("/package/escaped"),
        member("escaped"),
        member("package/link", kind=tarfile.SYMTYPE),
        member("package/link", kind=tarfile.LNKTYPE),
        member("package/device", kind=tarfile.CHRTYPE),
        member("package/fifo", kind=tarfile.FIFOTYPE),
    ],
    ids=lambda bad: f"{bad[0].name} {bad[0].type!r}",
)
def test_refuses_members_that_are_no_plain_files(tmp_path: Path, bad: tuple[tarfile.TarInfo, bytes]) -> None:
    tarball = archive(tmp_path / "tool.tgz", bad)
    with pytest.raises(ImageError, match="refusing to unpack"):
        unpack(tarball, tmp_path / "deep/out")
    assert not (tmp_path / "escaped").exists()


def test_refuses_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "tool.tgz").write_bytes(b"<html>not found</html>")
    with pytest.raises(ImageError, match="cannot unpack"):
        unpack(tmp_path / "tool.tgz", tmp_path / "out")
    whole = archive(tmp_path / "whole.tgz", member("package/file", bytes(range(256)) * 64)).read_bytes()
    (tmp_path / "cut.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match="cannot unpack"):
        unpack(tmp_path / "cut.tgz", tmp_path / "cut")


def test_integrity(tmp_path: Path) -> None:
    tarball = tmp_path / "tool.tgz"
    tarball.write_bytes(b"content")
    verify_integrity(package(b"content"), tarball)
    with pytest.raises(ImageError, match="not what the recipe pins"):
        verify_integrity(package(b"Content"), tarball)


@pytest.mark.parametrize("integrity", ["sha1-AAAA", "sha512-AAAA", "sha512-*", "sha512", "sha512-"])
def test_integrity_of_another_kind_is_refused(tmp_path: Path, integrity: str) -> None:
    tarball = tmp_path / "tool.tgz"
    tarball.write_bytes(b"content")
    with pytest.raises(ImageError, match="no sha512 digest"):
        verify_integrity(package(b"content", integrity=integrity), tarball)


@pytest.mark.parametrize("target", ["usr/x", "/x", "/opt/x", "/usr", "/usr/../etc/x", "/lib/x", "", "/"])
def test_only_places_that_a_jail_shows(tmp_path: Path, target: str) -> None:
    with pytest.raises(ImageError, match="below /usr or /etc"):
        place(tmp_path, target)


def test_our_own_files(site: Site, recipe: Recipe) -> None:
    files = (ImageFile("/usr/bin/tool", b"run", True), ImageFile("/etc/tool/conf", b"\x00\xff", False))
    overlay = gather(replace(recipe, files=files), site)
    assert (overlay / "usr/bin/tool").read_bytes() == b"run"
    assert stat.S_IMODE((overlay / "usr/bin/tool").stat().st_mode) == 0o755
    assert (overlay / "etc/tool/conf").read_bytes() == b"\x00\xff"
    assert stat.S_IMODE((overlay / "etc/tool/conf").stat().st_mode) == 0o644


def test_a_wheel_must_exist_for_this_architecture(site: Site, recipe: Recipe) -> None:
    wheel = Wheel("tool", "1.0", {"aarch64": "00"}, {})
    with pytest.raises(ImageError, match="no tool for x86_64"):
        gather(replace(recipe, wheels=(wheel,)), site)


def test_a_wheel_that_cannot_be_had_names_the_log(site: Site, recipe: Recipe) -> None:
    wheel = Wheel("not a name", "1.0", {"x86_64": "00" * 32}, {})
    with pytest.raises(ImageError, match=r"could not fetch not a name 1\.0 .*the end of .*log"):
        gather(replace(recipe, wheels=(wheel,)), site)
