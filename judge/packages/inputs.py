"""``input_validators/`` of a package: programs that say whether an input is as it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.custom import JudgeProgram
from judge.testcase import TestCase


@dataclass(frozen=True, slots=True)
class InputValidator:
    """A program that reads an input and says by exit code 42 that it is as it has to be; ``path`` in the package.

    ``args``: what it is given, by a test's name, or by that of a directory of tests (``sample``, ``secret/group1``), or
    by that of a test's group; ``None``: for all others. See :meth:`arguments`.
    """

    path: str
    program: JudgeProgram
    args: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)

    def arguments(self, case: TestCase) -> tuple[str, ...]:
        """What the program is given for a test: what the nearest name says, then the test's own arguments."""
        parts = case.name.split("/")
        names = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
        own = next((self.args[name] for name in (*names, case.group, None) if name in self.args), ())
        return (*own, *case.args)
