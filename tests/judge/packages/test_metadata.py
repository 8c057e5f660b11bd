"""``problem.yaml`` and ``.timelimit``: what they may say, and what is said of what they may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from judge import Float, Package, PackageError, ProblemLimits, Tokens
from judge.packages import Format

Read = Callable[..., Package]
HEAD = "problem_format_version: 2025-09\nname: N\nuuid: u\n"


class TestLegacy:
    def test_limits_come_from_two_files(self, read: Read) -> None:
        package = read()
        assert package.metadata.format is Format.LEGACY
        assert package.problem.limits == ProblemLimits(cpu_ms=1500, memory_mib=64, output_mib=16)
        assert (package.id, package.metadata.name, package.warnings, package.unsupported) == ("sum", "Sum", (), ())

    def test_everything_the_format_knows_is_allowed(self, read: Read) -> None:
        text = """
problem_format_version: legacy
type: pass-fail
name: A Name
uuid: 1-2-3
author: Somebody
source: Some Contest 2024
source_url: https://contest.example
license: cc by-sa
rights_owner: Somebody
limits: {time_multiplier: 5, time_safety_margin: 2, memory: 128, output: 4, code: 128, compilation_time: 60,
  compilation_memory: 2048, validation_time: 60, validation_memory: 2048, validation_output: 8}
validation: default
validator_flags: float_tolerance 1e-4 case_sensitive
keywords: graph  dp
"""
        package = read({"problem.yaml": text})
        assert package.problem.limits == ProblemLimits(cpu_ms=1500, memory_mib=128, output_mib=4)
        assert package.problem.checker == Float(1e-4, 1e-4)
        assert (package.metadata.uuid, package.metadata.keywords) == ("1-2-3", ("graph", "dp"))

    def test_no_time_limit_is_a_warning(self, read: Read) -> None:
        package = read({".timelimit": None})
        assert package.problem.limits.cpu_ms == 5000
        assert package.warnings == ("there is no .timelimit; 5 s are assumed",)

    def test_an_empty_problem_yaml_says_nothing(self, read: Read) -> None:
        package = read({"problem.yaml": "# nothing\n"})
        assert package.metadata.name == "sum"
        assert package.problem.checker == Tokens(case_sensitive=False)

    @pytest.mark.parametrize(
        ("files", "name"),
        [
            ({"problem.en.tex": "\\problemname{A~Sum  of Two}\nText"}, "A Sum of Two"),
            ({"problem.tex": "% \\problemname{Old}\n\\problemname{New}"}, "New"),
            ({"problem.sv.tex": "\\problemname{Summa}", "problem.en.tex": "\\problemname{Sum It}"}, "Sum It"),
            ({"problem.sv.tex": "\\problemname{Summa}"}, "Summa"),
            ({"problem.en.tex": "\\problemname{$x^2$}\n%% plainproblemname: x^2\n"}, "x^2"),
            ({"problem.en.tex": "\\problemname{$x^2$}"}, "sum"),
            ({"problem.en.tex": "no title"}, "sum"),
        ],
    )
    def test_a_title_that_only_the_statement_gives(self, read: Read, files: dict[str, str], name: str) -> None:
        stated = {f"problem_statement/{path}": text for path, text in files.items()}
        assert read({"problem.yaml": "license: cc0", **stated}).metadata.name == name
        assert read({"problem.yaml": "name: Given", **stated}).metadata.name == "Given"

    @pytest.mark.parametrize("text", ["", "x", "-1", "0", "nan", "inf", "1e9", b"\xff"])
    def test_a_wrong_time_limit_is_named(self, read: Read, text: str | bytes) -> None:
        with pytest.raises(PackageError, match=r"^\.timelimit: "):
            read({".timelimit": text})

    def test_what_judging_does_not_need_is_kept_in_the_words_of_the_newer_format(self, read: Read) -> None:
        text = """
author: Ada L, Blaise P and Carl G
source: Some Contest
source_url: https://contest.example
license: cc0
rights_owner: Ada L
limits: {time_multiplier: 5, time_safety_margin: 2, code: 128, validation_output: 8}
grading: {show_test_data_groups: yes}
"""
        assert read({"problem.yaml": text}).metadata.details == {
            "credits": {"authors": ["Ada L", "Blaise P", "Carl G"]},
            "source": {"name": "Some Contest", "url": "https://contest.example"},
            "license": "cc0",
            "rights_owner": "Ada L",
            "limits": {
                "code": 128,
                "validation_output": 8,
                "time_multipliers": {"ac_to_time_limit": 5.0, "time_limit_to_tle": 2.0},
            },
            "grading": {"show_test_data_groups": True},
        }

    @pytest.mark.parametrize("text", ["grading: {objective: min}", "type: scoring\ngrading: {objective: min}"])
    def test_a_score_that_is_to_be_small_is_not_judged(self, read: Read, text: str) -> None:
        files = {"problem.yaml": text, "data/testdata.yaml": "grader_flags: ignore_sample"}
        assert read(files).unsupported == ("problem.yaml: grading.objective: a score that is to be small",)

    def test_a_license_that_nobody_knows_is_a_warning(self, read: Read) -> None:
        assert read({"problem.yaml": "license: mine"}).warnings == (
            "problem.yaml: license: 'mine' is none that the format knows",
        )


class TestNew:
    def test_limits_come_from_one_file(self, read: Read) -> None:
        package = read(new=True)
        assert package.metadata.format is Format.V2025_09
        assert package.problem.limits == ProblemLimits(cpu_ms=1500)
        assert package.warnings == package.unsupported == ()

    def test_everything_the_format_knows_is_allowed(self, read: Read) -> None:
        text = """
problem_format_version: 2025-09
type: [pass-fail]
name: {pl: Suma, en: The Sum}
uuid: 8ee7605a-dfba-4ae1-9d2f-4b1c1f2a3d4e
version: 1.2
credits: {authors: [A, B], contributors: C}
source: [{name: Contest, url: https://contest.example}]
license: cc by
rights_owner: A
embargo_until: 2025-01-01
limits: {time_multipliers: {ac_to_time_limit: 2, time_limit_to_tle: 1.5}, time_limit: 0.25, time_resolution: 0.1,
  memory: 100, output: 3, code: 10, compilation_time: 9, compilation_memory: 99, validation_time: 9,
  validation_memory: 99, validation_output: 9, validation_passes: 2}
keywords: [a, b]
languages: [cpp, python3]
allow_file_writing: true
constants: {}
"""
        package = read({"problem.yaml": text}, new=True)
        assert package.problem.limits == ProblemLimits(cpu_ms=250, memory_mib=100, output_mib=3)
        metadata = package.metadata
        assert (metadata.name, metadata.keywords, metadata.languages) == ("The Sum", ("a", "b"), ("cpp", "python"))
        assert package.unsupported == ()

    @pytest.mark.parametrize("version", ["2023-07-draft", "draft", "2025-09-draft"])
    def test_drafts_are_the_same_format(self, read: Read, version: str) -> None:
        package = read({"problem.yaml": HEAD.replace("2025-09", version)}, new=True)
        assert package.metadata.format is Format.V2025_09
        assert package.warnings == ("there is no limits.time_limit in problem.yaml; 5 s are assumed",)

    @pytest.mark.parametrize(
        ("files", "needs"),
        [
            (
                {"problem.yaml": f"{HEAD}type: multi-pass", "output_validator/a.py": "x"},
                "problem.yaml: type: multi-pass",
            ),
            ({"problem.yaml": f"{HEAD}type: submit-answer"}, "problem.yaml: type: submit-answer"),
            (
                {"problem.yaml": f"{HEAD}constants: {{n: 5}}"},
                "problem.yaml: constants: words to be replaced in the package's files",
            ),
            ({"data/secret/1.files/a.txt": ""}, "data/secret/1.files: input files beside standard input"),
        ],
    )
    def test_what_is_not_judged_is_named(self, read: Read, files: dict[str, str], needs: str) -> None:
        assert read(files, new=True).unsupported == (needs,)

    @pytest.mark.parametrize("name", ["static_validator", "output_visualizer"])
    def test_programs_that_only_comment_are_left_out(self, read: Read, name: str) -> None:
        package = read({f"{name}/check.py": ""}, new=True)
        assert package.warnings[-1] == f"{name} is not run here; left out"
        assert package.unsupported == ()

    def test_a_type_without_points_says_nothing_of_them(self, read: Read) -> None:
        package = read({"data/secret/test_group.yaml": "max_score: 5"}, new=True)
        assert package.warnings == ("data/secret/test_group.yaml: max_score says nothing: the problem is pass-fail",)

    def test_names_by_language_and_all_credits_are_kept(self, read: Read) -> None:
        text = f"""{HEAD.replace("name: N", "name: {sv: Summa, en: Sum}")}
credits:
  authors: [Ada L <ada@l.example>, {{name: B, orcid: 0000}}]
  translators: {{sv: Carl}}
source: [A Contest, {{name: B Contest, url: "https://b.example"}}]
embargo_until: 2030-01-02
version: 3
"""
        metadata = read({"problem.yaml": text}, new=True).metadata
        assert (metadata.name, metadata.names) == ("Sum", {"sv": "Summa", "en": "Sum"})
        assert metadata.details == {
            "version": "3",
            "credits": {
                "authors": ["Ada L <ada@l.example>", {"name": "B", "orcid": "0"}],
                "translators": {"sv": ["Carl"]},
            },
            "source": ["A Contest", {"name": "B Contest", "url": "https://b.example"}],
            "embargo_until": "2030-01-02",
        }


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("colour: red", "problem.yaml: colour: unknown key; known here: author,"),
            ("limits: {time: 1}", "problem.yaml: limits.time: unknown key; known here: code,"),
            ("limits: 5", "problem.yaml: limits: must be a map of keys to values, is 5 (a whole number)"),
            ("limits: {memory: lots}", "problem.yaml: limits.memory: must be a whole number, is 'lots' (text)"),
            ("limits: {memory: true}", "problem.yaml: limits.memory: must be a whole number, is True (true or false)"),
            ("limits: {memory: 0}", "problem.yaml: limits.memory: must be above 0, is 0"),
            ("limits: {memory: 99999999}", "problem.yaml: limits.memory: 99999999 MiB are more than"),
            ("limits: {output: -8}", "problem.yaml: limits.output: must be above 0, is -8"),
            ("type: funny", "problem.yaml: type: must be pass-fail or scoring, is 'funny'"),
            (
                "validation: custom score",
                "problem.yaml: validation: the word score is for problems of the type scoring",
            ),
            ("validation: custom", "output_validators: is missing"),
            ("source_url: x", "problem.yaml: source_url: stands there without source"),
            ("grading: {on_reject: break}", "problem.yaml: grading.on_reject: unknown key"),
            ("grading: {objective: mean}", "problem.yaml: grading.objective: must be min or max"),
            ("validation: special", "problem.yaml: validation: must begin with default or custom"),
            ("validation: default interactive", "problem.yaml: validation: unknown word 'interactive'"),
            ("validator_flags: loose", "problem.yaml: validator_flags: unknown flag 'loose'"),
            ("validator_flags: float_tolerance", "problem.yaml: validator_flags: the flag float_tolerance needs"),
            ('validator_flags: "\'"', "problem.yaml: validator_flags: has a quotation mark"),
            ("validator_flags: {a: b}", "problem.yaml: validator_flags: must be text, is a map"),
            ("problem_format_version: 1999", "problem.yaml: problem_format_version: '1999' is not a known version"),
            ("- a\n- b", "problem.yaml: must be a map of keys to values, is a list"),
            ("name: [a", "problem.yaml: is not valid YAML: line 1, column 9:"),
            ("name: a\n  b: c", "problem.yaml: is not valid YAML: line 2, column 4:"),
            (
                "name: a\nname: b",
                "problem.yaml: is not valid YAML: line 2, column 1: the key 'name' stands there twice",
            ),
            ("name: !!python/object:os.system a", "problem.yaml: is not valid YAML: line 1"),
            ("[" * 5000, "problem.yaml: is not valid YAML"),
            ("1: x", "problem.yaml: has the key 1, which is not text"),
            (b"name: \xff", "problem.yaml: is not UTF-8: wrong byte at offset 6"),
            ("x" * 1_100_000, "problem.yaml: is larger than"),
            (None, "problem.yaml: cannot be read: No such file"),
        ],
    )
    def test_legacy(self, read: Read, text: str | bytes | None, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read({"problem.yaml": text})
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("problem_format_version: 2025-09\nuuid: u", "problem.yaml: name: is missing"),
            ("problem_format_version: 2025-09\nname: N", "problem.yaml: uuid: is missing"),
            (f"{HEAD}author: A", "problem.yaml: author: unknown key"),
            (f"{HEAD}validator_flags: case_sensitive", "problem.yaml: validator_flags: unknown key"),
            (f"{HEAD}limits: {{time_limit: fast}}", "problem.yaml: limits.time_limit: must be a number, is 'fast'"),
            (f"{HEAD}limits: {{time_limit: 0}}", "problem.yaml: limits.time_limit: must be a finite number above 0"),
            (f"{HEAD}limits: {{time_limit: .inf}}", "problem.yaml: limits.time_limit: must be a finite number"),
            (f"{HEAD}limits: {{time_limit: 1{'0' * 400}}}", "problem.yaml: limits.time_limit: must be a finite number"),
            (f"{HEAD}limits: {{time_limit: 4000}}", "problem.yaml: limits.time_limit: 4000 s are more than"),
            (f"{HEAD}type: []", "problem.yaml: type: must name at least one type"),
            (f"{HEAD}type: 5", "problem.yaml: type: must be a list of texts"),
            (f"{HEAD}type: [1]", "problem.yaml: type[0]: must be text"),
            (f"{HEAD}type: easy", "problem.yaml: type: unknown type 'easy'"),
            (f"{HEAD}type: [pass-fail, scoring]", "problem.yaml: type: cannot be both"),
            (f"{HEAD}type: interactive", "output_validator: is missing: the problem needs an output validator"),
            (f"{HEAD}credits: {{author: A}}", "problem.yaml: credits.author: unknown key"),
            (f"{HEAD}credits: {{authors: [5]}}", "problem.yaml: credits.authors[0]: must be a person"),
            (f"{HEAD}credits: {{testers: {{email: a@b}}}}", "problem.yaml: credits.testers.name: is missing"),
            (f"{HEAD}source: {{url: x}}", "problem.yaml: source.name: is missing"),
            (f"{HEAD}embargo_until: soon", "problem.yaml: embargo_until: must be a date"),
            (f"{HEAD}constants: {{a-b: 1}}", "problem.yaml: constants.a-b: is no name for a constant"),
            (f"{HEAD}constants: {{a: true}}", "problem.yaml: constants.a: must be text or a number"),
            (f"{HEAD}limits: {{time_multipliers: {{x: 1}}}}", "problem.yaml: limits.time_multipliers.x: unknown key"),
            (f"{HEAD}limits: {{validation_time: 99999}}", "problem.yaml: limits.validation_time: 99999 s are more"),
        ],
    )
    def test_new(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read({"problem.yaml": text}, new=True)
        assert str(caught.value).startswith(message)
