"""Statements of a Polygon package as Markdown, made of their sections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from judge.errors import PackageError
from judge.packages.formats.draft import Draft, plain
from judge.packages.formats.foreign import Foreign
from judge.packages.formats.polygon.description import Description
from judge.packages.latex import markdown

LANGUAGES: Final = {
    "english": "en", "russian": "ru", "ukrainian": "uk", "belarusian": "be", "kazakh": "kk", "polish": "pl",
    "chinese": "zh", "japanese": "ja", "korean": "ko", "vietnamese": "vi", "german": "de", "french": "fr",
    "spanish": "es", "portuguese": "pt", "italian": "it", "turkish": "tr", "azerbaijani": "az", "armenian": "hy",
    "georgian": "ka", "uzbek": "uz", "kyrgyz": "ky", "bulgarian": "bg", "romanian": "ro", "czech": "cs",
    "arabic": "ar", "hebrew": "he", "persian": "fa", "indonesian": "id", "lithuanian": "lt", "latvian": "lv",
    "estonian": "et", "finnish": "fi", "swedish": "sv", "dutch": "nl", "greek": "el", "hungarian": "hu",
    "serbian": "sr", "croatian": "hr", "hindi": "hi", "bengali": "bn", "thai": "th", "mongolian": "mn",
}  # fmt: skip
"""What Polygon calls languages, as codes of ISO 639."""

# Files of statement-sections/LANGUAGE/, keys of problem-properties.json, and the headings that they come under.
_SECTIONS: Final = (
    ("legend", ""),
    ("input", "Input"),
    ("output", "Output"),
    ("interaction", "Interaction"),
    ("scoring", "Scoring"),
    ("notes", "Notes"),
)
_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"})


def write_statements(package: Foreign, about: Description, draft: Draft) -> None:
    """Write a statement for each language in which there is one, with its pictures. Raises :class:`PackageError`."""
    languages = dict.fromkeys([*about.names, *about.tex_statements, *_with_sections(package)])
    written: dict[str, str] = {}
    for language in languages:
        code = LANGUAGES.get(language)
        sections = _sections(package, language)
        source = about.tex_statements.get(language, "")
        directory = f"statement-sections/{language}" if sections else PurePosixPath(source).parent.as_posix()
        if not sections and package.get(source) is None:
            continue
        if code is None or code in written:
            draft.notes.append(f"the statement in {language!r} was left out: that is no language known here")
            continue
        pictures = [name for name in package.below(directory) if PurePosixPath(name).suffix.lower() in _PICTURES]
        if not sections:
            sections = {"legend": _text(package, source)}
        parts = []
        for name, heading in _SECTIONS:
            if sections.get(name, "").strip():
                found = markdown(sections[name], file=f"statement ({language}, {name})", pictures=pictures)
                draft.notes += found.warnings
                parts.append(f"## {heading}\n\n{found.text}" if heading else found.text)
        written[code] = language
        draft.write(f"statement/problem.{code}.md", "\n".join(parts))
        for name in pictures:
            if name == plain(name):
                draft.write(f"statement/{name}", package.files[f"{directory}/{name}"])
    if not written:
        draft.notes.append("there is no statement that could be converted; Polygon's packages hold them as LaTeX")


def title(about: Description) -> str:
    """The problem's name: in English, or else in the first language there is, or else its short name."""
    names = {language: name for language, name in about.names.items() if name.strip()}
    return names.get("english") or next(iter(names.values()), "") or about.shortname or "Problem"


def _with_sections(package: Foreign) -> list[str]:
    return list(dict.fromkeys(name.split("/", 1)[0] for name in package.below("statement-sections")))


def _sections(package: Foreign, language: str) -> Mapping[str, str]:
    """The sections of a statement by name; empty where there are none."""
    found = {
        name: _text(package, path)
        for name, _ in _SECTIONS
        if package.get(path := f"statement-sections/{language}/{name}.tex") is not None
    }
    properties = f"statements/{language}/problem-properties.json"
    if found or package.get(properties) is None:
        return found
    try:
        values = json.loads(_text(package, properties))
    except (ValueError, RecursionError) as error:
        raise PackageError(properties, "", f"is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise PackageError(properties, "", "must be a map")
    return {name: value for name, _ in _SECTIONS if isinstance(value := values.get(name), str) and value}


def _text(package: Foreign, path: str) -> str:
    try:
        return package.read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackageError(path, "", f"is not UTF-8: wrong byte at offset {error.start}") from error
