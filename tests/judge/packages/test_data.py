"""``data/``: which tests there are, in which order, and what holds for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import Exact, Float, Package, PackageError, Tokens, read_package
from languages import Language

Read = Callable[..., Package]
GONE = {"data/secret/1.in": None, "data/secret/1.ans": None}


def pairs(*names: str) -> dict[str, str]:
    return {f"data/{name}{end}": f"{name}{end}" for name in names for end in (".in", ".ans")}


class TestOrder:
    def test_samples_first_then_names(self, read: Read) -> None:
        package = read(pairs("secret/02", "secret/10", "secret/a/2", "secret/a/1", "secret/b", "sample/2", "sample/1"))
        names = [case.name for case in package.problem.cases]
        assert names == [
            "sample/1",
            "sample/2",
            "secret/02",
            "secret/1",
            "secret/10",
            "secret/a/1",
            "secret/a/2",
            "secret/b",
        ]

    def test_directories_and_cases_are_ordered_together(self, read: Read) -> None:
        package = read({**GONE, **pairs("secret/a-b/1", "secret/a/2", "secret/a.b", "secret/a/1/x")})
        names = [case.name.removeprefix("secret/") for case in package.problem.cases]
        assert names == ["a/1/x", "a/2", "a-b/1", "a.b"]

    def test_groups_and_samples_are_marked(self, read: Read) -> None:
        cases = {case.name: case for case in read(pairs("sample/1", "secret/a/1", "secret/a/b/1")).problem.cases}
        assert {name: (case.sample, case.group) for name, case in cases.items()} == {
            "sample/1": (True, None),
            "secret/1": (False, None),
            "secret/a/1": (False, "secret/a"),
            "secret/a/b/1": (False, "secret/a/b"),
        }

    def test_content_is_read_when_it_is_asked_for(self, read: Read) -> None:
        package = read()
        (case,) = package.problem.cases
        (package.path / "data/secret/1.in").write_bytes(b"changed")
        assert (case.input.read(), case.expected.read()) == (b"changed", b"3\n")

    def test_what_other_tools_keep_is_not_there(self, read: Read) -> None:
        package = read({"data/secret/.git/x.in": "", "data/secret/.hidden.in": "", "data/secret/1.desc": "text"})
        assert len(package.problem.cases) == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"data/secret/2.in": ""}, "data/secret/2.in: has no answer: 2.ans is missing"),
            ({"data/secret/a/2.in": ""}, "data/secret/a/2.in: has no answer: 2.ans is missing"),
            ({"data/sample/2.ans": ""}, "data/sample/2.ans: has no input: 2.in is missing"),
            (GONE, "data: is missing"),
            ({**GONE, "data/secret/readme.txt": ""}, "data/secret: holds no test case"),
            ({**GONE, **pairs("sample/1")}, "data/secret: holds no test case"),
            (pairs("secret/" + "d/" * 20 + "1"), "data/secret/d/d"),
            (pairs("secret/1/a"), "data/secret/1: is a directory with the name of a test"),
            ({"data/secret/1.hint": b"\xff"}, "data/secret/1.hint: is not UTF-8"),
        ],
    )
    def test_tests_that_are_not_whole(self, read: Read, files: Mapping[str, str | bytes | None], message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read(files)
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize("target", ["/etc/passwd", "../../../../outside", "nowhere", "1.in/x"])
    def test_a_link_that_leads_out_or_nowhere(
        self, write: Callable[..., Path], languages: Mapping[str, Language], tmp_path: Path, target: str
    ) -> None:
        (tmp_path / "outside").write_bytes(b"")
        root = write({"data/secret/2.ans": ""})
        (root / "data/secret/2.in").symlink_to(target)
        with pytest.raises(PackageError, match=r"data/secret/2\.in: is a link that leads"):
            read_package(root, languages)

    def test_a_link_within_the_package_is_fine(
        self, write: Callable[..., Path], languages: Mapping[str, Language]
    ) -> None:
        root = write({"data/secret/2.ans": ""})
        (root / "data/secret/2.in").symlink_to("1.in")
        assert [case.input.read() for case in read_package(root, languages).problem.cases] == [b"1 2\n", b"1 2\n"]

    def test_a_device_is_refused(self, write: Callable[..., Path], languages: Mapping[str, Language]) -> None:
        root = write()
        os.mkfifo(root / "data/secret/2.in")
        with pytest.raises(PackageError, match="neither a file nor a directory"):
            read_package(root, languages)


class TestSettings:
    def test_flags_of_a_group_hold_below_it(self, read: Read) -> None:
        package = read(
            {
                **pairs("secret/a/1", "secret/a/b/1", "secret/a/b/2"),
                **GONE,
                "data/secret/a/test_group.yaml": "output_validator_args: [case_sensitive]\nargs: [x]",
                "data/secret/a/b/2.yaml": 'output_validator_args: [float_tolerance, "0.5"]\nargs: [y, "1"]',
            },
            new=True,
        )
        assert package.problem.checker == Tokens()
        assert [(case.name, case.checker, case.args) for case in package.problem.cases] == [
            ("secret/a/1", None, ("x",)),
            ("secret/a/b/1", None, ("x",)),
            ("secret/a/b/2", Float(0.5, 0.5, case_sensitive=False), ("y", "1")),
        ]

    def test_what_holds_for_all_is_the_problems(self, read: Read) -> None:
        package = read({"data/test_group.yaml": "output_validator_args: [case_sensitive]"}, new=True)
        assert package.problem.checker == Tokens()
        assert [case.checker for case in package.problem.cases] == [None]

    @pytest.mark.parametrize(
        "text",
        [
            "output_validator_flags: case_sensitive space_change_sensitive",
            "output_validator_flags: {name: default, flags: case_sensitive space_change_sensitive}",
        ],
    )
    def test_legacy_flags_of_a_group(self, read: Read, text: str) -> None:
        package = read({"data/secret/testdata.yaml": f"on_reject: continue\n{text}"})
        assert package.problem.checker == Exact()

    def test_legacy_flags_of_a_group_are_added_to_those_of_the_problem(self, read: Read) -> None:
        package = read(
            {
                **pairs("secret/a/1", "secret/b"),
                "problem.yaml": "validator_flags: case_sensitive",
                "data/secret/a/testdata.yaml": "output_validator_flags: float_tolerance 1e-3",
            }
        )
        assert package.problem.checker == Tokens()
        assert [case.checker for case in package.problem.cases] == [None, Float(1e-3, 1e-3), None]

    def test_what_else_is_said_of_tests_is_kept(self, read: Read) -> None:
        package = read(
            {
                **pairs("secret/a/2"),
                "data/secret/a/test_group.yaml": "full_feedback: true\ninput_visualizer_args: [big]",
                "data/secret/a/2.yaml": "hint: look again\ndescription: the largest",
            },
            new=True,
        )
        assert package.notes == {
            "secret/a/2": {
                "full_feedback": True,
                "input_visualizer_args": ["big"],
                "hint": "look again",
                "description": "the largest",
            }
        }

    def test_legacy_files_beside_tests_are_such_notes_too(self, read: Read) -> None:
        package = read({"data/secret/1.hint": "look again\n", "data/secret/1.desc": "the largest\n"})
        assert package.notes == {"secret/1": {"hint": "look again", "description": "the largest"}}

    def test_legacy_flags_of_the_problem_hold_where_no_group_says_otherwise(self, read: Read) -> None:
        package = read({"problem.yaml": "validator_flags: case_sensitive", "data/secret/testdata.yaml": "range: 0 1"})
        assert package.problem.checker == Tokens()
        assert [case.checker for case in package.problem.cases] == [None]

    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("secret/test_group.yaml", "on_reject: break", "data/secret/test_group.yaml: on_reject: unknown key"),
            ("secret/1.yaml", "max_score: 5", "data/secret/1.yaml: max_score: unknown key"),
            ("secret/test_group.yaml", "args: x", "data/secret/test_group.yaml: args: must be a list of texts"),
            ("secret/test_group.yaml", "args: [1]", "data/secret/test_group.yaml: args[0]: must be text"),
            (
                "secret/test_group.yaml",
                "output_validator_args: [loose]",
                "data/secret/test_group.yaml: output_validator_args: unknown flag 'loose'",
            ),
            ("secret/test_group.yaml", "args: [", "data/secret/test_group.yaml: is not valid YAML: line 1, column 8"),
        ],
    )
    def test_wrong_settings_are_named(self, read: Read, file: str, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read({f"data/{file}": text}, new=True)
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("max_score: 5", "data/secret/testdata.yaml: max_score: unknown key"),
            ("output_validator_flags: [a]", "data/secret/testdata.yaml: output_validator_flags: must be text"),
            ("output_validator_flags: {x: y}", "data/secret/testdata.yaml: output_validator_flags.x: unknown key"),
        ],
    )
    def test_wrong_legacy_settings_are_named(self, read: Read, text: str, message: str) -> None:
        with pytest.raises(PackageError) as caught:
            read({"data/secret/testdata.yaml": text})
        assert str(caught.value).startswith(message)
