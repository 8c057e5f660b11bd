"""Reading the policy, strictly."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from sandboxes.seccomp import Architecture, Policy, PolicyError, load_architecture, load_policy
from sandboxes.seccomp.architecture import ARCHITECTURES
from sandboxes.seccomp.policy import ALLOW, Answer, Comparison

TOY = Architecture("toy", ("toy64",), 1, 0, {"read": 0, "write": 1, "mount": 2, "socket": 3, "mknod": 4, "sync": 5})
GOOD = """
default = "ENOSYS"
[[group]]
name = "io"
answer = "allow"
reason = "needed"
calls = ["read", "write"]
[[group]]
name = "mounts"
answer = "EPERM"
reason = "dangerous"
calls = ["mount"]
[[group]]
name = "flush"
answer = "success"
reason = "nothing to flush"
calls = ["sync"]
[[rule]]
calls = ["socket"]
argument = 0
width = 32
answer = "EAFNOSUPPORT"
reason = "one family"
allowed_values = { AF_UNIX = 1 }
[[rule]]
calls = ["mknod"]
argument = 1
width = 32
mask = 0o170000
answer = "EPERM"
reason = "no devices"
where = { argument = 2, value = 7 }
refused_values = { S_IFCHR = 0o020000 }
"""


def read(directory: Path, text: str) -> Policy:
    (directory / "policy.toml").write_text(text)
    return load_policy([TOY], path=directory / "policy.toml")


def test_reads_groups_and_rules(tmp_path: Path) -> None:
    policy = read(tmp_path, GOOD)
    assert policy.default == Answer(errno.ENOSYS)
    assert policy.answers == {"read": ALLOW, "write": ALLOW, "mount": Answer(errno.EPERM), "sync": Answer(0)}
    (rule,) = policy.rules["mknod"]
    assert (rule.argument, rule.width, rule.mask, rule.values) == (1, 32, 0o170000, (0o020000,))
    assert rule.comparison is Comparison.REFUSED_VALUES
    assert (rule.where, policy.rules["socket"][0].where) == ((2, 7), None)
    assert policy.rules["socket"][0].mask == 0xFFFF_FFFF


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('default = "ENOSYS"', "", "default"),
        ('default = "ENOSYS"', 'default = "ENOSYS"\nfallback = 1', "fallback"),
        ('default = "ENOSYS"', 'default = "EFOO"', "EFOO is neither"),
        ('answer = "allow"', 'answer = "errorcode"', "errorcode is neither"),
        ('reason = "needed"', 'reason = " "', "group 1: needs a reason"),
        ('reason = "needed"', "", "group 1: .*reason"),
        ('name = "io"', 'name = "io"\nnote = ""', "group 1: .*note"),
        ('"read", "write"', '"read", "write", "wriet"', "no architecture has a call wriet"),
        ('"read", "write"', '"read"', "not decided: write"),
        ('calls = ["mount"]', 'calls = ["mount", "read"]', "group 2: read is decided twice"),
        ('calls = ["mount"]', 'calls = ["mount", "mount"]', "mount is decided twice"),
        ('calls = ["mount"]', 'calls = "mount"', "calls must be of type list"),
        ('calls = ["socket"]', 'calls = ["socket", "read"]', "rule 1: read is decided by a group already"),
        ('calls = ["socket"]', 'calls = ["socket", "sokcet"]', "no architecture has a call sokcet"),
        ('calls = ["socket"]', "calls = []", "rule 1: names no call"),
        ("argument = 0", "argument = 6", "argument 6 is not one of 0 to 5"),
        ("argument = 0", "argument = true", "argument must be of type int"),
        ('width = 32\nanswer = "EAF', 'width = 16\nanswer = "EAF', "width 16"),
        ("{ AF_UNIX = 1 }", "{}", "rule 1: names no call or no value"),
        ("{ AF_UNIX = 1 }", "{ AF_UNIX = 0x100000000 }", "AF_UNIX = 4294967296 is no 32-bit number"),
        ("{ AF_UNIX = 1 }", "{ AF_UNIX = -1 }", "AF_UNIX = -1 is no 32-bit number"),
        ("{ AF_UNIX = 1 }", '{ AF_UNIX = "1" }', "AF_UNIX = '1' is no 32-bit number"),
        ("{ AF_UNIX = 1 }", "{ AF_UNIX = 1 }\nrefused_values = { AF_INET = 2 }", "exactly one of"),
        ("allowed_values = { AF_UNIX = 1 }", "", "exactly one of"),
        ('answer = "EAFNOSUPPORT"', 'answer = "allow"', "refused argument with allow"),
        ("refused_values = { S_IFCHR = 0o020000 }", "refused_bits = { S_IFCHR = 0o020000 }", "mask"),
        ("S_IFCHR = 0o020000", "S_IFCHR = 0o020001", "outside the mask"),
        ("where = { argument = 2,", "where = {", "rule 2, where: .*argument"),
        ("where = { argument = 2,", "where = { argument = 6,", "rule 2: argument 6 is not one of 0 to 5"),
        ("value = 7", "value = 0x100000000", "where: value = 4294967296 is no 32-bit number"),
        ("where = { argument = 2, value = 7 }", "where = 7", "where must be of type dict"),
        ("[[rule]]", "[[rule", "policy.toml: "),
    ],
)
def test_a_wrong_policy_is_an_error(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(PolicyError, match=message):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_a_new_call_in_a_table_must_be_decided() -> None:
    tables = [load_architecture(name) for name in ARCHITECTURES]
    newer = Architecture("newer", (), 2, 0, {"take_over_the_host": 1000})
    with pytest.raises(PolicyError, match="not decided: take_over_the_host"):
        load_policy([*tables, newer])


def test_the_policy_decides_every_call_of_every_table() -> None:
    tables = [load_architecture(name) for name in ARCHITECTURES]
    policy = load_policy(tables)
    assert policy.answers.keys() | policy.rules.keys() == {call for table in tables for call in table.numbers}
    assert not policy.answers.keys() & policy.rules.keys()
