from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from languages import Language


def test_every_language_is_a_row_with_its_version(cli: Callable[..., Any], languages: Mapping[str, Language]) -> None:
    answer = cli("languages")
    assert answer.code == 0
    rows = {line.split()[0]: line for line in answer.text.splitlines()[2:] if line.strip()}
    assert list(rows) == list(languages)
    for name, language in languages.items():
        assert language.version.version in rows[name]
        assert all(extension in rows[name] for extension in language.extensions)
