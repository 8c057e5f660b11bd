"""Images prove themselves by their language's reference program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from judge import Place, prove
from languages import Language
from sandboxes import ImageError

Places = Callable[[str], Place]


def with_reference(language: Language, **changes: str) -> Language:
    return replace(language, reference=replace(language.reference, **changes))


class TestProve:
    @pytest.mark.parametrize("name", ["python", "javascript", "typescript", "java", "cpp", "c", "go", "rust"])
    def test_every_image_runs_its_reference_program(
        self, languages: Mapping[str, Language], place: Places, name: str
    ) -> None:
        prove(languages[name], place(name))

    def test_a_starter_is_a_program_too(self, languages: Mapping[str, Language], place: Places) -> None:
        for language in languages.values():
            prove(with_reference(language, source=language.starter, stdin="", stdout=""), place(language.id))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"source": "print(1"}, ["does not compile", "main.py:1"]),
            ({"source": "print(1)"}, ["answers wrongly", "line 1"]),
            ({"source": "1/0"}, ["fails", "exit status 1", "ZeroDivisionError"]),
            ({"source": " "}, ["cannot be tried", "blank"]),
        ],
    )
    def test_an_image_that_does_not_is_refused_with_what_was_said(
        self, python: Language, place: Places, changes: Mapping[str, str], words: list[str]
    ) -> None:
        with pytest.raises(ImageError) as caught:
            prove(with_reference(python, **changes), place("python"))
        assert all(word in str(caught.value) for word in ["python", *words])
