"""What may be handed in, and what each refusal says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from judge import PACKAGED, Source, SourceError
from languages import CompileOptions, Language

CODE = b"print(1)\n"


class TestSource:
    def test_one_file_has_the_languages_name_for_it(self, python: Language) -> None:
        source = Source.of(python, CODE)
        assert (source.entrypoint, dict(source.files)) == ("main.py", {"main.py": CODE})

    def test_files_cannot_be_changed_afterwards(self, python: Language) -> None:
        files = {"main.py": CODE}
        source = Source(python, files, "main.py")
        files["main.py"] = b""
        assert source.files["main.py"] == CODE
        with pytest.raises(TypeError):
            source.files["main.py"] = b""  # type: ignore[index] # what is tested

    def test_a_main_class_names_its_file(self, languages: Mapping[str, Language]) -> None:
        assert Source.of(languages["java"], b"class A {}", entrypoint="Solution").entrypoint == "Solution.java"
        assert Source.of(languages["java"], b"class A {}", entrypoint="Solution.java").entrypoint == "Solution.java"

    @pytest.mark.parametrize("code", [b"\xff\xfe", b"\0" * 100, b"print('\xe9')", "πρόγραμμα".encode()])
    def test_whether_bytes_are_a_program_is_for_its_tools_to_say(self, python: Language, code: bytes) -> None:
        assert Source.of(python, code).files["main.py"] == code

    @pytest.mark.parametrize("code", [b"", b"\n", b" \t\r\n "])
    def test_a_blank_program_is_refused(self, python: Language, code: bytes) -> None:
        with pytest.raises(SourceError, match=r"main\.py is blank"):
            Source.of(python, code)

    @pytest.mark.parametrize("path", ["data.txt", "a/b/c/d.py", "-x", ".hidden", "a..b", "sub/out", "out.txt", "..."])
    def test_more_files_may_stand_beside_it(self, python: Language, path: str) -> None:
        assert path in Source.of(python, CODE, files={path: b""}).files

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "./x",
            "a//b",
            "a/",
            "a b",
            "a\nb",
            "ä",
            "a\\b",
            "x" * 101,
            "a\0",
            "$(x)",
        ],
    )
    def test_a_path_that_is_not_plain_is_refused_and_named(self, python: Language, path: str) -> None:
        with pytest.raises(SourceError) as caught:
            Source.of(python, CODE, files={path: b"x"})
        assert repr(path) in str(caught.value)

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ({"a/b/c/d/e": b""}, "deeper than 4"),
            ({"out/x": b""}, "'out' is kept"),
            ({"out": b""}, "'out' is kept"),
            ({"a": b"", "a/b": b""}, "'a' cannot be both"),
            ({"main.py/x": b""}, "'main.py' cannot be both"),
            ({"main.py": b""}, "cannot be among the other files"),
            ({f"f{number}": b"" for number in range(17)}, "18 files"),
            ({"big": b"x" * 65_537}, "big: 65537 bytes"),
            ({f"f{number}": b"x" * 65_000 for number in range(5)}, "bytes of source"),
        ],
    )
    def test_what_is_too_much_or_in_the_way_is_refused(
        self, python: Language, files: Mapping[str, bytes], words: str
    ) -> None:
        with pytest.raises(SourceError) as caught:
            Source.of(python, CODE, files=files)
        assert words in str(caught.value)

    def test_a_package_may_hold_more(self, python: Language) -> None:
        files = {f"f{number}": b"x" * 65_537 for number in range(17)}
        assert len(Source.of(python, CODE, files=files, rules=PACKAGED).files) == 18

    @pytest.mark.parametrize("entrypoint", ["main.c", "a/main.py", "-.py", "ma in.py", ""])
    def test_a_main_file_must_have_a_name_that_the_language_can_use(self, python: Language, entrypoint: str) -> None:
        with pytest.raises(SourceError):
            Source.of(python, CODE, entrypoint=entrypoint)

    def test_the_main_file_must_be_there(self, python: Language) -> None:
        with pytest.raises(SourceError, match=r"main\.py' is not among"):
            Source(python, {"other.py": CODE}, "main.py")

    def test_options_must_be_the_languages(self, cpp: Language) -> None:
        with pytest.raises(SourceError, match=r"c\+\+98"):
            Source.of(cpp, b"int main() {}", options=CompileOptions(standard="c++98"))
        with pytest.raises(SourceError, match="-fplugin"):
            Source.of(cpp, b"int main() {}", options=CompileOptions(flags=("-fplugin=x.so",)))
