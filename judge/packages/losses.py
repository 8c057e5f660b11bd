"""What of a written package other tools do not see as it is meant, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from judge.checkers import UnorderedLines
from judge.packages.content import PackageContent, StatementKind
from judge.packages.metadata import Format

_CASE: Final = {
    "cpu_ms": "time limits of their own",
    "memory_mib": "memory limits of their own",
    "weight": "weights",
    "checker": "checkers of their own",
    "args": "arguments of the program",
    "checker_args": "arguments of the checker",
    "sample": "being samples or not",
    "group": "groups",
}
_METADATA: Final = {
    "names": "names in other languages",
    "keywords": "keywords",
    "languages": "the languages that are allowed",
}
_DETAILS: Final = frozenset(
    {
        "version",
        "credits",
        "source",
        "license",
        "rights_owner",
        "limits",
        "embargo_until",
        "allow_file_writing",
        "constants",
    }
)
_LEGACY_DETAILS: Final = frozenset({"license", "rights_owner", "grading"})
_LEGACY_DIRECTORIES: Final = frozenset(
    {"accepted", "partially_accepted", "wrong_answer", "time_limit_exceeded", "run_time_error"}
)
_DIRECTORIES: Final = _LEGACY_DIRECTORIES - {"partially_accepted"} | {"rejected", "brute_force"}


def losses(content: PackageContent, said: Mapping[str, Any], format_: Format) -> tuple[str, ...]:
    """One sentence each; ``said`` is what had to be said beside the format (:mod:`judge.packages.supplement`)."""
    return tuple(_sentences(content, said, format_))


def _sentences(content: PackageContent, said: Mapping[str, Any], format_: Format) -> Iterator[str]:
    yield from _problem(content, said.get("problem", {}))
    yield from _tests(said)
    yield from _solutions(content, said.get("submissions", {}), format_)
    for name, what in _METADATA.items():
        if name in said:
            yield f"{what} cannot all be said in this format"
    if "details" in said:
        yield f"of problem.yaml, {_details(content, format_)} cannot all be said in this format"
    if "notes" in said:
        yield "hints, descriptions or other notes on tests cannot all be said in this format"
    for name, words in said.get("programs", {}).items():
        yield f"{name}: {', '.join(words)} cannot be said in this format"
    yield from _legacy(content, format_)


def _problem(content: PackageContent, said: Mapping[str, Any]) -> Iterator[str]:
    if "checker" in said:
        order = ", and lines have to be in order" if isinstance(content.problem.checker, UnorderedLines) else ""
        yield (
            f"the checker {said['checker']['type']} is no rule of the default validator: elsewhere tokens are compared"
            f", whatever the blanks between them{order}"
        )
    if "languages" in said:
        yield "limits of single languages are not known elsewhere"
    if "scoring" in said:
        yield "points are counted otherwise elsewhere: the format has no words for these groups"
    if "stop_on_first_failure" in said:
        yield "that judging stops at the first failure is not known elsewhere"


def _tests(said: Mapping[str, Any]) -> Iterator[str]:
    cases: Mapping[str, Mapping[str, Any]] = said.get("cases", {})
    for key, what in _CASE.items():
        count = sum(key in words for words in cases.values())
        if count:
            yield f"{what} of {count} {'test' if count == 1 else 'tests'} are not known elsewhere"
    if "order" in said:
        yield "tests are in another order elsewhere: samples first, then by name"
    if said.get("copies"):
        yield "the samples stand there as secret tests too, because the format wants some"


def _solutions(content: PackageContent, said: Mapping[str, Mapping[str, Any]], format_: Format) -> Iterator[str]:
    unclear = [path for path, words in said.items() if "permitted" in words]
    if unclear:
        yield f"what is expected cannot be said exactly in this format of {_few(unclear)}"
    for key in ("model", "time_role", "authors", "options"):
        paths = [path for path, words in said.items() if key in words]
        if paths:
            yield f"{key} cannot be said in this format of {_few(paths)}"
    known = _LEGACY_DIRECTORIES if format_.legacy else _DIRECTORIES
    strange = sorted({each.directory for each in content.submissions} - known)
    if strange:
        yield f"the format does not know what is expected of solutions in {', '.join(strange)}"


def _details(content: PackageContent, format_: Format) -> str:
    known = _LEGACY_DETAILS if format_.legacy else _DETAILS
    return ", ".join(sorted(set(content.details) - known)) or "details"


def _few(paths: Sequence[str]) -> str:
    shown = [path.removeprefix("submissions/") for path in paths[:3]]
    return ", ".join(shown) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _legacy(content: PackageContent, format_: Format) -> Iterator[str]:
    if not format_.legacy:
        return
    if any(statement.kind is StatementKind.MARKDOWN for statement in content.statements):
        yield "the legacy format has no statements in Markdown; some tools read them all the same"
    if any(path.startswith("include/default/") for path in content.files):
        yield "the legacy format has no directory include/default"
