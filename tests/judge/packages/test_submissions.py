"""``submissions/``: which programs there are, what they are written in, and what they must lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from judge import Expectation, Package, PackageError, Submission, TimeRole, Verdict
from judge.packages.promises import Person

Read = Callable[..., Package]
V = Verdict


def only(package: Package, path: str) -> Submission:
    return next(each for each in package.submissions if each.path == f"submissions/{path}")


class TestPrograms:
    @pytest.mark.parametrize(
        ("name", "language"),
        [
            ("a.py", "python"),
            ("a.js", "javascript"),
            ("a.ts", "typescript"),
            ("A.java", "java"),
            ("a.cpp", "cpp"),
            ("a.cc", "cpp"),
            ("a.c", "c"),
            ("a.go", "go"),
            ("a.rs", "rust"),
        ],
    )
    def test_the_extension_says_the_language(self, read: Read, name: str, language: str) -> None:
        submission = only(read({f"submissions/accepted/{name}": "text"}), f"accepted/{name}")
        assert (submission.language.id, submission.directory) == (language, "accepted")
        assert dict(submission.source.files) == {name: b"text"}

    def test_another_language_is_left_out_with_a_warning(self, read: Read) -> None:
        package = read({"submissions/accepted/a.kt": "fun main() {}"})
        assert [each.path for each in package.submissions] == ["submissions/accepted/sum.py"]
        assert package.warnings == ("submissions/accepted/a.kt is in no language that is installed here; left out",)

    def test_a_directory_is_one_program(self, read: Read) -> None:
        package = read(
            {"submissions/accepted/two/main.py": "import lib.x", "submissions/accepted/two/lib/x.py": "print(3)"}
        )
        source = only(package, "accepted/two").source
        assert (source.entrypoint, set(source.files)) == ("main.py", {"main.py", "lib/x.py"})

    def test_headers_do_not_hide_the_language(self, read: Read) -> None:
        files = {
            "submissions/accepted/d/a.cpp": "#include",
            "submissions/accepted/d/b.c": "x",
            "submissions/accepted/d/a.h": "",
        }
        submission = only(read(files), "accepted/d")
        assert (submission.language.id, submission.source.entrypoint) == ("cpp", "a.cpp")

    def test_any_file_will_do_where_all_are_compiled_together(self, read: Read) -> None:
        files = {"submissions/accepted/d/b.cpp": "x", "submissions/accepted/d/a.cpp": "x"}
        assert only(read(files), "accepted/d").source.entrypoint == "a.cpp"

    def test_which_file_begins_must_be_clear(self, read: Read) -> None:
        files = {"submissions/accepted/d/b.py": "x", "submissions/accepted/d/a.py": "x"}
        with pytest.raises(PackageError, match=r"submissions/accepted/d: .*none is called main\.py"):
            read(files)

    def test_files_outside_a_directory_are_ignored_with_a_warning(self, read: Read) -> None:
        package = read({"submissions/stray.py": "x"})
        assert len(package.submissions) == 1
        assert "stray.py" in package.warnings[0]

    def test_none_at_all_is_a_warning(self, read: Read) -> None:
        package = read({"submissions/accepted/sum.py": None})
        assert package.submissions == ()
        assert len(package.warnings) == 1

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"submissions/accepted/e.py": " \n"}, "submissions/accepted/e.py: e.py is blank"),
            ({"submissions/accepted/e.py": "x" * 1_100_000}, "submissions/accepted/e.py: is larger than"),
            (
                {"submissions/accepted/e e.py": "x", "submissions/odd/x.py": "x"},
                "submissions/odd: is no directory that",
            ),
        ],
    )
    def test_what_cannot_be_run_is_named(self, read: Read, files: dict[str, str], message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read(files)
        assert str(caught.value).startswith(message)


class TestExpectations:
    @pytest.mark.parametrize(
        ("directory", "new", "permitted", "required"),
        [
            ("accepted", False, {V.ACCEPTED}, {V.ACCEPTED}),
            ("wrong_answer", False, {V.ACCEPTED, V.WRONG_ANSWER}, {V.WRONG_ANSWER}),
            (
                "time_limit_exceeded",
                False,
                {V.ACCEPTED, V.WRONG_ANSWER, V.TIME_LIMIT_EXCEEDED},
                {V.TIME_LIMIT_EXCEEDED},
            ),
            ("time_limit_exceeded", True, {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}, {V.TIME_LIMIT_EXCEEDED}),
            (
                "run_time_error",
                True,
                {V.ACCEPTED, V.RUNTIME_ERROR, V.MEMORY_LIMIT_EXCEEDED, V.OUTPUT_LIMIT_EXCEEDED},
                {V.RUNTIME_ERROR, V.MEMORY_LIMIT_EXCEEDED, V.OUTPUT_LIMIT_EXCEEDED},
            ),
            ("compile_error", False, {V.COMPILE_ERROR}, {V.COMPILE_ERROR}),
            (
                "memory_limit_exceeded",
                False,
                {V.ACCEPTED, V.MEMORY_LIMIT_EXCEEDED, V.RUNTIME_ERROR},
                {V.MEMORY_LIMIT_EXCEEDED, V.RUNTIME_ERROR},
            ),
            (
                "output_limit_exceeded",
                False,
                {V.ACCEPTED, V.OUTPUT_LIMIT_EXCEEDED},
                {V.OUTPUT_LIMIT_EXCEEDED},
            ),
        ],
    )
    def test_the_directory_says_what_must_come_of_it(
        self, read: Read, directory: str, permitted: set[Verdict], required: set[Verdict], *, new: bool
    ) -> None:
        expectation = only(read({f"submissions/{directory}/x.py": "x"}, new=new), f"{directory}/x.py").expectation
        assert set(expectation.permitted) == permitted
        assert set(expectation.required) == required

    def test_rejected_and_brute_force(self, read: Read) -> None:
        package = read({"submissions/rejected/x.py": "x", "submissions/brute_force/x.py": "x"}, new=True)
        rejected, brute = (only(package, f"{name}/x.py").expectation for name in ("rejected", "brute_force"))
        assert V.ACCEPTED in rejected.permitted
        assert V.ACCEPTED not in rejected.required
        assert V.WRONG_ANSWER in rejected.required
        assert V.COMPILE_ERROR not in rejected.permitted
        assert V.WRONG_ANSWER not in brute.permitted
        assert {V.TIME_LIMIT_EXCEEDED, V.RUNTIME_ERROR} <= brute.required


class TestTags:
    def read(self, read: Read, text: str, directory: str = "mixed") -> Expectation:
        package = read({f"submissions/{directory}/x.py": f"# @EXPECTED_RESULTS@: {text}\nprint()"})
        return only(package, f"{directory}/x.py").expectation

    @pytest.mark.parametrize(
        ("text", "permitted", "required"),
        [
            ("CORRECT", {V.ACCEPTED}, {V.ACCEPTED}),
            ("WRONG-ANSWER", {V.ACCEPTED, V.WRONG_ANSWER}, {V.WRONG_ANSWER}),
            ("no-output", {V.ACCEPTED, V.WRONG_ANSWER}, {V.WRONG_ANSWER}),
            ("TIMELIMIT", {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}, {V.TIME_LIMIT_EXCEEDED}),
            ("OUTPUT_LIMIT", {V.ACCEPTED, V.OUTPUT_LIMIT_EXCEEDED}, {V.OUTPUT_LIMIT_EXCEEDED}),
            ("COMPILER-ERROR", {V.COMPILE_ERROR}, {V.COMPILE_ERROR}),
            (
                "RUN-ERROR, WRONG-ANSWER",
                {V.ACCEPTED, V.WRONG_ANSWER, V.RUNTIME_ERROR, V.MEMORY_LIMIT_EXCEEDED, V.OUTPUT_LIMIT_EXCEEDED},
                {V.WRONG_ANSWER, V.RUNTIME_ERROR, V.MEMORY_LIMIT_EXCEEDED, V.OUTPUT_LIMIT_EXCEEDED},
            ),
            ("CORRECT,TIMELIMIT", {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}, {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}),
        ],
    )
    def test_any_of_these_is_expected(
        self, read: Read, text: str, permitted: set[Verdict], required: set[Verdict]
    ) -> None:
        expectation = self.read(read, text)
        assert (set(expectation.permitted), set(expectation.required)) == (permitted, required)

    def test_to_be_looked_at_means_anything(self, read: Read) -> None:
        assert self.read(read, "CHECK-MANUALLY").permitted >= {V.ACCEPTED, V.WRONG_ANSWER, V.RUNTIME_ERROR}

    def test_a_tag_takes_the_place_of_the_directorys_promise(self, read: Read) -> None:
        assert self.read(read, "WRONG-ANSWER", "accepted").required == {V.WRONG_ANSWER}

    def test_any_file_of_a_program_may_have_it(self, read: Read) -> None:
        files = {"submissions/mixed/p/main.py": "x", "submissions/mixed/p/a.py": "# @EXPECTED_RESULTS@: TIMELIMIT"}
        assert only(read(files), "mixed/p").expectation.required == {V.TIME_LIMIT_EXCEEDED}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("SLOW", "unknown result 'SLOW'; known: CORRECT, ACCEPTED,"),
            ("CORRECT\n# @EXPECTED_RESULTS@: TIMELIMIT", "stands there more than once, each time otherwise"),
            ("", "unknown result ''"),
        ],
    )
    def test_wrong_tags_are_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            self.read(read, text)
        assert str(caught.value).startswith(f"submissions/mixed/x.py: @EXPECTED_RESULTS@: {message}")


class TestSubmissionsYaml:
    def yaml(self, read: Read, text: str, files: Mapping[str, str] | None = None, *, points: bool = False) -> Package:
        more = {f"submissions/{name}": content for name, content in (files or {}).items()}
        if points:
            more["problem.yaml"] = (
                "problem_format_version: 2025-09\nname: N\nuuid: u\ntype: scoring\nlimits: {time_limit: 1}\n"
            )
        return read({"submissions/submissions.yaml": text, "submissions/rejected/x.py": "x", **more}, new=True)

    def test_a_pattern_makes_it_stricter(self, read: Read) -> None:
        package = self.yaml(read, "rejected/*.{py,js}:\n  permitted: [AC, WA]\n  required: [WA]\n")
        expectation = only(package, "rejected/x.py").expectation
        assert expectation.permitted == {V.ACCEPTED, V.WRONG_ANSWER}
        assert expectation.required == {V.WRONG_ANSWER}

    def test_a_pattern_that_does_not_match_changes_nothing(self, read: Read) -> None:
        package = self.yaml(read, "'*.py':\n  permitted: [AC]\nrejected/y*:\n  permitted: [AC]\n")
        assert V.WRONG_ANSWER in only(package, "rejected/x.py").expectation.permitted

    def test_a_directorys_own_entry_replaces_its_default(self, read: Read) -> None:
        package = self.yaml(read, "accepted:\n  permitted: [AC, TLE]\n")
        expectation = only(package, "accepted/sum.py").expectation
        assert expectation.permitted == {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}
        assert expectation.required == {V.ACCEPTED}

    def test_a_directory_of_its_own_name(self, read: Read) -> None:
        package = self.yaml(read, "mixed:\n  permitted: [WA, TLE]\n", {"mixed/a.py": "x"})
        assert only(package, "mixed/a.py").expectation.permitted == {V.WRONG_ANSWER, V.TIME_LIMIT_EXCEEDED}

    def test_language_and_entrypoint(self, read: Read) -> None:
        text = "accepted/p:\n  language: python3\n  entrypoint: go.py\naccepted/J:\n  entrypoint: Start\n"
        files = {
            "accepted/p/go.py": "x",
            "accepted/p/a.py": "x",
            "accepted/J/Start.java": "x",
            "accepted/J/A.java": "x",
        }
        package = self.yaml(read, text, files)
        assert only(package, "accepted/p").source.entrypoint == "go.py"
        assert only(package, "accepted/J").source.entrypoint == "Start.java"

    def test_score_message_and_groups(self, read: Read) -> None:
        text = """
rejected:
  score: [0, 60]
rejected/x.py:
  score: [20, 100]
  message: too small
  secret/a*:
    permitted: [AC, TLE]
    required: [TLE]
    score: 0
"""
        expectation = only(self.yaml(read, text, points=True), "rejected/x.py").expectation
        assert (expectation.score, expectation.message) == ((20, 60), "too small")
        assert set(expectation.groups) == {"secret/a*"}
        group = expectation.groups["secret/a*"]
        assert group == Expectation(
            frozenset({V.ACCEPTED, V.TIME_LIMIT_EXCEEDED}), frozenset({V.TIME_LIMIT_EXCEEDED}), score=(0, 0)
        )

    def test_two_requirements_that_no_one_test_can_meet_hold_both(self, read: Read) -> None:
        package = self.yaml(read, "rejected/*:\n  required: [WA]\nrejected/x.py:\n  required: [TLE]\n")
        expectation = only(package, "rejected/x.py").expectation
        assert expectation.required == {V.WRONG_ANSWER}
        assert expectation.groups["{sample,secret}"].required == {V.TIME_LIMIT_EXCEEDED}

    @pytest.mark.parametrize(
        ("text", "role"),
        [
            ("accepted/sum.py: {}", TimeRole.LOWER),
            ("accepted/sum.py:\n  use_for_time_limit: false", TimeRole.NONE),
            ("rejected/x.py: {}", TimeRole.NONE),
            ("rejected/x.py:\n  required: [TLE]", TimeRole.UPPER),
            ("rejected/x.py:\n  required: [TLE, RTE]", TimeRole.NONE),
            ("rejected/x.py:\n  secret/a:\n    required: [TLE]", TimeRole.UPPER),
            ("rejected/x.py:\n  use_for_time_limit: upper", TimeRole.UPPER),
            ("rejected/x.py:\n  use_for_time_limit: lower", TimeRole.LOWER),
        ],
    )
    def test_what_it_says_about_the_time_limit(self, read: Read, text: str, role: TimeRole) -> None:
        assert only(self.yaml(read, text), text.split(":", maxsplit=1)[0]).time_role is role

    def test_a_role_is_an_expectation_too(self, read: Read) -> None:
        package = self.yaml(read, "rejected/x.py:\n  use_for_time_limit: upper\naccepted: {}")
        assert only(package, "rejected/x.py").expectation.required == {V.TIME_LIMIT_EXCEEDED}
        package = self.yaml(read, "rejected/x.py:\n  use_for_time_limit: lower")
        assert V.TIME_LIMIT_EXCEEDED not in only(package, "rejected/x.py").expectation.permitted

    def test_a_role_for_some_tests_only_is_not_used(self, read: Read) -> None:
        package = self.yaml(read, "accepted/sum.py:\n  secret/a:\n    use_for_time_limit: lower")
        assert package.warnings == (
            "submissions/submissions.yaml: accepted/sum.py.secret/a.use_for_time_limit: only for all tests; not used",
        )

    def test_authors_and_models(self, read: Read) -> None:
        text = """
accepted/sum.py:
  model_solution: true
  authors:
  - Ada L <ada@l.example>
  - {name: Blaise, orcid: 0000-1}
rejected/x.py:
  authors: Carl
"""
        package = self.yaml(read, text)
        model = only(package, "accepted/sum.py")
        assert model.model
        assert model.authors == (Person("Ada L", "ada@l.example"), Person("Blaise", orcid="0000-1"))
        assert only(package, "rejected/x.py").authors == (Person("Carl"),)

    def test_a_language_that_is_not_here_is_not_taken_for_another(self, read: Read) -> None:
        package = self.yaml(read, "rejected/x.py:\n  language: python2")
        assert [each.path for each in package.submissions] == ["submissions/accepted/sum.py"]
        assert package.warnings == ("submissions/rejected/x.py is in no language that is installed here; left out",)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "rejected:\n  permitted: [WA]\nrejected/x.py:\n  permitted: [AC]",
                "rejected/x.py.permitted: permits nothing",
            ),
            ("rejected/x.py:\n  score: 5", "rejected/x.py.score: is only for problems of the type scoring"),
            ("rejected/x.py:\n  secret:\n    score: 5", "rejected/x.py.secret.score: is only for problems"),
            ("rejected/x.py:\n  use_for_time_limit: true", "rejected/x.py.use_for_time_limit: must be false, lower or"),
            ("accepted:\n  use_for_time_limit: upper", "accepted.use_for_time_limit: upper contradicts"),
            ("rejected/x.py:\n  model_solution: maybe", "rejected/x.py.model_solution: must be true or false"),
            ("rejected/x.py:\n  secret/a: [AC]", "rejected/x.py.secret/a: must be a map"),
            ("rejected/x.py:\n  secret/a:\n    language: c", "rejected/x.py.secret/a.language: unknown key"),
            ("rejected/x.py:\n  authors: [5]", "rejected/x.py.authors[0]: must be a person"),
            ("rejected/*:\n  message: a\nrejected/x.py:\n  message: b", "rejected/x.py.message: another message"),
        ],
    )
    def test_what_contradicts_or_makes_no_sense_is_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            self.yaml(read, text)
        assert str(caught.value).startswith(f"submissions/submissions.yaml: {message}")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("score: [5, 1]", "must not end below its beginning"),
            ("score: [1, 2, 3]", "must be a number or a list of two"),
            ("score: lots", "must be a number or a list of two"),
            ("score: .nan", "must not end below its beginning"),
        ],
    )
    def test_wrong_scores_are_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            self.yaml(read, f"rejected/x.py:\n  {text}", points=True)
        assert str(caught.value).startswith(f"submissions/submissions.yaml: rejected/x.py.score: {message}")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "rejected/*:\n  permitted: [ACC]",
                "submissions/submissions.yaml: rejected/*.permitted: unknown verdict 'ACC'",
            ),
            ("rejected/*:\n  allowed: [AC]", "submissions/submissions.yaml: rejected/*.allowed: unknown key"),
            ("rejected/*: [AC]", "submissions/submissions.yaml: rejected/*: must be a map"),
            ("'rejected/{a':\n  permitted: [AC]", "submissions/submissions.yaml: rejected/{a: is no pattern"),
            (
                "rejected/x.py:\n  entrypoint: y.py",
                "submissions/submissions.yaml: submissions/rejected/x.py: names the",
            ),
        ],
    )
    def test_what_is_wrong_is_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            self.yaml(read, text)
        assert str(caught.value).startswith(message)
