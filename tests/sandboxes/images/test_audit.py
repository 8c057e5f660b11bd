from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes import ImageError
from sandboxes.images import audit
from sandboxes.images.seal import seal


def problem(tree: Path) -> str:
    """The only violation of a tree."""
    (only,) = audit(tree)
    return only


def test_a_sealed_tree_is_clean_and_keeps_what_the_language_needs(tree: Path) -> None:
    assert audit(tree)
    seal(tree)
    assert audit(tree) == ()
    assert (tree / "usr/bin/tool").stat().st_mode & 0o777 == 0o755
    assert (tree / "etc/tool.conf").read_text() == "setting\n"


def test_sealing_reduces_to_what_a_jail_shows(tree: Path) -> None:
    seal(tree)
    assert {path.name for path in tree.iterdir()} == {
        *("usr", "etc", "bin", "lib"),
        *("app", "box", "dev", "proc", "root", "run", "sys", "tmp", "var"),
    }
    assert sorted(path.name for path in (tree / "etc").iterdir()) == [
        *("group", "hostname", "hosts", "nsswitch.conf", "passwd", "tool.conf"),
    ]
    assert not (tree / "usr/share/doc").exists()
    assert list((tree / "tmp").iterdir()) == []
    assert (tree / "etc/hostname").read_text() == "box\n"
    assert "box:x:1000:1000:" in (tree / "etc/passwd").read_text()


def test_sealing_twice_changes_nothing(tree: Path) -> None:
    seal(tree)
    seal(tree)
    assert audit(tree) == ()


def test_sealing_disarms_files(tree: Path) -> None:
    (tree / "usr/bin/tool").chmod(0o6777)
    (tree / "usr/lib/open").mkdir()
    (tree / "usr/lib/open").chmod(0o3777)
    (tree / "usr/lib/closed").mkdir(mode=0o700)
    (tree / "usr/lib/closed/file").touch(mode=0o600)
    os.mkfifo(tree / "usr/lib/fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "usr/lib/socket"))
    seal(tree)
    assert audit(tree) == ()
    assert stat.S_IMODE((tree / "usr/bin/tool").stat().st_mode) == 0o755
    assert stat.S_IMODE((tree / "usr/lib/open").stat().st_mode) == 0o755
    assert stat.S_IMODE((tree / "usr/lib/closed").stat().st_mode) == 0o755
    assert stat.S_IMODE((tree / "usr/lib/closed/file").stat().st_mode) == 0o644
    assert not (tree / "usr/lib/fifo").exists()
    assert not (tree / "usr/lib/socket").exists()


@pytest.mark.usefixtures("require_root")
def test_sealing_removes_devices_owners_and_capabilities(tree: Path) -> None:
    os.mknod(tree / "usr/lib/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(tree / "usr/lib/disk", stat.S_IFBLK | 0o660, os.makedev(7, 200))
    os.chown(tree / "usr/bin/tool", 1000, 1000)
    os.setxattr(tree / "usr/bin/tool", "security.capability", CAPABILITY)
    seal(tree)
    assert audit(tree) == ()
    assert not (tree / "usr/lib/null").exists()
    assert not (tree / "usr/lib/disk").exists()
    assert (tree / "usr/bin/tool").stat().st_uid == 0


def test_a_link_out_of_the_tree_is_never_followed(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept")
    (outside / "file").chmod(0o666)
    (tree / "usr/lib/link").symlink_to(outside)
    (tree / "srv").symlink_to(outside)
    (tree / "etc/passwd").symlink_to(outside / "file")
    seal(tree)
    assert (outside / "file").read_text() == "kept"
    assert stat.S_IMODE((outside / "file").stat().st_mode) == 0o666
    assert audit(tree) == ()


@pytest.mark.parametrize("name", ["bin", "lib"])
def test_a_system_without_merged_usr_is_refused(tree: Path, name: str) -> None:
    (tree / name).unlink()
    (tree / name).mkdir()
    with pytest.raises(ImageError, match=f"no link to usr/{name}"):
        seal(tree)


def test_a_link_in_place_of_usr_is_refused(tree: Path, tmp_path: Path) -> None:
    (tree / "usr").rename(tmp_path / "usr")
    (tree / "usr").symlink_to(tmp_path / "usr")
    with pytest.raises(ImageError, match="/usr of the built tree is no directory"):
        seal(tree)


# VFS_CAP_REVISION_2 with cap_net_raw permitted and effective; linux/capability.h, struct vfs_cap_data
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


def _plant_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _relink(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "set-uid": (lambda tree: (tree / "usr/bin/tool").chmod(0o4755), "/usr/bin/tool: has the set-user-id bit"),
    "set-gid": (lambda tree: (tree / "usr/bin/tool").chmod(0o2755), "/usr/bin/tool: has the set-group-id bit"),
    "set-gid directory": (lambda tree: (tree / "usr/lib").chmod(0o2755), "/usr/lib: has the set-group-id bit"),
    "open file": (lambda tree: (tree / "usr/bin/tool").chmod(0o757), "/usr/bin/tool: can be written by everybody"),
    "open directory": (lambda tree: (tree / "usr/lib").chmod(0o1777), "/usr/lib: can be written by everybody"),
    "open mount point": (lambda tree: (tree / "run").chmod(0o1777), "/run: can be written by everybody"),
    "closed file": (lambda tree: (tree / "usr/bin/tool").chmod(0o750), "/usr/bin/tool: cannot be read by everybody"),
    "closed directory": (lambda tree: (tree / "usr/lib").chmod(0o700), "/usr/lib: cannot be read by everybody"),
    "fifo": (lambda tree: os.mkfifo(tree / "usr/lib/fifo"), "/usr/lib/fifo: is a FIFO"),
    "socket": (lambda tree: _plant_socket(tree / "usr/lib/socket"), "/usr/lib/socket: is a socket"),
    "shadow": (lambda tree: (tree / "etc/shadow").touch(), "/etc/shadow: must not be there"),
    "dangling shadow": (lambda tree: (tree / "etc/shadow").symlink_to("/none"), "/etc/shadow: must not be there"),
    "name server": (lambda tree: (tree / "etc/resolv.conf").touch(), "/etc/resolv.conf: must not be there"),
    "machine id": (lambda tree: (tree / "etc/machine-id").touch(), "/etc/machine-id: must not be there"),
    "host name": (lambda tree: (tree / "etc/hostname").write_text("ci\n"), "/etc/hostname: must be the stub"),
    "another user": (lambda tree: (tree / "etc/passwd").write_text("a:x:1:1::/:\n"), "/etc/passwd: must be the stub"),
    "left in run": (lambda tree: (tree / "run/file").touch(), "/run/file: a mount point must be empty"),
    "left in var": (lambda tree: (tree / "var/lib").mkdir(), "/var/lib: a mount point must be empty"),
    "top level": (lambda tree: (tree / "home").mkdir(), "/home: has no place in an image"),
    "no mount point": (lambda tree: (tree / "box").rmdir(), "/box: must be a directory"),
    "no device point": (lambda tree: (tree / "dev/null").unlink(), "/dev/null: must be an empty file"),
    "filled device point": (lambda tree: (tree / "dev/zero").write_text("0"), "/dev/zero: must be an empty file"),
    "bin elsewhere": (lambda tree: _relink(tree / "bin", "/usr/bin"), "/bin: must be a link to usr/bin"),
    "no lib": (lambda tree: (tree / "lib").unlink(), "/lib: must be a link to usr/lib"),
}


@pytest.mark.parametrize(("plant", "sentence"), PLANTED.values(), ids=PLANTED)
def test_finds_what_is_planted(tree: Path, plant: Callable[[Path], object], sentence: str) -> None:
    seal(tree)
    plant(tree)
    assert problem(tree).startswith(sentence)


@pytest.mark.usefixtures("require_root")
def test_finds_what_only_root_can_plant(tree: Path) -> None:
    seal(tree)
    os.mknod(tree / "usr/lib/null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    assert problem(tree) == "/usr/lib/null: is a device node"
    (tree / "usr/lib/null").unlink()
    os.setxattr(tree / "usr/bin/tool", "security.capability", CAPABILITY)
    assert problem(tree) == "/usr/bin/tool: has file capabilities"
    os.removexattr(tree / "usr/bin/tool", "security.capability")
    os.chown(tree / "usr/bin/tool", 1000, 0)
    assert problem(tree) == "/usr/bin/tool: belongs to user 1000"


def test_no_tree_at_all(tmp_path: Path) -> None:
    assert audit(tmp_path / "missing") == ("/: there is no tree",)
