"""From a package's reference solutions to rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from api.problems.package_expectations import keep_promises, names
from api.problems.package_side import Side
from api.problems.package_texts import plain
from api.problems.programs import keep_source
from api.problems.scoring import plain_number
from judge import Submission

Json = dict[str, Any]

SUBMISSIONS: Final = "submissions/"
"""What the paths of solutions in a package begin with, and their names do not."""

_MOST_NAME: Final = 100


def solution_rows(submissions: Sequence[Submission], side: Side) -> tuple[tuple[Json, ...], list[str]]:
    """Rows without ids, in their order, and what is to be said about them."""
    places = {name: place for place, name in enumerate(side.solutions)}
    named = [(plain(each.name or each.path.removeprefix(SUBMISSIONS)), each) for each in submissions]
    named.sort(key=lambda pair: places.get(pair[0], len(places)))
    rows: list[Json] = []
    warnings: list[str] = []
    taken: set[str] = set()
    for place, (called, submission) in enumerate(named):
        name = called
        if len(name) > _MOST_NAME or name in taken:
            name = f"{called[: _MOST_NAME - 10]}~{place}"
            warnings.append(f"submissions: {called!r} is called {name!r} here")
        taken.add(name)
        version = side.versions.get(name)
        rows.append({**_row(submission), "name": name, "position": place, "language_version": version})
    return tuple(rows), warnings


def _row(submission: Submission) -> Json:
    source, expectation = keep_source(submission.source), submission.expectation
    score = None if expectation.score is None else [plain_number(end) for end in expectation.score]
    return {
        "language": source["language"],
        "entrypoint": source["entrypoint"],
        "files": source["files"],
        "code": submission.source.files[submission.source.entrypoint],
        "permitted": names(expectation.permitted),
        "required": names(expectation.required),
        "expected_score": None if score is None else score[0] if score[0] == score[1] else score,
        "is_model": submission.model,
        "time_role": submission.time_role.value,
        "package": keep_promises(submission),
    }
