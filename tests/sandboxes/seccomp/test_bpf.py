"""The assembler, against a machine that runs its programs: first on made-up policies, then on the real one."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.seccomp import Architecture, Policy, PolicyError, assemble, load_architecture, load_policy, program
from sandboxes.seccomp.architecture import ARCHITECTURES
from sandboxes.seccomp.bpf import RETURN_ALLOW, RETURN_ERRNO, RETURN_KILL_PROCESS
from sandboxes.seccomp.policy import ALLOW, Answer, Comparison, Rule

RunFilter = Callable[..., tuple[int, int]]

X86_64 = load_architecture("x86_64")
ARM64 = load_architecture("arm64")
POLICY = load_policy([load_architecture(name) for name in ARCHITECTURES])
AUDIT_I386 = 0x4000_0003
AUDIT_ARM = 0x4000_0028
NOT_THERE = Answer(errno.ENOSYS)


def as_returned(answer: Answer) -> int:
    return RETURN_ALLOW if answer.error is None else RETURN_ERRNO | answer.error


def passes(rule: Rule, argument: int) -> bool:
    """What a rule means, said without half words and jumps."""
    argument %= 1 << rule.width
    bits = 0
    for value in rule.values:
        bits |= value
    return {
        Comparison.ALLOWED_VALUES: argument & rule.mask in rule.values,
        Comparison.REFUSED_VALUES: argument & rule.mask not in rule.values,
        Comparison.ALLOWED_BITS: argument | bits == bits,
        Comparison.REFUSED_BITS: argument & bits == 0,
    }[rule.comparison]


def expected(policy: Policy, architecture: Architecture, number: int, arguments: Sequence[int]) -> Answer:
    names = {n: call for call, n in architecture.numbers.items()}
    call = names.get(number)
    if call is None:
        return policy.default
    for rule in policy.rules.get(call, ()):
        about = rule.where is None or arguments[rule.where[0]] % 2**32 == rule.where[1]
        if about and not passes(rule, arguments[rule.argument]):
            return rule.answer
    return policy.answers.get(call, ALLOW)


def listed(name: str) -> list[str]:
    return [call for call, answer in POLICY.answers.items() if as_named(answer) == name]


def as_named(answer: Answer) -> str:
    return {None: "allow", 0: "success"}.get(answer.error) or errno.errorcode[answer.error or 0]


def toy(calls: int) -> Architecture:
    return Architecture("toy", (), 0xC0DE, 0x4000_0000, {f"call{n}": 2 * n for n in range(calls)})


answers = st.sampled_from([ALLOW, Answer(0), Answer(1), Answer(38)])
words = st.one_of(st.integers(0, 3), st.sampled_from([2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1]))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    width = draw(st.sampled_from([32, 64]))
    comparison = draw(st.sampled_from(Comparison))
    most = 2**width - 1
    by_value = comparison in {Comparison.ALLOWED_VALUES, Comparison.REFUSED_VALUES}
    mask = draw(words) & most if by_value and draw(st.booleans()) else most
    values = draw(st.sets(words.map(lambda word: word & mask), min_size=1, max_size=4))
    where = draw(st.none() | st.tuples(st.integers(0, 5), words.map(lambda word: word % 2**32)))
    return Rule((), draw(st.integers(0, 5)), width, mask, comparison, tuple(sorted(values)), draw(answers), where)


@given(
    decisions=st.lists(st.one_of(answers, st.lists(rules(), min_size=1, max_size=3)), min_size=1, max_size=12),
    arguments=st.lists(words, min_size=6, max_size=6),
    default=answers,
)
def test_does_what_the_policy_says(
    run_filter: RunFilter, decisions: list[Answer | list[Rule]], arguments: list[int], default: Answer
) -> None:
    architecture = toy(len(decisions))
    policy = Policy(
        default,
        {f"call{n}": decision for n, decision in enumerate(decisions) if isinstance(decision, Answer)},
        {f"call{n}": tuple(decision) for n, decision in enumerate(decisions) if not isinstance(decision, Answer)},
    )
    assembled = assemble(policy, architecture)
    for number in [*range(2 * len(decisions) + 2), 0x3FFF_FFFF, 0x4000_0000, 0xFFFF_FFFF]:
        returned, _ = run_filter(assembled, architecture.audit, number, arguments)
        assert returned == as_returned(expected(policy, architecture, number, arguments))


def test_jumps_farther_than_a_conditional_jump_reaches(run_filter: RunFilter) -> None:
    architecture = toy(400)
    many = Rule((), 0, 64, 2**64 - 1, Comparison.ALLOWED_VALUES, tuple(range(2**32 - 300, 2**32 + 300)), Answer(1))
    policy = Policy(
        NOT_THERE,
        {f"call{n}": Answer(n) if n % 2 else ALLOW for n in range(1, 400)},
        {"call0": (many,)},
    )
    assembled = assemble(policy, architecture)
    edges = [(0, edge) for edge in (0, 2**32 - 301, 2**32 - 300, 2**32 - 1, 2**32, 2**32 + 299, 2**32 + 300)]
    for number, argument in [*((number, 0) for number in range(800)), *edges]:
        returned, _ = run_filter(assembled, architecture.audit, number, [argument])
        assert returned == as_returned(expected(policy, architecture, number, [argument]))


def test_a_filter_that_the_kernel_would_not_take_is_an_error() -> None:
    architecture = toy(2200)
    policy = Policy(NOT_THERE, {f"call{n}": Answer(n % 2) for n in range(2200)}, {})
    with pytest.raises(PolicyError, match="the kernel takes 4096"):
        assemble(policy, architecture)


@pytest.mark.parametrize("architecture", [X86_64, ARM64], ids=lambda architecture: architecture.name)
class TestOurs:
    """The filter that runs get."""

    def test_is_made_once(self, architecture: Architecture) -> None:
        assert program(architecture.name) is program(architecture.name)
        assert program(architecture.name) == program(architecture.machines[0]) == assemble(POLICY, architecture)

    def test_every_number_with_every_telling_argument(self, run_filter: RunFilter, architecture: Architecture) -> None:
        filter_ = program(architecture.name)
        names = {number: call for call, number in architecture.numbers.items()}
        for number in range(520):
            telling = {0, 1, 2**32, 2**63, 2**64 - 1}
            for rule in POLICY.rules.get(names.get(number, ""), ()):
                telling |= {around for value in rule.values for around in (value, value + 1, value | 2**32)}
            places = {rule.where for rule in POLICY.rules.get(names.get(number, ""), ()) if rule.where}
            for argument in telling:
                alone = [[0] * place + [argument] + [0] * (5 - place) for place in range(6)]
                beside = [[*each[:place], value, *each[place + 1 :]] for each in alone for place, value in places]
                for given_ in ([argument] * 6, *alone, *beside):
                    returned, _ = run_filter(filter_, architecture.audit, number, given_)
                    assert returned == as_returned(expected(POLICY, architecture, number, given_)), names[number]

    def test_another_abi_is_killed(self, run_filter: RunFilter, architecture: Architecture) -> None:
        for audit in (AUDIT_I386, AUDIT_ARM, X86_64.audit ^ ARM64.audit ^ architecture.audit, 0):
            for number in (0, 20, 59, 435, 2**32 - 1):
                assert run_filter(program(architecture.name), audit, number)[0] == RETURN_KILL_PROCESS

    def test_x32_and_unknown_numbers_are_not_there(self, run_filter: RunFilter, architecture: Architecture) -> None:
        x32 = [0x4000_0000 | number for number in (*range(548), 0x3FFF_FFFF)]
        for number in [*range(472, 1024), *x32, 0x3FFF_FFFF, 2**31, 2**32 - 1]:
            returned, _ = run_filter(program(architecture.name), architecture.audit, number, [0] * 6)
            assert returned == as_returned(NOT_THERE)

    def test_calls_that_are_always_allowed_are_decided_by_their_number_alone(
        self, run_filter: RunFilter, architecture: Architecture
    ) -> None:
        """So that kernels from 5.11 on let them pass without running the filter; older ones decide in few steps."""
        deepest = 0
        for call in listed("allow"):
            if call in architecture.numbers:
                number = architecture.numbers[call]
                seen = {
                    run_filter(program(architecture.name), architecture.audit, number, [a] * 6) for a in (0, 2**64 - 1)
                }
                assert len(seen) == 1
                deepest = max(deepest, *(steps for _, steps in seen))
        assert deepest <= 16

    def test_is_short(self, architecture: Architecture) -> None:
        assert len(program(architecture.name)) // 8 < 640


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        # threads, fork, vfork as C libraries ask for them
        ("clone", [0x3D0F00], None),
        ("clone", [0x1200011], None),
        ("clone", [0x4111], None),
        *(("clone", [flag | 0x11], errno.EPERM) for flag in (1 << 17, *(1 << bit for bit in range(25, 32)))),
        ("clone", [0x8011], errno.EPERM),
        ("clone", [1 << 32 | 0x11], errno.EPERM),
        ("ioctl", [0, 0x5401], None),
        ("ioctl", [0, 0x5412], errno.EPERM),
        ("ioctl", [0, 1 << 32 | 0x5412], errno.EPERM),
        ("ioctl", [0, 0xDEAD_BEEF_0000_541C], errno.EPERM),
        ("ioctl", [0, 0x5423], errno.EPERM),
        ("ioctl", [0, 0xB701], errno.ENOTTY),
        ("prctl", [15], None),
        ("prctl", [22], errno.EPERM),
        ("prctl", [1 << 32 | 22], errno.EPERM),
        ("prctl", [999], errno.EINVAL),
        ("socket", [1, 1, 0], None),
        ("socket", [2, 1, 6], None),
        ("socket", [10, 2, 17], None),
        ("socket", [1 << 32 | 2, 1, 0], None),
        *(("socket", [family, 3, 0], errno.EAFNOSUPPORT) for family in (0, 3, 16, 17, 38, 40, 44, 1 << 32 | 40)),
        ("socket", [2, 1, 262], errno.EPROTONOSUPPORT),
        ("socketpair", [1, 1, 0], None),
        ("socketpair", [2, 1, 0], errno.EAFNOSUPPORT),
        *(("setsockopt", [3, 1, option], None) for option in (2, 7, 8, 9, 13, 15, 20, 66)),
        *(("setsockopt", [3, 1, option], errno.ENOPROTOOPT) for option in (25, 26, 47, 50, 52, 60, 62, 1 << 32 | 26)),
        ("setsockopt", [3, 1 << 32 | 1, 26], errno.ENOPROTOOPT),
        ("setsockopt", [3, 41, 26], None),
        ("setsockopt", [3, 41, 73], errno.ENOPROTOOPT),
        ("setsockopt", [3, 0, 2], None),
        ("setsockopt", [3, 0, 21], errno.ENOPROTOOPT),
        ("setsockopt", [3, 6, 1], None),
        *(("setsockopt", [3, 6, option], errno.ENOPROTOOPT) for option in (14, 19, 31, 32, 38)),
        ("setsockopt", [3, 17, 100], errno.ENOPROTOOPT),
        ("setsockopt", [3, 255, 1], errno.ENOPROTOOPT),
        ("personality", [0], None),
        ("personality", [2**64 - 1], None),
        ("personality", [0x40000], None),
        ("personality", [0x400000], errno.EPERM),
        ("mknodat", [0, 0, 0o010644], None),
        ("mknodat", [0, 0, 0o020644], errno.EPERM),
        ("mknodat", [0, 0, 1 << 16 | 0o060644], errno.EPERM),
        ("fcntl", [0, 1033], None),
        ("fcntl", [0, 1024], errno.EINVAL),
        *(("fcntl", [0, command], 0) for command in (6, 7, 37, 38, 1 << 32 | 6)),
        *(("fcntl", [0, command], None) for command in (5, 36)),
        ("fcntl", [0, 1 << 32 | 1026], errno.EINVAL),
        ("mmap", [0, 4096, 3, 0x22], None),
        ("mmap", [0, 4096, 3, 0x40022], errno.ENOMEM),
        ("memfd_create", [0, 3], None),
        ("memfd_create", [0, 4], errno.EINVAL),
        ("madvise", [0, 4096, 4], None),
        ("madvise", [0, 4096, 12], errno.EINVAL),
        ("msync", [0, 4096, 1], None),
        ("msync", [0, 4096, 4], 0),
        ("fadvise64", [0, 0, 0, 3], None),
        ("fadvise64", [0, 0, 0, 4], 0),
        ("preadv2", [0, 0, 0, 0, 0, 0], None),
        ("preadv2", [0, 0, 0, 0, 0, 8], errno.EOPNOTSUPP),
        ("clone3", [0, 0], errno.ENOSYS),
        ("unshare", [0], errno.EPERM),
        ("fsync", [1], 0),
        ("prlimit64", [0, 7], None),
        ("prlimit64", [0, 4], errno.EPERM),
        ("setrlimit", [1 << 32 | 4], errno.EPERM),
        ("read", [0, 0, 0], None),
    ],
)
def test_particular_answers(run_filter: RunFilter, call: str, arguments: list[int], error: int | None) -> None:
    for architecture in (X86_64, ARM64):
        filter_ = program(architecture.name)
        returned, _ = run_filter(filter_, architecture.audit, architecture.numbers[call], arguments)
        assert returned == as_returned(Answer(error))


def test_device_nodes_by_the_older_call(run_filter: RunFilter) -> None:
    for mode, error in ((0o100644, None), (0o010644, None), (0o020644, errno.EPERM), (0o060644, errno.EPERM)):
        returned, _ = run_filter(program("x86_64"), X86_64.audit, X86_64.numbers["mknod"], [0, mode])
        assert returned == as_returned(Answer(error))
