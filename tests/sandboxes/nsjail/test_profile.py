"""The policy text of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandboxes import Limits
from sandboxes.nsjail.profile import Jail, load_template, render
from sandboxes.slots import Slot, User

JAIL = Jail(rootfs=Path("/i/rootfs"), artefact=Path("/a"), init=Path("/init"))


def test_what_differs_per_run_is_filled_in() -> None:
    template = (
        '# @COMMENT@\nmount { src: "@ROOTFS@/usr" }\n\n'
        'x: "@INIT@ @ARTEFACT@ @INIT_UID@ @PROGRAM_UID@"\n@SECONDS@ @SCRATCH@'
    )
    limits = Limits(wall_ms=1500, scratch_bytes=10, scratch_inodes=20)
    assert render(template, JAIL, limits, Slot(3)) == (
        'mount { src: "/i/rootfs/usr" }\n'
        'x: "/init /a 70006 70007"\n'
        "62 size=10,nr_inodes=20,mode=0700,uid=1000,gid=1000\n"
    )


def test_a_caller_who_is_not_root_is_mapped_alone_and_limited_without_control_groups() -> None:
    limits = Limits(cpu_ms=1500, processes=16)
    text = render(load_template(), JAIL, limits, Slot(3, User(5, 6)))
    assert re.findall("^.idmap.*$", text, re.MULTILINE) == [
        'uidmap { inside_id: "1000" outside_id: "5" count: 1 }',
        'gidmap { inside_id: "1000" outside_id: "6" count: 1 }',
    ]
    assert "rlimit_cpu: 3\nrlimit_cpu_type: VALUE\n" in text
    assert "rlimit_nproc: 17\nrlimit_nproc_type: VALUE\n" in text


def test_a_slot_of_its_own_has_two_users_and_the_limits_of_the_engine() -> None:
    text = render(load_template(), JAIL, Limits(), Slot(3))
    assert re.findall('^(.)idmap.*inside_id: "(\\d+)" outside_id: "(\\d+)"', text, re.MULTILINE) == [
        ("u", "0", "70006"),
        ("u", "1000", "70007"),
        ("g", "0", "70006"),
        ("g", "1000", "70007"),
    ]
    assert "rlimit_cpu_type: HARD\n" in text
    assert "rlimit_nproc_type: HARD\n" in text


def test_the_shipped_policy_has_no_placeholder_left() -> None:
    assert "@" not in render(load_template(), JAIL, Limits(), Slot(0))


def test_every_mount_of_the_shipped_policy_is_nosuid_and_read_only_or_sized() -> None:
    mounts = re.findall(r"^mount \{(.*)\}$", load_template(), re.MULTILINE)
    assert len(mounts) > 10
    for mount in mounts:
        if "is_symlink" in mount:
            continue
        assert "nosuid: true" in mount, mount
        assert "rw: false" in mount or "@SCRATCH@" in mount or 'src: "/dev/' in mount, mount
        assert "nodev: true" in mount or 'src: "/dev/' in mount, mount


@pytest.mark.parametrize("path", ["relative", '/quo"te', "/new\nline", "/back\\slash", "/at sign space"])
def test_a_path_that_could_change_the_policy_is_refused(path: str) -> None:
    jail = Jail(rootfs=Path(path), artefact=Path("/a"), init=Path("/init"))
    with pytest.raises(ValueError, match="path"):
        render(load_template(), jail, Limits(), Slot(0))


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("@NOTHING@", JAIL, Limits(), Slot(0))
