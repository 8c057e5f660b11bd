"""Reducing a built tree to what a jail shows, and taking away whatever a program could abuse.

A jail shows an image's ``/usr`` and ``/etc`` read-only and lays links and empty file systems around them. So nothing
else of the tree is kept, and ``/etc`` keeps what the packages of the language brought besides a stub.
"""

from __future__ import annotations

import os
import shutil
import stat
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from sandboxes.errors import ImageError
from sandboxes.images.tree import Entry, walk

# Directories a jail mounts something on, or that programs expect to be there.
MOUNT_POINTS: Final = ("app", "box", "dev", "dev/shm", "proc", "root", "run", "sys", "tmp", "var", "var/tmp")
# Files a jail may bind the host's devices on.
DEVICE_POINTS: Final = ("dev/full", "dev/null", "dev/random", "dev/urandom", "dev/zero")
USR_LINKS: Final = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")

# What the base system puts into /etc and no program that is judged has a use for.
_ETC_UNUSED: Final = (
    ".pwd.lock",
    "X11",
    "adduser.conf",
    "apparmor*",
    "apt",
    "bash*",
    "bindresvport.blacklist",
    "ca-certificates*",
    "cron*",
    "debconf.conf",
    "default",
    "deluser.conf",
    "dpkg",
    "emacs",
    "environment",
    "ethertypes",
    "fstab",
    "group-",
    "gshadow*",
    "gss",
    "init*",
    "issue*",
    "kernel",
    "ldap",
    "libaudit.conf",
    "login*",
    "logrotate.d",
    "machine-id",
    "modules*",
    "motd",
    "mtab",
    "netconfig",
    "networks",
    "opt",
    "pam*",
    "passwd-",
    "ppp",
    "profile*",
    "rc[0-9S].d",
    "resolv.conf",
    "rmt",
    "rpc",
    "security",
    "selinux",
    "shadow*",
    "shells",
    "skel",
    "ssh",
    "ssl",
    "subgid*",
    "subuid*",
    "sudo*",
    "sysctl*",
    "systemd",
    "tmpfiles.d",
    "udev",
    "update-motd.d",
    "xattr.conf",
    "xdg",
)

_USR_UNUSED: Final = (
    "games",
    "lib/apt",
    "lib/init",
    "lib/systemd",
    "lib/udev",
    "local/games",
    "local/man",
    "local/share/man",
    "share/bash-completion",
    "share/bug",
    "share/doc",
    "share/doc-base",
    "share/info",
    "share/lintian",
    "share/locale",
    "share/man",
    "share/zsh",
)

ETC_STUB: Final = {
    "passwd": (
        "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        "box:x:1000:1000:box:/box:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": "root:x:0:\nbox:x:1000:\nnogroup:x:65534:\n",
    "hostname": "box\n",
    "hosts": "127.0.0.1\tlocalhost box\n::1\tlocalhost box\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
}


def seal(rootfs: Path) -> None:
    """Reduce the tree to ``/usr``, a stub ``/etc`` and empty mount points, and make every entry harmless.

    Set-user-id and set-group-id bits, write permission for others and file capabilities go; device nodes, FIFOs and
    sockets are deleted. Everything can be read by everybody, whatever the umask of the builder.
    Raises :class:`ImageError` when the tree cannot be changed or is no merged-usr system.
    """
    try:
        _reduce(rootfs)
        for entry in walk(rootfs):
            _disarm(entry)
    except OSError as error:
        raise ImageError(f"cannot clean the built tree: {error}") from error


def _reduce(rootfs: Path) -> None:
    for path in rootfs.iterdir():
        _reduce_top(path)
    for unused in _USR_UNUSED:
        _delete(rootfs / "usr" / unused)
    etc = rootfs / "etc"
    for path in etc.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in _ETC_UNUSED):
            _delete(path)
    for name, content in ETC_STUB.items():
        _delete(etc / name)
        (etc / name).write_text(content)
        (etc / name).chmod(0o644)
    for point in MOUNT_POINTS:
        (rootfs / point).mkdir()
    for point in DEVICE_POINTS:
        (rootfs / point).touch()
    for directory in (rootfs, *(rootfs / point for point in MOUNT_POINTS)):
        directory.chmod(0o755)


def _reduce_top(path: Path) -> None:
    """Keep ``/usr``, ``/etc`` and the links into ``/usr``; delete everything else."""
    if path.name in {"usr", "etc"}:
        if path.is_symlink() or not path.is_dir():
            raise ImageError(f"/{path.name} of the built tree is no directory")
    elif not (path.is_symlink() and path.name in USR_LINKS and os.readlink(path) == f"usr/{path.name}"):
        if path.name in {"bin", "lib"}:
            raise ImageError(f"/{path.name} of the built tree is no link to usr/{path.name}: use a newer suite")
        _delete(path)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _disarm(entry: Entry) -> None:
    status = entry.status
    if stat.S_ISLNK(status.st_mode):
        return
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        os.unlink(entry.full)
        return
    if os.geteuid() == 0 and (status.st_uid or status.st_gid):
        os.chown(entry.full, 0, 0)
    for attribute in os.listxattr(entry.full, follow_symlinks=False):
        if attribute == "security.capability":
            os.removexattr(entry.full, attribute, follow_symlinks=False)
    readable = 0o555 if stat.S_ISDIR(status.st_mode) else 0o444
    harmless = stat.S_IMODE(status.st_mode) & 0o755 | readable
    if harmless != stat.S_IMODE(status.st_mode):
        os.chmod(entry.full, harmless)
