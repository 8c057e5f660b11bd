"""Mutants of whole programs: which, in what order, and what is told about each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import Source, SourceError
from judge.mutation import Operator, mutable, mutants
from judge.mutation.grammar import MUTABLE
from judge.mutation.selection import round_robin, spread
from judge.source import PACKAGED
from languages import Language, load_languages

COUNTING = (
    b"n = int(input())\ntotal = 0\nfor i in range(1, n + 1):\n    if i % 3 == 0:\n        total += i\nprint(total)\n"
)
LANGUAGES = load_languages()


def python(code: bytes, **files: bytes) -> Source:
    return Source.of(LANGUAGES["python"], code, files={f"{name}.py": text for name, text in files.items()})


def test_every_language_that_is_judged_can_be_mutated(languages: Mapping[str, Language]) -> None:
    assert set(languages) == MUTABLE
    for language in languages.values():
        source = Source.of(language, language.reference.source.encode())
        assert mutable(source)
        made = mutants(source)
        assert len({mutant.operator for mutant in made}) >= 2, language.id


def test_they_are_the_same_ones_every_time_and_all_different() -> None:
    source = python(COUNTING)
    made = mutants(source)
    assert made == mutants(source)
    texts = [mutant.source.files["main.py"] for mutant in made]
    assert len(set(texts)) == len(texts)
    assert COUNTING not in texts


def test_the_first_few_stand_for_all_operators_and_the_whole_program() -> None:
    source = python(COUNTING * 8)
    every = mutants(source)
    few = mutants(source, most=14)
    assert few == every[:14]
    assert {mutant.operator for mutant in few} == {mutant.operator for mutant in every}
    lines = [mutant.line for mutant in few]
    assert min(lines) < 16
    assert max(lines) > 32


def test_a_mutant_says_where_it_is_and_what_was_changed() -> None:
    source = python("näme = 1\nif näme <= 3: print(näme)\n".encode())
    (mutant,) = [each for each in mutants(source) if each.after == "näme < 3"]
    assert (mutant.operator, mutant.file, mutant.line, mutant.column) == (Operator.COMPARISON, "main.py", 2, 9)
    assert mutant.before == "näme <= 3"
    assert mutant.original is source
    assert mutant.source.files["main.py"].decode() == "näme = 1\nif näme < 3: print(näme)\n"
    assert mutant.diff == (
        "--- a/main.py\n+++ b/main.py\n@@ -1,2 +1,2 @@\n näme = 1\n"
        "-if näme <= 3: print(näme)\n+if näme < 3: print(näme)\n"
    )
    assert mutant.hint == (
        "No test tells `näme <= 3` from `näme < 3` at line 2: add a test where the two sides are equal"
    )


def test_a_hint_names_what_is_gone_and_shortens_what_is_long() -> None:
    made = mutants(python(b"a = [1]\na.sort()\nfor i in a: b(i)\n" + b"if " + b"a" * 100 + b" == 2: a()\n"))
    hints = [mutant.hint for mutant in made]
    assert "No test misses `a.sort()` at line 2: add a test in which this changes the answer" in hints
    assert "No test needs a second round of the loop at line 3: add a test that needs a second one" in hints
    assert max(map(len, hints)) < 300
    assert any("…" in hint for hint in hints)


def test_a_diff_says_where_the_last_line_does_not_end() -> None:
    diffs = [mutant.diff for mutant in mutants(python(b"a = 3"))]
    assert "-a = 3\n\\ No newline at end of file\n+a = 4\n\\ No newline at end of file\n" in diffs[0]


def test_all_files_in_the_language_are_mutated_and_no_others() -> None:
    cpp = LANGUAGES["cpp"]
    files = {"lib.h": b"int f(int a) { return a + 1; }", "notes.txt": b"1 + 1", "more.cpp": b"int g() { return 5; }"}
    source = Source.of(cpp, b"int main() { return f(2) - g(); }", files=files)
    assert {mutant.file for mutant in mutants(source)} == {"main.cpp", "lib.h", "more.cpp"}
    for mutant in mutants(source):
        changed = [path for path in source.files if source.files[path] != mutant.source.files[path]]
        assert changed == [mutant.file]


def test_a_program_without_anything_to_change_has_no_mutants() -> None:
    assert mutants(python(b"print('hello')\n")) == ()


def test_a_language_that_is_not_parsed_is_refused() -> None:
    other = type(LANGUAGES["python"])(
        **{name: getattr(LANGUAGES["python"], name) for name in Language.__slots__} | {"id": "cobol", "name": "Cobol"}
    )
    source = Source.of(other, b"a = 1")
    assert not mutable(source)
    with pytest.raises(ValueError, match="no mutants are made of programs in Cobol"):
        mutants(source)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_deep_broken_and_binary_programs_do_no_harm(name: str) -> None:
    language = LANGUAGES[name]
    for code in (
        b"(" * 30_000 + b"1" + b")" * 30_000,
        b"{" * 20_000,
        b"if (a < 1 { } ) else ] 5 + ;",
        bytes(range(256)) * 20,
        b"a = 1\x00 + 2",
    ):
        source = Source.of(language, code, rules=PACKAGED)
        for mutant in mutants(source, most=20):
            assert mutant.source.files != source.files
            assert mutant.hint
            assert mutant.diff


@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(LANGUAGES)))
def test_whatever_the_program_a_mutant_differs_in_the_place_that_it_names(code: bytes, name: str) -> None:
    language = LANGUAGES[name]
    try:
        source = Source.of(language, code)
    except SourceError:
        return  # blank
    for mutant in mutants(source, most=30):
        old, new = code.split(b"\n"), mutant.source.files[language.entrypoint].split(b"\n")
        assert old[: mutant.line - 1] == new[: mutant.line - 1]
        assert old != new


@given(st.lists(st.integers(), unique=True, max_size=200))
def test_spreading_keeps_every_value_and_goes_far_first(values: list[int]) -> None:
    spaced = spread(values)
    assert sorted(spaced) == sorted(values)
    if len(values) > 3:
        half = 1 << ((len(values) - 1).bit_length() - 1)
        assert spaced[:2] == [values[0], values[half]]


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=5))
def test_taking_turns_leaves_nobody_out(groups: list[list[int]]) -> None:
    taken = list(round_robin(groups))
    assert sorted(taken) == sorted(value for group in groups for value in group)
    assert taken[: sum(map(bool, groups))] == [group[0] for group in groups if group]
