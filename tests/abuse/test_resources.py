"""Programs that use up what they can: processes, memory, scratch, descriptors, output, time."""

from __future__ import annotations

import pytest

from judge import Verdict
from tests.abuse.harness import Abuse, Abuser

OK = (Verdict.ACCEPTED,)

PROGRAMS = (Abuse("1-fork_bomb.c", OK),)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_contained(abuse: Abuser, program: Abuse) -> None:
    abuse(program)
