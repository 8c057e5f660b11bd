"""What is asked of the Docker engine, word by word: no engine is needed for that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandboxes import seccomp
from sandboxes.docker import profile
from sandboxes.seccomp.policy import ALLOW, Answer
from sandboxes.slots import Slot

SLOT = Slot(3)
SHOWN = profile.Shown(Path("/h/init"), Path("/h/sockets"), Path("/h/app"), {"hosts": Path("/h/hosts")})


def asked(*, parent: str | None = None, runtime: str | None = None) -> dict[str, Any]:
    return profile.container("syncode:x", SHOWN, SLOT, seccomp="{}", masked=("/sys",), parent=parent, runtime=runtime)


class TestAContainer:
    def test_has_no_network_no_rights_but_inits_and_writes_only_to_scratch(self) -> None:
        host = asked()["HostConfig"]
        assert (host["NetworkMode"], asked()["NetworkDisabled"]) == ("none", True)
        assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], ["KILL", "SETGID", "SETPCAP", "SETUID"])
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert "seccomp={}" in host["SecurityOpt"]
        assert host["ReadonlyRootfs"] is True
        assert all(mount["ReadOnly"] for mount in host["Mounts"])
        assert set(host["Tmpfs"]) == {"/box", "/tmp", "/dev/shm"}  # noqa: S108  a container's
        assert "Privileged" not in host
        assert "Devices" not in host

    def test_scratch_is_sized_and_the_programs(self) -> None:
        for place, options in asked()["HostConfig"]["Tmpfs"].items():
            words = set(options.split(","))
            assert {"size=67108864", "nr_inodes=4096", "mode=0700", "nosuid", "nodev"} <= words
            assert {f"uid={SLOT.program_uid}", f"gid={SLOT.program.gid}"} <= words
            assert ("noexec" in words) == (place == "/dev/shm")  # noqa: S108  a container's

    def test_memory_is_limited_without_swap_and_processes_are(self) -> None:
        host = asked()["HostConfig"]
        assert host["Memory"] == host["MemorySwap"] == profile.IDLE_MEMORY_BYTES
        assert host["PidsLimit"] == profile.IDLE_PROCESSES

    def test_goes_with_its_process_1_and_is_known_by_its_slot(self) -> None:
        assert asked()["HostConfig"]["AutoRemove"] is True
        assert asked()["Labels"] == {profile.SLOT_LABEL: "3"}
        assert asked()["Entrypoint"] == ["/.init", "keep", "/.syncode/control"]

    def test_runtime_and_parent_group_are_named_only_where_there_are_any(self) -> None:
        assert {"Runtime", "CgroupParent"}.isdisjoint(asked()["HostConfig"])
        host = asked(runtime="crun", parent="/syncode")["HostConfig"]
        assert (host["Runtime"], host["CgroupParent"]) == ("crun", "/syncode")

    def test_what_is_shown_of_the_host_is_what_was_said(self) -> None:
        assert asked()["HostConfig"]["Sysctls"]["kernel.domainname"] == "(none)"
        shown = {mount["Target"]: mount["Source"] for mount in asked()["HostConfig"]["Mounts"]}
        assert shown == {
            "/.init": "/h/init",
            "/.syncode": "/h/sockets",
            "/app": "/h/app",
            "/etc/hosts": "/h/hosts",
        }


def test_of_proc_only_processes_and_what_runtimes_ask_for_is_seen(tmp_path: Path) -> None:
    for name in ("12", "cpuinfo", "meminfo", "stat", "kallsyms", "cmdline"):
        (tmp_path / name).touch()
    (tmp_path / "sys").mkdir()
    (tmp_path / "self").symlink_to("12")
    (tmp_path / "net").symlink_to("self/net")
    assert profile.masked_paths(tmp_path) == ("/proc/cmdline", "/proc/kallsyms", "/proc/sys", *profile.HIDDEN)
    assert {"/proc/kcore", "/proc/sys"} & set(profile.masked_paths())


class TestSeccomp:
    @pytest.fixture
    def written(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(profile.seccomp_profile(*seccomp.tables()))
        return document

    def test_allows_what_the_policy_allows_with_any_arguments_and_what_init_needs(
        self, written: dict[str, Any]
    ) -> None:
        policy, _ = seccomp.tables()
        wanted = {call for call, answer in policy.answers.items() if answer == ALLOW} | set(policy.rules)
        (allowed,) = (entry["names"] for entry in written["syscalls"] if entry["action"] == "SCMP_ACT_ALLOW")
        assert set(allowed) - wanted == {"seccomp"}
        assert wanted <= set(allowed)

    def test_refuses_with_the_policys_errors(self, written: dict[str, Any]) -> None:
        policy, _ = seccomp.tables()
        refused = {
            call: entry["errnoRet"]
            for entry in written["syscalls"]
            if entry["action"] == "SCMP_ACT_ERRNO"
            for call in entry["names"]
        }
        assert refused["unshare"] == policy.answers["unshare"].error
        assert refused["bpf"] == 1
        assert {call for call, answer in policy.answers.items() if answer.error} - set(refused) == {"seccomp"}
        assert (written["defaultAction"], written["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", policy.default.error)

    def test_a_call_that_is_answered_without_being_made_is_not_made_here_either(self) -> None:
        policy, architectures = seccomp.tables()
        quiet = replace(policy, answers={"fsync": Answer(0)}, rules={})
        document = json.loads(profile.seccomp_profile(quiet, architectures))
        assert document["syscalls"] == [{"names": ["seccomp"], "action": "SCMP_ACT_ALLOW"}]

    def test_knows_every_architecture_that_the_policy_knows(self, written: dict[str, Any]) -> None:
        assert {entry["architecture"] for entry in written["archMap"]} == {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}
