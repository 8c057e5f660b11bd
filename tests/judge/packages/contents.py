"""Contents of packages: of a few values, or of any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

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
    read_package,
)
from judge.packages import Format, PackageContent, Statement, StatementKind, content_of, write_package
from judge.packages.expectation import COMPILED, DIRECTORIES, expectation
from judge.packages.promises import Person
from languages import CompileOptions, Optimization, load_languages

LANGUAGES = load_languages()
FORMATS = [Format.V2025_09, Format.LEGACY]


def loaded(content: PackageContent) -> PackageContent:
    """The same with all data in memory, so that equal contents are equal values."""
    cases = [
        replace(each, input=Data(each.input.read()), expected=Data(each.expected.read()))
        for each in content.problem.cases
    ]
    files = {path: Data(data.read()) for path, data in content.files.items()}
    return replace(content, problem=replace(content.problem, cases=tuple(cases)), files=files)


def assert_same(found: PackageContent, wanted: PackageContent) -> None:
    for each in fields(PackageContent):
        assert getattr(found, each.name) == getattr(wanted, each.name), each.name


def written(content: PackageContent, format_: Format, directory: Path) -> tuple[PackageContent, tuple[str, ...]]:
    losses = write_package(content, directory, format_, languages=LANGUAGES)
    return loaded(content_of(read_package(directory, LANGUAGES))), losses


WORD = st.text("abcXYZ019_", min_size=1, max_size=6)
TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).map(
    str.strip
)
LINE = TEXT.filter(bool)
ARGS = st.lists(TEXT, max_size=2).map(tuple)
BYTES = st.binary(max_size=8).map(Data)
VERDICTS = st.frozensets(st.sampled_from([*COMPILED, Verdict.COMPILE_ERROR]), min_size=1)
CHECKERS: st.SearchStrategy[Checker] = st.one_of(
    st.just(Trimmed()),
    st.just(Exact()),
    st.builds(Tokens, case_sensitive=st.booleans(), space_sensitive=st.booleans()),
    st.builds(
        Float,
        absolute_tolerance=st.sampled_from([0.0, 1e-9, 1e-6, 0.5]),
        relative_tolerance=st.sampled_from([0.0, 1e-6, 0.25]),
        case_sensitive=st.booleans(),
    ),
    st.builds(UnorderedLines, ignore_blank_lines=st.booleans(), unordered_tokens=st.booleans()),
)
SOURCES = st.sampled_from(
    [
        ("python", {"main.py": b"print()"}, "main.py"),
        ("python", {"sum.py": b"print()"}, "sum.py"),
        ("python", {"b.py": b"import a", "a.py": b"x"}, "b.py"),
        ("cpp", {"a.cpp": b"int main;", "lib/b.h": b"x"}, "a.cpp"),
        ("cpp", {"a.cpp": b"int main;", "testlib.h": b"x"}, "a.cpp"),
        ("c", {"a.c": b"int main;", "b.cpp": b"x"}, "a.c"),
        ("java", {"Sum.java": b"class Sum", "Main.java": b"class Main"}, "Sum.java"),
    ]
).map(lambda made: source(*made))
OPTIONS = st.sampled_from([CompileOptions(), CompileOptions(Optimization.DEBUG, warnings=True)])
PROGRAMS = st.builds(
    JudgeProgram,
    st.builds(lambda made, options: replace(made, options=options), SOURCES, OPTIONS),
    cpu_ms=st.sampled_from([60_000, 1000, 1500]),
    memory_mib=st.sampled_from([2048, 64]),
)
PEOPLE = st.builds(Person, LINE, email=st.none() | st.just("a@b.example"), orcid=st.none() | st.just("0000-1"))


STATEMENTS = (Statement("en", StatementKind.TEX, b"x"), Statement("pt-BR", StatementKind.MARKDOWN, b"\xc3\xa9\n"))


def source(language: str, files: Mapping[str, bytes], entrypoint: str) -> Source:
    code = {name: content for name, content in files.items() if name != entrypoint}
    return Source.of(LANGUAGES[language], files[entrypoint], entrypoint=entrypoint, files=code, rules=PACKAGED)


@st.composite
def scorings(draw: st.DrawFn) -> Scoring | None:
    if not draw(st.booleans()):
        return None
    groups: list[Group] = []
    for name in draw(st.lists(st.sampled_from(["sample", "secret", "secret/a", "secret/b", "some", "B"]), unique=True)):
        requires = draw(st.lists(st.sampled_from(groups), unique=True, max_size=2)) if groups else []
        names = tuple(each.name for each in requires)
        points = draw(st.sampled_from([0.0, 10.0, 33.25]))
        groups.append(Group(name, points, draw(st.sampled_from(Aggregation)), names))
    left = draw(st.sampled_from([0.0, 50.0]))
    return Scoring(sum(group.points for group in groups) + left, tuple(groups))


@st.composite
def cases(draw: st.DrawFn, scoring: Scoring | None) -> tuple[TestCase, ...]:
    """Tests with names as packages have them, or with any."""
    groups = [None, *(group.name for group in scoring.groups)] if scoring else [None, "a", "secret/a"]
    found: list[TestCase] = []
    usual = draw(st.booleans())
    for index in range(draw(st.integers(1, 5))):
        sample = draw(st.booleans())
        group = draw(st.sampled_from(groups))
        where = "sample" if sample else draw(st.sampled_from(["secret", "secret/a", "secret/a/x", "secret/b"]))
        found.append(
            TestCase(
                name=f"{where}/{index}" if usual else draw(st.sampled_from([f"{index}", f"t-{index}", f"a b/{index}"])),
                input=draw(BYTES),
                expected=draw(BYTES),
                sample=sample,
                group=where if usual and where.count("/") == 1 and scoring is None else group,
                cpu_ms=draw(st.none() | st.integers(1, 9)),
                memory_mib=draw(st.none() | st.integers(1, 9)),
                args=draw(ARGS),
                weight=draw(st.sampled_from([1.0, 0.0, 2.5])),
                checker_args=draw(ARGS),
            )
        )
    return tuple(found)


@st.composite
def expectations(draw: st.DrawFn, *, scoring: bool, depth: int = 0) -> Expectation:
    if draw(st.booleans()) and not depth:
        usual = expectation(draw(st.sampled_from(DIRECTORIES)), legacy=draw(st.booleans()))
        assert usual is not None
        return usual
    patterns = st.sampled_from(["sample", "secret", "secret/a", "secret/*", "{sample,secret}", "odd"])
    groups = {} if depth else draw(st.dictionaries(patterns, expectations(scoring=scoring, depth=1), max_size=2))
    pairs = st.tuples(st.sampled_from([0.0, 10.0]), st.sampled_from([10.0, 33.25]))
    return Expectation(
        permitted=draw(VERDICTS),
        required=draw(VERDICTS),
        score=draw(st.none() | pairs) if scoring else None,
        groups=groups,
        message=draw(st.none() | LINE),
    )


@st.composite
def submissions(draw: st.DrawFn, *, scoring: bool) -> tuple[Submission, ...]:
    found: list[Submission] = []
    for index in range(draw(st.integers(0, 3))):
        made = draw(SOURCES)
        directory = draw(st.sampled_from(["accepted", "wrong_answer", "mixed", "partially_accepted"]))
        alone = next(iter(made.files)) if len(made.files) == 1 else f"p{index}"
        usual = f"submissions/{directory}/{alone}"
        if draw(st.booleans()) and usual not in {each.path for each in found}:
            path = usual
        else:
            path, directory = draw(st.sampled_from([f"Brute force #{index}", "", made.entrypoint])), ""
        found.append(
            Submission(
                path=path,
                directory=directory,
                source=replace(made, options=draw(OPTIONS)),
                expectation=draw(expectations(scoring=scoring)),
                model=draw(st.booleans()),
                time_role=draw(st.sampled_from(TimeRole)),
                authors=draw(st.lists(PEOPLE, max_size=2).map(tuple)),
            )
        )
    return tuple(found)


@st.composite
def contents(draw: st.DrawFn) -> PackageContent:
    scoring = draw(scorings())
    tests = draw(cases(scoring))
    kind = draw(st.sampled_from(["builtin", "custom", "interactive"]))
    checker: Checker | Custom = draw(CHECKERS)
    if kind == "builtin":
        tests = tuple(replace(case, checker=draw(st.none() | CHECKERS)) for case in tests)
        tests = tuple(replace(case, checker=None if case.checker == checker else case.checker) for case in tests)
    elif kind == "custom":
        checker = Custom(draw(PROGRAMS), draw(ARGS))
    else:
        checker = Tokens(case_sensitive=False)
    limits = draw(st.dictionaries(st.sampled_from(["python", "java"]), st.builds(LanguageLimits, st.just(7))))
    texts = st.lists(LINE, unique=True, max_size=2)
    names = [case.name for case in tests]
    noted = st.fixed_dictionaries(
        {},
        optional={
            "hint": LINE,
            "description": LINE,
            "full_feedback": st.booleans(),
            "output_visualizer_args": st.lists(TEXT, min_size=1, max_size=2),
        },
    ).filter(bool)
    given_args = st.dictionaries(st.sampled_from([None, "sample", "secret", *names]), ARGS, max_size=2)
    details: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "license": st.just("cc0"),
                "version": LINE,
                "credits": st.fixed_dictionaries({"authors": st.lists(LINE, min_size=1, max_size=2)}),
                "source": LINE | st.fixed_dictionaries({"name": LINE, "url": LINE}),
                "embargo_until": st.sampled_from(["2030-01-02", "2030-01-02T03:04:05Z"]),
                "allow_file_writing": st.booleans(),
                "grading": st.fixed_dictionaries({"show_test_data_groups": st.booleans()}),
                "limits": st.fixed_dictionaries({"code": st.integers(1, 9)}),
            },
        )
    )
    return PackageContent(
        shortname="p",
        name=draw(LINE),
        uuid="0-1",
        problem=Problem(
            cases=tests,
            checker=checker,
            limits=ProblemLimits(
                draw(st.integers(1, 99_999)), draw(st.integers(1, 999)), draw(st.integers(1, 64)), limits
            ),
            interactor=draw(PROGRAMS) if kind == "interactive" else None,
            includes=draw(st.sampled_from([{}, {"python": {"lib.py": b"x"}, "c": {"d/a.h": b"y"}}])),
            stop_on_first_failure=draw(st.booleans()),
            scoring=scoring,
        ),
        names=draw(st.dictionaries(st.sampled_from(["en", "sv", "pt-BR"]), LINE, max_size=2)),
        statements=draw(
            st.sampled_from(
                [
                    (),
                    (
                        Statement("en", StatementKind.TEX, b"x"),
                        Statement("pt-BR", StatementKind.MARKDOWN, b"\xc3\xa9\n"),
                    ),
                ]
            )
        ),
        submissions=draw(submissions(scoring=scoring is not None)),
        input_validators=tuple(
            InputValidator(path, draw(PROGRAMS), draw(given_args))
            for path in draw(st.sampled_from([(), ("input_validators/one",), ("input_validators/one", "any thing")]))
        ),
        keywords=tuple(draw(texts)),
        languages=draw(st.none() | st.just(("python", "cpp", "kotlin"))),
        details=details,
        notes=draw(st.dictionaries(st.sampled_from(names), noted, max_size=2)),
        extras=draw(st.dictionaries(WORD, st.none() | st.integers() | st.lists(TEXT), max_size=2)),
        files=draw(st.dictionaries(st.sampled_from(["attachments/a.txt", "generators/x", "statement/p.png"]), BYTES)),
    )


SUM = Source.of(LANGUAGES["python"], b"print()", rules=PACKAGED)


def case(name: str, **more: Any) -> TestCase:
    return TestCase(name, Data(b"in"), Data(b"out"), **more)


def content(*tests: TestCase, **more: Any) -> PackageContent:
    named = {each.name for each in fields(Problem)} & more.keys()
    problem = Problem(tests or (case("secret/1"),), **{name: more.pop(name) for name in named})
    return PackageContent("sum", "Sum", problem, uuid="0-1", **more)
