"""From policy to program: classic BPF as seccomp(2) takes it.

The program checks the ABI first, then finds the call's number by a balanced tree over ranges of numbers with the same
answer, then looks at arguments where a rule wants it. Up to that last step it uses only what the kernel can evaluate
ahead (loads of number and ABI, comparisons, jumps): since 5.11 it does so when the filter is installed and lets calls
that are always allowed pass without running the filter at all (kernel/seccomp.c, "action cache").

Code is put together from its end to its beginning: every part is a list that ends in a return, so a forward jump is
always as long as the list that it skips.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from sandboxes.seccomp.architecture import Architecture, PolicyError
from sandboxes.seccomp.policy import ALLOW, Answer, Comparison, Policy, Rule

MOST_INSTRUCTIONS: Final = 4096  # BPF_MAXINSNS
LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
JUMP: Final = 0x05  # BPF_JMP | BPF_JA
JUMP_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
JUMP_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
JUMP_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
RETURN: Final = 0x06  # BPF_RET | BPF_K

# linux/seccomp.h: what a filter returns, and where in struct seccomp_data it finds what it judges
RETURN_KILL_PROCESS: Final = 0x8000_0000
RETURN_ERRNO: Final = 0x0005_0000
RETURN_ALLOW: Final = 0x7FFF_0000
NUMBER_OFFSET: Final = 0
AUDIT_OFFSET: Final = 4
ARGUMENTS_OFFSET: Final = 16

_HALF: Final = 0xFFFF_FFFF
_FARTHEST: Final = 255  # of a conditional jump


@dataclass(frozen=True, slots=True)
class Instruction:
    """``struct sock_filter``: operation, jump lengths when true and when false, constant."""

    code: int
    true: int
    false: int
    constant: int

    def encode(self) -> bytes:
        """Its 8 bytes, little-endian as both architectures are."""
        return struct.pack("<HBBI", self.code, self.true, self.false, self.constant)


_Code: TypeAlias = list[Instruction]
_Decision: TypeAlias = Answer | tuple[Rule, ...]


def assemble(policy: Policy, architecture: Architecture) -> bytes:
    """Return the filter as an array of ``struct sock_filter``. Raises :class:`PolicyError` when it is too long."""
    refused = _return(policy.default)
    search = _search(_ranges(policy, architecture))
    foreign = _branch(JUMP_AT_LEAST, architecture.foreign_bit, len(search)) if architecture.foreign_bit else []
    code = [
        Instruction(LOAD, 0, 0, AUDIT_OFFSET),
        Instruction(JUMP_EQUAL, 1, 0, architecture.audit),
        Instruction(RETURN, 0, 0, RETURN_KILL_PROCESS),
        Instruction(LOAD, 0, 0, NUMBER_OFFSET),
        *foreign,
        *search,
        *refused,
    ]
    if len(code) > MOST_INSTRUCTIONS:
        raise PolicyError(f"the filter has {len(code)} instructions, the kernel takes {MOST_INSTRUCTIONS}")
    return b"".join(instruction.encode() for instruction in code)


def _ranges(policy: Policy, architecture: Architecture) -> list[tuple[int, _Decision]]:
    """First number and decision of each range; a range ends where the next begins, the last one at 2**32 - 1.

    A number that the table does not know shares its neighbour's range only if both get the same answer.
    """
    decisions: dict[int, _Decision] = {
        number: policy.rules.get(call) or policy.answers[call] for call, number in architecture.numbers.items()
    }
    ranges: list[tuple[int, _Decision]] = []
    for number in range(max(decisions) + 2):
        decision = decisions.get(number, policy.default)
        if not ranges or ranges[-1][1] != decision:
            ranges.append((number, decision))
    return ranges


def _search(ranges: Sequence[tuple[int, _Decision]]) -> _Code:
    """Binary search for the number in the accumulator."""
    if len(ranges) == 1:
        decision = ranges[0][1]
        return _return(decision) if isinstance(decision, Answer) else _rules(decision)
    middle = len(ranges) // 2
    lower, upper = _search(ranges[:middle]), _search(ranges[middle:])
    return [*_branch(JUMP_AT_LEAST, ranges[middle][0], len(lower)), *lower, *upper]


def _rules(rules: Sequence[Rule]) -> _Code:
    """The call is allowed when every rule lets it pass."""
    code = _return(ALLOW)
    for rule in reversed(rules):
        refuse, others = _return(rule.answer), code
        match rule.comparison:
            case Comparison.ALLOWED_VALUES:
                code = [*_if_value(rule, len(refuse)), *refuse, *code]
            case Comparison.REFUSED_VALUES:
                code = [*_if_value(rule, 1), Instruction(JUMP, 0, 0, len(refuse)), *refuse, *code]
            case Comparison.ALLOWED_BITS | Comparison.REFUSED_BITS:
                code = [*_if_bit(rule, 1), Instruction(JUMP, 0, 0, len(refuse)), *refuse, *code]
            case _:
                assert_never(rule.comparison)
        if rule.where is not None:
            argument, value = rule.where
            load = Instruction(LOAD, 0, 0, _argument_offset(argument))
            code = [load, *_branch(JUMP_EQUAL, value, len(code) - len(others), unless=True), *code]
    return code


def _if_value(rule: Rule, skip: int) -> _Code:
    """Jump over ``skip`` further instructions if the argument, under the mask, equals one of the rule's values."""
    if rule.width == 32:
        return [*_load(rule, high=False), *_if_equal(rule.values, skip)]
    code: _Code = []
    for half in sorted({value >> 32 for value in rule.values}, reverse=True):
        lower = [value & _HALF for value in rule.values if value >> 32 == half]
        test = [*_load(rule, high=False), *_if_equal(lower, len(code) + skip)]
        code = [*_load(rule, high=True), *_branch(JUMP_EQUAL, half, len(test), unless=True), *test, *code]
    return code


def _if_equal(values: Sequence[int], skip: int) -> _Code:
    code: _Code = []
    for value in reversed(values):
        code = [*_branch(JUMP_EQUAL, value, len(code) + skip), *code]
    return code


def _if_bit(rule: Rule, skip: int) -> _Code:
    """Jump over ``skip`` further instructions if the argument has one of the bits that the rule refuses."""
    bits = 0
    for value in rule.values:
        bits |= value
    if rule.comparison is Comparison.ALLOWED_BITS:
        bits ^= (1 << rule.width) - 1
    code: _Code = []
    for high in (False, True):
        if half := (bits >> 32 if high else bits & _HALF):
            load = Instruction(LOAD, 0, 0, _offset(rule, high=high))
            code = [load, *_branch(JUMP_ANY_BIT, half, len(code) + skip), *code]
    return code


def _load(rule: Rule, *, high: bool) -> _Code:
    mask = rule.mask >> 32 if high else rule.mask & _HALF
    load = Instruction(LOAD, 0, 0, _offset(rule, high=high))
    return [load] if mask == _HALF else [load, Instruction(AND, 0, 0, mask)]


def _offset(rule: Rule, *, high: bool) -> int:
    return _argument_offset(rule.argument) + (4 if high else 0)


def _argument_offset(number: int) -> int:
    """Of its lower half."""
    return ARGUMENTS_OFFSET + 8 * number


def _branch(code: int, constant: int, skip: int, *, unless: bool = False) -> _Code:
    """Jump over ``skip`` instructions if the comparison holds (``unless``: if not); else go on with the next."""
    if skip <= _FARTHEST:
        return [Instruction(code, 0, skip, constant) if unless else Instruction(code, skip, 0, constant)]
    near = Instruction(code, 1, 0, constant) if unless else Instruction(code, 0, 1, constant)
    return [near, Instruction(JUMP, 0, 0, skip)]


def _return(answer: Answer) -> _Code:
    value = RETURN_ALLOW if answer.error is None else RETURN_ERRNO | answer.error
    return [Instruction(RETURN, 0, 0, value)]
