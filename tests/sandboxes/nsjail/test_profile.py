"""The policy text of a jail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandboxes.nsjail.profile import Shown, load_template, render
from sandboxes.slots import Slot, User

SHOWN = Shown(rootfs=Path("/i/rootfs"), init=Path("/init"), app=Path("/a"))


def test_what_differs_per_jail_is_filled_in() -> None:
    template = '# @COMMENT@\nmount { src: "@ROOTFS@/usr" }\n\nx: "@INIT@ @APP@ @INIT_UID@ @PROGRAM_UID@"'
    assert render(template, SHOWN, Slot(3)) == 'mount { src: "/i/rootfs/usr" }\nx: "/init /a 70006 70007"\n'


def test_a_caller_who_is_not_root_is_mapped_alone() -> None:
    text = render(load_template(), SHOWN, Slot(3, User(5, 6)))
    assert re.findall("^.idmap.*$", text, re.MULTILINE) == [
        'uidmap { inside_id: "1000" outside_id: "5" count: 1 }',
        'gidmap { inside_id: "1000" outside_id: "6" count: 1 }',
    ]


def test_a_slot_of_its_own_has_two_users() -> None:
    text = render(load_template(), SHOWN, Slot(3))
    assert re.findall('^(.)idmap.*inside_id: "(\\d+)" outside_id: "(\\d+)"', text, re.MULTILINE) == [
        ("u", "0", "70006"),
        ("u", "1000", "70007"),
        ("g", "0", "70006"),
        ("g", "1000", "70007"),
    ]


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
    shown = Shown(rootfs=Path(path), init=Path("/init"), app=Path("/a"))
    with pytest.raises(ValueError, match="path"):
        render(load_template(), shown, Slot(0))


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("@NOTHING@", SHOWN, Slot(0))
