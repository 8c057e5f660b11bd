"""Programs that judge, and files that every program gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from judge import Custom, InputValidator, JudgeProgram, Package, PackageError, Tokens

Read = Callable[..., Package]
HEAD = "problem_format_version: 2025-09\nname: N\nuuid: u\nlimits: {time_limit: 1"
CUSTOM = {"problem.yaml": "validation: custom"}


def pairs(*names: str) -> dict[str, str]:
    return {f"data/{name}{end}": f"{name}{end}" for name in names for end in (".in", ".ans")}


def custom(package: Package) -> Custom:
    assert package.unsupported == ()
    assert isinstance(package.problem.checker, Custom)
    assert package.problem.interactor is None
    return package.problem.checker


def interactor(package: Package) -> JudgeProgram:
    assert package.unsupported == ()
    assert package.problem.interactor is not None
    return package.problem.interactor


class TestOutputValidator:
    def test_it_is_the_checker_with_all_its_files(self, read: Read) -> None:
        files = {
            "output_validator/check.cpp": "#include",
            "output_validator/testlib.h": "x",
            "output_validator/lib/a.h": "y",
        }
        source = custom(read(files, new=True)).program.source
        assert (source.language.id, source.entrypoint) == ("cpp", "check.cpp")
        assert set(source.files) == {"check.cpp", "testlib.h", "lib/a.h"}

    @pytest.mark.parametrize(
        ("files", "entrypoint"),
        [
            ({"output_validators/a.py": "x"}, "a.py"),
            ({"output_validators/a/b.py": "x"}, "b.py"),
            ({"output_validators/a/b.py": "x", "output_validators/README.md": "y"}, "b.py"),
            ({"output_validators/a/b.cpp": "x", "output_validators/testlib.h": "y"}, "b.cpp"),
            ({"output_validators/b.cpp": "x", "output_validators/testlib.h": "y"}, "b.cpp"),
            ({"output_validators/a/__main__.py": "x", "output_validators/a/__init__.py": "y"}, "__main__.py"),
        ],
    )
    def test_legacy_ones_lie_in_a_directory_of_validators(
        self, read: Read, files: dict[str, str], entrypoint: str
    ) -> None:
        source = custom(read({**CUSTOM, **files})).program.source
        assert source.entrypoint == entrypoint
        assert len(source.files) == len(files)

    def test_limits_are_the_packages(self, read: Read) -> None:
        files = {
            "problem.yaml": f"{HEAD}, validation_time: 9, validation_memory: 99}}",
            "output_validator/check.py": "x",
        }
        program = custom(read(files, new=True)).program
        assert (program.cpu_ms, program.memory_mib) == (9000, 99)

    def test_legacy_flags_are_the_problems_and_then_the_groups(self, read: Read) -> None:
        package = read(
            {
                **pairs("secret/a/1"),
                "problem.yaml": "validation: custom\nvalidator_flags: --max 7",
                "output_validators/check.py": "x",
                "data/secret/a/testdata.yaml": "output_validator_flags: '--few \"a b\"'",
            }
        )
        assert custom(package).args == ("--max", "7")
        assert [case.checker_args for case in package.problem.cases] == [(), ("--few", "a b")]
        assert [case.checker for case in package.problem.cases] == [None, None]

    def test_what_all_tests_give_is_the_checkers(self, read: Read) -> None:
        files = {"output_validator/check.py": "x", "data/secret/test_group.yaml": "output_validator_args: [a, b]"}
        package = read(files, new=True)
        assert custom(package).args == ("a", "b")
        assert [case.checker_args for case in package.problem.cases] == [()]

    def test_what_only_some_tests_give_is_theirs(self, read: Read) -> None:
        files = {**pairs("sample/1"), "data/secret/1.yaml": "output_validator_args: [a]", "output_validator/a.py": "x"}
        package = read(files, new=True)
        assert custom(package).args == ()
        assert [case.checker_args for case in package.problem.cases] == [(), ("a",)]

    def test_an_answer_that_is_not_there_is_empty(self, read: Read) -> None:
        package = read({"data/secret/1.ans": None, "output_validator/check.py": "x"}, new=True)
        assert custom(package).args == ()
        assert package.problem.cases[0].expected.read() == b""
        assert package.warnings == ("data/secret/1.in has no answer; an empty one is given to the output validator",)

    def test_one_that_is_not_asked_for_is_a_warning(self, read: Read) -> None:
        package = read({"output_validators/check.py": "x"})
        assert package.problem.checker == Tokens(case_sensitive=False)
        assert package.warnings == ("output_validators is not used: problem.yaml does not say validation: custom",)

    @pytest.mark.parametrize(
        ("files", "needs"),
        [
            (
                {"output_validators/a.py": "x", "output_validators/b/b.py": "x"},
                "output_validators: several output validators (a.py, b)",
            ),
            (
                {"output_validators/a/build": "x", "output_validators/a/a.py": "x"},
                "output_validators/a/build: programs with scripts that build or run them",
            ),
            (
                {"output_validators/a.kt": "x"},
                "output_validators: an output validator in a language that is not installed here",
            ),
        ],
    )
    def test_what_cannot_be_run_is_named(self, read: Read, files: dict[str, str], needs: str) -> None:
        assert read({**CUSTOM, **files}).unsupported == (needs,)

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"output_validators/testlib.h": "x"}, "output_validators: holds no program"),
            ({"output_validators/a.py": " "}, "output_validators: a.py is blank"),
            ({"output_validators/v/a.py": "x", "output_validators/v/b.py": "x"}, "output_validators/v: holds several"),
        ],
    )
    def test_what_is_no_program_is_named(self, read: Read, files: dict[str, str], message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read({**CUSTOM, **files})
        assert str(caught.value).startswith(message)


class TestInteractor:
    def test_it_takes_the_checkers_place(self, read: Read) -> None:
        package = read(
            {
                **pairs("secret/a/1"),
                "problem.yaml": "validation: custom interactive\nvalidator_flags: x",
                "output_validators/talk.py": "x",
                "data/secret/a/testdata.yaml": "output_validator_flags: y",
            }
        )
        assert interactor(package).source.entrypoint == "talk.py"
        assert [case.checker_args for case in package.problem.cases] == [("x",), ("x", "y")]
        assert not isinstance(package.problem.checker, Custom)

    def test_flags_of_the_newer_format_are_the_tests(self, read: Read) -> None:
        files = {
            "problem.yaml": f"{HEAD}}}\ntype: interactive",
            "output_validator/talk.py": "x",
            "data/secret/test_group.yaml": "output_validator_args: [a]",
        }
        package = read(files, new=True)
        assert interactor(package).cpu_ms == 60_000
        assert [case.checker_args for case in package.problem.cases] == [("a",)]

    def test_a_sample_that_is_only_shown_is_no_test(self, read: Read) -> None:
        files = {
            "problem.yaml": f"{HEAD}}}\ntype: interactive",
            "output_validator/talk.py": "x",
            "data/sample/1.interaction": "<5\n>6\n",
        }
        package = read(files, new=True)
        assert [case.name for case in package.problem.cases] == ["secret/1"]
        assert package.warnings == (
            "data/sample/1.interaction is only shown: there is no input beside it that could be judged",
        )


class TestInputValidators:
    def read(self, read: Read, files: Mapping[str, str], *, new: bool = False) -> tuple[InputValidator, ...]:
        return read({**pairs("sample/1", "secret/a/1", "secret/a/2", "secret/b/1"), **files}, new=new).input_validators

    def test_each_file_and_directory_is_one(self, read: Read) -> None:
        found = self.read(
            read,
            {
                "input_validators/a.py": "x",
                "input_validators/b.cpp": "x",
                "input_validators/testlib.h": "y",
                "input_validators/c/main.py": "x",
                "input_format_validators/d.py": "x",
            },
        )
        assert {each.path: set(each.program.source.files) for each in found} == {
            "input_validators/a.py": {"a.py", "testlib.h"},
            "input_validators/b.cpp": {"b.cpp", "testlib.h"},
            "input_validators/c": {"main.py"},
            "input_format_validators/d.py": {"d.py"},
        }

    def test_flags_are_gathered_by_directory(self, read: Read) -> None:
        (found,) = self.read(
            read,
            {
                "input_validators/a.py": "x",
                "data/testdata.yaml": "input_validator_flags: all",
                "data/secret/a/testdata.yaml": "input_validator_flags: max=5 few",
                "data/secret/b/testdata.yaml": "input_validator_flags: ''",
            },
        )
        assert found.args == {"sample": ("all",), "secret/1": ("all",), "secret/a": ("max=5", "few")}

    def test_flags_that_are_the_same_everywhere_have_no_directory(self, read: Read) -> None:
        files = {"input_validators/a.py": "x", "data/testdata.yaml": "input_validator_flags: all"}
        (found,) = self.read(read, files)
        assert found.args == {None: ("all",)}

    def test_flags_may_be_one_validators_alone(self, read: Read) -> None:
        first, second = self.read(
            read,
            {
                "input_validators/a.py": "x",
                "input_validators/b.py": "x",
                "data/secret/test_group.yaml": "input_validator_args: {a: [one]}",
                "data/secret/a/2.yaml": "input_validator_args: [each]",
            },
            new=True,
        )
        assert first.args == {
            "secret/1": ("one",),
            "secret/a/1": ("one",),
            "secret/a/2": ("each",),
            "secret/b": ("one",),
        }
        assert second.args == {"secret/a/2": ("each",)}

    def test_the_nearest_name_says_what_a_test_is_given(self, read: Read) -> None:
        package = read(
            {
                **pairs("sample/1", "secret/a/1", "secret/a/2"),
                "input_validators/a.py": "x",
                "data/secret/test_group.yaml": "input_validator_args: [s]\nargs: [x]",
                "data/secret/a/2.yaml": "input_validator_args: [own]",
            },
            new=True,
        )
        (validator,) = package.input_validators
        assert {case.name: validator.arguments(case) for case in package.problem.cases} == {
            "sample/1": (),
            "secret/1": ("s", "x"),
            "secret/a/1": ("s", "x"),
            "secret/a/2": ("own", "x"),
        }

    @pytest.mark.parametrize(
        ("name", "warning"),
        [
            ("a.ctd", "input_validators/a.ctd is a file for Checktestdata, which is not run here; left out"),
            ("a.viva", "input_validators/a.viva is a file for VIVA, which is not run here; left out"),
            ("a.kt", "input_validators/a.kt is in no language that is installed here; left out"),
            ("a/run", "input_validators/a has a script run; left out"),
        ],
    )
    def test_what_cannot_be_run_is_left_out(self, read: Read, name: str, warning: str) -> None:
        files = {f"input_validators/{name}": "x", "data/secret/testdata.yaml": "input_validator_flags: some"}
        package = read(files)
        assert (package.input_validators, package.warnings) == ((), (warning,))
        assert package.notes == {"secret/1": {"input_validator_args": ["some"]}}


class TestIncludes:
    def test_files_are_by_language_and_over_those_for_all(self, read: Read) -> None:
        package = read(
            {
                "include/default/data.txt": "all",
                "include/default/both.py": "all",
                "include/python3/both.py": "own",
                "include/python3/lib/x.py": "own",
                "include/kotlin/x.kt": "own",
            },
            new=True,
        )
        includes = package.problem.includes
        assert includes["python"] == {"data.txt": b"all", "both.py": b"own", "lib/x.py": b"own"}
        assert includes["cpp"] == {"data.txt": b"all", "both.py": b"all"}
        assert "kotlin" not in includes
        assert package.unsupported == package.warnings == ()

    def test_a_file_in_no_directory_is_named(self, read: Read) -> None:
        with pytest.raises(PackageError, match=r"^include/x\.h: is in no language's directory"):
            read({"include/x.h": ""}, new=True)

    def test_too_many_files_are_named(self, read: Read) -> None:
        with pytest.raises(PackageError, match="include/default: holds more than 256 files"):
            read({f"include/default/{number}.h": "" for number in range(257)}, new=True)
