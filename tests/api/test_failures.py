"""From what pydantic finds to what callers read."""

from __future__ import annotations

from api.failures import invalid


def test_paths_keep_fields_that_are_named_like_places() -> None:
    problems = [
        {"loc": ("body", "files", 0, "path"), "type": "missing"},
        {"loc": ("body", "body"), "type": "extra_forbidden"},
        {"loc": ("query", "header"), "type": "missing"},
        {"loc": ("body",), "type": "missing"},
        {"loc": (), "type": "missing"},
    ]
    assert set(invalid(problems).details or {}) == {"files.0.path", "body", "header"}


def test_details_stay_small() -> None:
    problems = [{"loc": ("body", f"{number}" + "x" * 1000), "type": "missing"} for number in range(1000)]
    details = invalid(problems).details or {}
    assert len(details) == 50
    assert max(map(len, details)) == 200
