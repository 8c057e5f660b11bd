"""What a package expects of a reference solution, as JSON: the wire has words for a part of it only."""

from __future__ import annotations

from typing import Any

from api.problems.scoring import plain_number
from judge import Expectation, Submission, Verdict
from judge.packages.promises import Person

Json = dict[str, Any]


def keep_promises(submission: Submission) -> Json:
    """What the columns of a solution have no place for."""
    return {
        "path": submission.path,
        "directory": submission.directory,
        "message": submission.expectation.message,
        "groups": {name: _keep(group) for name, group in submission.expectation.groups.items()},
        "authors": [[person.name, person.email, person.orcid, person.kattis] for person in submission.authors],
    }


def kept_expectation(
    kept: Json | None,
    *,
    permitted: frozenset[Verdict],
    required: frozenset[Verdict],
    score: tuple[float, float] | None,
) -> Expectation:
    """All that is expected of a solution whose columns say this; ``kept``: what :func:`keep_promises` made."""
    more = kept or {}
    groups = {name: _kept(group) for name, group in more.get("groups", {}).items()}
    return Expectation(permitted, required, score=score, groups=groups, message=more.get("message"))


def kept_authors(kept: Json | None) -> tuple[Person, ...]:
    """Who wrote a solution."""
    return tuple(Person(*person) for person in (kept or {}).get("authors", ()))


def _keep(expectation: Expectation) -> Json:
    return {
        "permitted": names(expectation.permitted),
        "required": names(expectation.required),
        "score": None if expectation.score is None else [plain_number(end) for end in expectation.score],
        "message": expectation.message,
        "groups": {name: _keep(group) for name, group in expectation.groups.items()},
    }


def _kept(kept: Json) -> Expectation:
    score = kept["score"]
    return kept_expectation(
        kept,
        permitted=frozenset(map(Verdict, kept["permitted"])),
        required=frozenset(map(Verdict, kept["required"])),
        score=None if score is None else (score[0], score[1]),
    )


def names(verdicts: frozenset[Verdict]) -> list[str]:
    """Verdicts by name, in their own order."""
    return [verdict.value for verdict in Verdict if verdict in verdicts]
