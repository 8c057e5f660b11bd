"""What ordinary programs do must still be possible, in every language, behind all of these walls."""

from __future__ import annotations

from typing import Final

import pytest

from judge import ProblemLimits, Verdict
from tests.abuse.harness import LANGUAGES, Abuser
from tests.abuse.trial import case, judge_files, read

GENEROUS: Final = ProblemLimits(cpu_ms=20_000, memory_mib=256)


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_common_idioms_work(abuse: Abuser, suffix: str) -> None:
    language = abuse._languages[LANGUAGES[suffix]]
    files = {name: content for name, content in read(f"idioms/idioms{suffix}").items() if name != "probe.h"}
    result = judge_files(abuse, language, files, [case("only", stdin=b"input\n")], limits=GENEROUS)
    compilation = result.compilation
    story = [(each.stdout.decode(), each.stderr.decode()) for each in result.cases]
    assert result.verdict is Verdict.ACCEPTED, (result.message, story, compilation and compilation.stderr.decode())
