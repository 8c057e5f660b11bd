from __future__ import annotations

from pathlib import Path

import pytest

from runner import Inventory, Settings, UnknownLanguageError
from sandboxes import ImageError


@pytest.fixture
def empty(tmp_path: Path) -> Inventory:
    return Inventory.open(Settings(home=tmp_path))


def test_all_languages_are_there_without_any_image(empty: Inventory) -> None:
    assert {"python", "javascript", "typescript", "java", "cpp", "c", "go", "rust"} <= set(empty.languages)


def test_selecting_nothing_is_everything_and_doubles_count_once(empty: Inventory) -> None:
    assert empty.select(()) == tuple(empty.languages.values())
    assert [language.id for language in empty.select(("go", "c", "go"))] == ["go", "c"]


def test_an_unknown_language_is_named_with_those_there_are(empty: Inventory) -> None:
    with pytest.raises(UnknownLanguageError, match=r"'perl'; known: c, cpp, go") as caught:
        empty.select(("go", "perl"))
    assert caught.value.name == "perl"


def test_what_a_language_lacks_says_what_to_do(empty: Inventory) -> None:
    language = empty.language("rust")
    assert "syncode images build rust" in (empty.lacks(language) or "")
    with pytest.raises(ImageError, match="not built"):
        empty.rootfs(language)
