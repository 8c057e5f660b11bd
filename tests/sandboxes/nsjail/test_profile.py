"""The policy text of a jail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandboxes.nsjail.profile import Shown, load_template, render
from sandboxes.slots import Slot

SHOWN = Shown(rootfs=Path("/i/rootfs"), init=Path("/init"), empty=Path("/e"))


def test_what_differs_per_jail_is_filled_in() -> None:
    template = '# @COMMENT@\nmount { src: "@ROOTFS@/usr" }\n\nx: "@INIT@ @EMPTY@ @INIT_UID@ @PROGRAM_UID@"'
    assert render(template, SHOWN, Slot(3)) == 'mount { src: "/i/rootfs/usr" }\nx: "/init /e 70006 70007"\n'


def test_the_shipped_policy_has_no_placeholder_left() -> None:
    assert "@" not in render(load_template(), SHOWN, Slot(0))


def test_every_mount_of_the_shipped_policy_is_nosuid_and_read_only_or_a_device() -> None:
    mounts = re.findall(r"^mount \{(.*)\}$", load_template(), re.MULTILINE)
    assert len(mounts) > 10
    for mount in mounts:
        if "is_symlink" in mount:
            continue
        assert "nosuid: true" in mount, mount
        assert "rw: false" in mount or 'src: "/dev/' in mount, mount
        assert "nodev: true" in mount or 'src: "/dev/' in mount, mount


@pytest.mark.parametrize("path", ["relative", '/quo"te', "/new\nline", "/back\\slash", "/at sign space"])
def test_a_path_that_could_change_the_policy_is_refused(path: str) -> None:
    shown = Shown(rootfs=Path(path), init=Path("/init"), empty=Path("/e"))
    with pytest.raises(ValueError, match="path"):
        render(load_template(), shown, Slot(0))


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("@NOTHING@", SHOWN, Slot(0))
