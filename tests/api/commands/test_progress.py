"""How a verification is shown while it goes on: lines where nobody watches, bars on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from api.commands.progress import VerifyProgress
from api.commands.verified import Verified
from judge import Verdict
from runner import CaseJudged, ChecksDone, SolutionJudged, SolutionStarted


def test_a_line_per_solution_with_its_place_in_the_whole(
    capsys: pytest.CaptureFixture[str], verified: Callable[..., Verified]
) -> None:
    report = verified(Verdict.ACCEPTED, Verdict.ACCEPTED).report
    with VerifyProgress(2) as progress:
        progress.show(report.package, ChecksDone((), ()))
        for solution in report.solutions:
            progress.show(report.package, SolutionStarted(solution.submission))
            progress.show(report.package, CaseJudged(solution.submission, solution.result.cases[0], 1, 2))
            progress.show(report.package, SolutionJudged(solution))
    assert capsys.readouterr().err.splitlines() == [
        "[1/2] double/accepted/right.py: accepted",
        "[2/2] double/wrong_answer/wrong.py: accepted - no test ended in wrong_answer",
    ]


@pytest.mark.usefixtures("engine")
def test_on_a_terminal_there_are_bars_and_the_matrix_stays(
    program: list[str], package: Path, image: Callable[[str], Path]
) -> None:
    image("python")
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        try:
            while block := os.read(ours, 65536):
                seen.extend(block)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    done = subprocess.run(
        [*program, "verify", str(package)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, check=False
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = seen.decode()
    assert done.returncode == 0, text
    assert "━" in text
    assert "accepted/right.py" in text
    assert "2 solutions in 1 package: all as expected" in text
