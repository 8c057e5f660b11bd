"""Jobs through JSON and back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import (
    PACKAGED,
    Aggregation,
    Checker,
    Custom,
    Data,
    Exact,
    Expectation,
    Float,
    Group,
    InputValidator,
    JudgeProgram,
    LanguageLimits,
    Problem,
    ProblemLimits,
    Scoring,
    Source,
    Submission,
    TestCase,
    TimeRole,
    Tokens,
    Trimmed,
    UnorderedLines,
    Verdict,
)
from judge.validation import Authored
from languages import CompileOptions, Language, Optimization, load_languages
from runner import RunRequest
from runner.depot import Folder
from runner.envelope import VERSION, decode, encode
from runner.errors import EnvelopeError
from runner.jobs import (
    MOST_REPEATS,
    BatchInput,
    BatchTask,
    Job,
    JobKind,
    Lane,
    RunTask,
    SubmissionTask,
    Task,
    ValidationTask,
)
from runner.record import Encoding

LANGUAGES = load_languages()
MOMENT = datetime(2026, 3, 3, 12, 0, 0, 123_000, tzinfo=UTC)


def find(name: str) -> Language:
    return LANGUAGES[name]


def through_text(job: Job) -> Job:
    return decode(json.loads(json.dumps(encode(job))), find)


contents = st.binary(max_size=30) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace"))
codes = contents.filter(lambda content: bool(content.strip()))
args = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8), max_size=3).map(
    tuple
)
paths = st.from_regex(r"[a-z]{1,8}(/[a-z_.-]{1,8}x){0,2}", fullmatch=True).filter(lambda path: path != "out")
encodings = st.sampled_from(Encoding)
tolerances = st.floats(0, 1e9, allow_nan=False)
options = st.builds(
    CompileOptions,
    st.sampled_from(Optimization),
    st.sampled_from([None, "gnu++20", "c++23"]),
    st.booleans(),
    st.lists(st.sampled_from(["-O0", "-DX=1", "-Wall"]), max_size=3).map(tuple),
)
checkers: st.SearchStrategy[Checker] = st.one_of(
    st.just(Trimmed()),
    st.just(Exact()),
    st.builds(Tokens, case_sensitive=st.booleans(), space_sensitive=st.booleans()),
    st.builds(
        Float,
        absolute_tolerance=tolerances,
        relative_tolerance=tolerances,
        case_sensitive=st.booleans(),
        space_sensitive=st.booleans(),
    ),
    st.builds(UnorderedLines, ignore_blank_lines=st.booleans(), unordered_tokens=st.booleans()),
)
cpu_ms = st.none() | st.integers(100, 60_000)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    more = draw(st.dictionaries(paths, contents, max_size=3))
    if any(other.startswith(f"{path}/") for path in more for other in more):
        more = {}
    rules = draw(st.sampled_from([PACKAGED, None]))
    return Source.of(
        LANGUAGES["cpp"],
        draw(codes),
        entrypoint=draw(st.sampled_from(["solve.cpp", None])),
        files=more,
        options=draw(options),
        **({"rules": rules} if rules else {}),
    )


runs = st.builds(
    RunTask,
    st.builds(
        RunRequest,
        sources(),
        stdin=contents,
        args=args,
        wall_ms=st.integers(100, 300_000),
        cpu_ms=cpu_ms,
        memory_mib=st.integers(16, 1024),
        cache=st.booleans(),
    ),
    encodings,
)
batches = st.builds(
    BatchTask,
    sources(),
    st.lists(
        st.builds(BatchInput, st.uuids().map(str), contents, args, st.none() | contents), min_size=1, max_size=3
    ).map(tuple),
    wall_ms=st.integers(100, 300_000),
    cpu_ms=cpu_ms,
    memory_mib=st.integers(16, 1024),
    checker=checkers,
    stop_on_first_failure=st.booleans(),
    encoding=encodings,
)
cases = st.builds(
    TestCase,
    name=st.text(max_size=8),
    input=contents.map(Data),
    expected=contents.map(Data),
    sample=st.booleans(),
    group=st.none() | st.text(max_size=8),
    cpu_ms=cpu_ms,
    memory_mib=st.none() | st.integers(16, 4096),
    args=args,
    checker=st.none() | checkers,
    weight=st.integers(0, 1000),
    checker_args=args,
)
judge_programs = st.builds(JudgeProgram, sources(), st.integers(1, 60_000), st.integers(16, 4096))
limits = st.builds(
    ProblemLimits,
    cpu_ms=st.integers(1, 60_000),
    memory_mib=st.integers(1, 4096),
    output_mib=st.integers(1, 64),
    languages=st.dictionaries(
        st.sampled_from(["cpp", "python"]),
        st.builds(LanguageLimits, cpu_ms, st.none() | st.integers(16, 4096), st.none() | st.floats(0.1, 10)),
    ),
)
points = st.floats(0, 1e6, allow_nan=False)


@st.composite
def scorings(draw: st.DrawFn) -> Scoring:
    names = draw(st.lists(st.text(max_size=5), max_size=4, unique=True))
    groups = []
    for place, name in enumerate(names):
        requires = draw(st.lists(st.sampled_from(names[:place]), max_size=2)) if place else []
        groups.append(Group(name, draw(points), draw(st.sampled_from(Aggregation)), tuple(requires)))
    return Scoring(draw(points), tuple(groups))


problems = st.builds(
    Problem,
    st.lists(cases, min_size=1, max_size=3, unique_by=lambda case: case.name).map(tuple),
    checkers | st.builds(Custom, judge_programs, args),
    limits,
    interactor=st.none() | judge_programs,
    includes=st.dictionaries(
        st.sampled_from(["cpp", "python"]), st.dictionaries(paths, contents, max_size=2), max_size=2
    ),
    stop_on_first_failure=st.booleans(),
    scoring=st.none() | scorings(),
)
submissions = st.builds(
    SubmissionTask, sources(), problems, st.lists(st.none() | st.text(max_size=8), max_size=3).map(tuple)
)
verdicts = st.frozensets(st.sampled_from(Verdict))
expectations = st.builds(
    Expectation,
    verdicts,
    verdicts,
    st.none() | st.tuples(points, points),
    st.dictionaries(st.text(max_size=8), st.builds(Expectation, verdicts, verdicts), max_size=2),
    st.none() | st.text(max_size=8),
)
solutions = st.builds(
    Submission,
    st.text(max_size=8),
    st.text(max_size=8),
    sources(),
    expectations,
    st.booleans(),
    st.sampled_from(TimeRole),
)
input_validators = st.builds(
    InputValidator,
    st.text(max_size=8),
    judge_programs,
    st.dictionaries(st.none() | st.text(max_size=8), args, max_size=2),
)


@st.composite
def validations(draw: st.DrawFn) -> ValidationTask:
    made = draw(st.lists(solutions, max_size=3, unique_by=lambda solution: solution.path).map(tuple))
    names = [solution.path for solution in made]
    chosen = st.lists(st.sampled_from(names), unique=True).map(tuple) if names else st.just(())
    return ValidationTask(
        Authored(draw(problems), made, draw(st.lists(input_validators, max_size=2).map(tuple))),
        repeat=draw(st.integers(1, MOST_REPEATS)),
        chosen=draw(st.none() | chosen),
        ids={name: f"id of {name}" for name in names},
    )


jobs = st.builds(
    Job,
    st.uuids().map(str),
    st.uuids().map(str),
    st.datetimes(timezones=st.just(UTC)),
    st.one_of(runs, batches, submissions, validations()),
)


@given(jobs)
def test_a_job_is_the_same_after_it_went_through_text(job: Job) -> None:
    there = through_text(job)
    assert there == job
    assert (there.kind, there.lane, there.ids, there.source) == (job.kind, job.lane, job.ids, job.source)
    assert there.language == job.language
    assert encode(there) == encode(job)


def job(task: Task) -> Job:
    return Job("j", "ann", MOMENT, task)


def source(code: bytes = b"print(1)\n", **changes: Any) -> Source:
    return Source.of(LANGUAGES["python"], code, **changes)


def submission(**changes: Any) -> SubmissionTask:
    case = TestCase("1", Data(b"1 2\n"), Data(b"\xff\0"), group="easy", checker=Tokens(), cpu_ms=100)
    limits = ProblemLimits(languages={"cpp": LanguageLimits(time_multiplier=2.0)})
    scoring = Scoring(50.0, (Group("first", 10.0), Group("easy", 40.0, Aggregation.MIN, ("first",))))
    return SubmissionTask(source(), Problem((case,), Float(0, 1e-9), limits, scoring=scoring, **changes), ("about",))


def validation() -> ValidationTask:
    accepted = frozenset({Verdict.ACCEPTED})
    expectation = Expectation(accepted, accepted, (40.0, 50.0), {"secret/a": Expectation(accepted, accepted)}, "fine")
    solution = Submission("accepted/a.py", "accepted", source(rules=PACKAGED), expectation, True, TimeRole.LOWER)
    validator = InputValidator("v.py", JudgeProgram(source()), {None: ("-x",), "secret/a": ()})
    authored = Authored(submission().problem, (solution,), (validator,))
    return ValidationTask(authored, 3, ("accepted/a.py",), {"accepted/a.py": "id"})


SAMPLES: Mapping[str, Job] = {
    "run": job(RunTask(RunRequest(source(files={"data.bin": b"\0\xff"}), stdin=b"\xfe", args=("a",)))),
    "batch": job(BatchTask(source(), (BatchInput("i", b"\xff", ("x",), b""), BatchInput("k")), checker=Exact())),
    "submission": job(submission()),
    "validation": job(validation()),
}


def test_every_kind_says_what_it_is_and_where_it_waits() -> None:
    facts = {name: (sample.kind, sample.lane, sample.ids) for name, sample in SAMPLES.items()}
    assert facts == {
        "run": (JobKind.RUN, Lane.INTERACTIVE, ("j",)),
        "batch": (JobKind.BATCH, Lane.SUBMISSIONS, ("j", "i", "k")),
        "submission": (JobKind.SUBMISSION, Lane.SUBMISSIONS, ("j",)),
        "validation": (JobKind.VALIDATION, Lane.VALIDATIONS, ("j",)),
    }
    for name, sample in SAMPLES.items():
        assert through_text(sample) == sample
        envelope = encode(sample)
        assert (envelope["version"], envelope["kind"], envelope["owner"]) == (VERSION, name, "ann")
        assert envelope["createdAt"] == "2026-03-03T12:00:00.123000+00:00"


def test_text_stays_readable_and_bytes_are_kept() -> None:
    task = encode(SAMPLES["run"])["task"]
    assert task["source"]["files"] == {"main.py": "print(1)\n", "data.bin": {"base64": "AP8="}}
    assert task["stdin"] == {"base64": "/g=="}
    nul = job(RunTask(RunRequest(source(), stdin=b"a\0b")))
    assert encode(nul)["task"]["stdin"] == "a\0b"
    assert through_text(nul) == nul


def test_tests_that_lie_in_files_travel_with_the_job(tmp_path: Path) -> None:
    (tmp_path / "1.in").write_bytes(b"\xff1\n")
    case = TestCase("1", Data(tmp_path / "1.in"), Data(b"1\n"))
    envelope = encode(job(SubmissionTask(source(), Problem((case,)))))
    (tmp_path / "1.in").unlink()
    there = decode(envelope, find).task
    assert isinstance(there, SubmissionTask)
    assert there.problem.cases[0].input.read() == b"\xff1\n"


def test_tests_that_lie_in_shared_files_are_named(tmp_path: Path) -> None:
    here, there, elsewhere = tmp_path / "here", tmp_path / "there", tmp_path / "elsewhere"
    for directory in (here, elsewhere):
        directory.mkdir()
        (directory / "1.in").write_bytes(b"\xff1\n")
    case = TestCase("1", Data(here / "1.in"), Data(elsewhere / "1.in"))
    envelope = json.loads(
        json.dumps(encode(job(SubmissionTask(source(), Problem((case,)))), deposit=Folder(here).deposit))
    )
    assert str(here) not in json.dumps(envelope)
    here.rename(there)
    found = decode(envelope, find, fetch=Folder(there).fetch).task
    assert isinstance(found, SubmissionTask)
    assert found.problem.cases[0].input == Data(there / "1.in")
    assert found.problem.cases[0].expected == Data(b"\xff1\n")
    with pytest.raises(EnvelopeError, match="nobody has said where"):
        decode(envelope, find)


@pytest.mark.parametrize("version", [None, 0, VERSION + 1, "1", [], {}])
def test_another_version_is_refused_by_its_name(version: object) -> None:
    with pytest.raises(EnvelopeError, match="this worker knows version 1"):
        decode({**encode(SAMPLES["run"]), "version": version}, find)


@pytest.mark.parametrize("garbage", [None, [], "job", 5, b"", [["version", 1]], {}, {"version": VERSION}])
def test_what_is_no_job_is_refused(garbage: object) -> None:
    with pytest.raises(EnvelopeError):
        decode(garbage, find)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place within a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def required(path: tuple[Any, ...]) -> bool:
    """Whether a job without it is none: not one of several, nor what has a default."""
    *way, last = path
    keyed = {("files", "data.bin"), ("languages", "cpp"), ("groups", "secret/a"), ("ids", "accepted/a.py")}
    several = isinstance(last, int) or path[-2:] in keyed
    return not (several or ("checker" in way and last != "type") or "languages" in way)


PLACES = [(name, path) for name, sample in SAMPLES.items() for path in places(encode(sample)) if path]
REQUIRED = [(name, path) for name, path in PLACES if required(path)]


@pytest.mark.parametrize(("name", "path"), REQUIRED, ids=lambda value: ".".join(map(str, value)) if value else "")
def test_nothing_may_be_missing(name: str, path: tuple[Any, ...]) -> None:
    envelope = copy.deepcopy(encode(SAMPLES[name]))
    *way, last = path
    inner: Any = envelope
    for step in way:
        inner = inner[step]
    del inner[last]
    with pytest.raises(EnvelopeError):
        decode(envelope, find)


@given(st.sampled_from(PLACES), st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just({}))
def test_whatever_else_is_wrong_with_it_is_one_error(place: tuple[str, tuple[Any, ...]], wrong: Any) -> None:
    name, (*way, last) = place
    envelope = copy.deepcopy(encode(SAMPLES[name]))
    inner: Any = envelope
    for step in way:
        inner = inner[step]
    inner[last] = wrong
    try:
        assert isinstance(decode(envelope, find), Job)
    except EnvelopeError as error:
        assert str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "validation"}, "problem"),
        ({"kind": "haiku"}, "haiku"),
        ({"kind": "batch"}, "inputs"),
        ({"createdAt": "yesterday"}, "yesterday"),
    ],
)
def test_it_says_what_is_wrong(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EnvelopeError, match=sentence):
        decode({**encode(SAMPLES["run"]), **changes}, find)


def test_a_language_that_is_not_here_is_refused() -> None:
    envelope = encode(SAMPLES["run"])
    envelope["task"]["source"]["language"] = "cobol"
    with pytest.raises(EnvelopeError, match="cobol"):
        decode(envelope, find)


def test_limits_that_nobody_may_have_are_refused() -> None:
    envelope = encode(SAMPLES["run"])
    envelope["task"]["wallMs"] = 300_001
    with pytest.raises(EnvelopeError, match="300000"):
        decode(envelope, find)
