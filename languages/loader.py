"""Reads the language files. Everything they may say is in ``languages/SCHEMA.md``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final, TypeVar

from languages import template
from languages.errors import LanguageError
from languages.model import (
    Compile,
    Language,
    Optimization,
    Reference,
    Standard,
    Version,
)
from languages.recipes import read_recipe
from languages.tables import Table

HERE: Final = Path(__file__).parent

COMPILE_LISTS: Final = frozenset({"optimization", "warnings", "flags", "sources", "siblings"})
COMPILE_SCALARS: Final = frozenset({"source", "standard", "main", "memory_mib"})
RUN_LISTS: Final = frozenset({"args"})
RUN_SCALARS: Final = frozenset({"source", "main", "memory_mib"})
# A preload starts before there is a request: of what will be filled in, it can only know its memory.
WARM_SCALARS: Final = frozenset({"memory_mib"})
GROUPS: Final = frozenset({"file", "line", "column", "severity", "message", "indent"})

_ID: Final = re.compile(r"[a-z][a-z0-9_-]*")
_OPTION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*")
_EXTENSION: Final = re.compile(r"\.[a-z0-9+]+")
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")

Choice = TypeVar("Choice", Version, Standard)


def load_languages(directory: Path | None = None) -> Mapping[str, Language]:
    """Every language of the directory (default: the project's own), by id, in the order of the ids.

    Raises :class:`LanguageError` naming file and key for the first thing that is wrong.
    """
    folder = HERE if directory is None else directory
    languages: dict[str, Language] = {}
    extensions: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        shown = f"{folder.name}/{path.name}"
        language = _language(Table(shown, "", _parse(path, shown)), folder)
        if language.id in languages:
            raise LanguageError(shown, "id", f"{language.id!r} is the id of another file too")
        for extension in language.extensions:
            if extension in extensions:
                other = extensions[extension]
                raise LanguageError(shown, "extensions", f"{extension!r} already belongs to the language {other!r}")
            extensions[extension] = language.id
        languages[language.id] = language
    if not languages:
        raise LanguageError(f"{folder.name}/", "", "holds no language file (*.toml)")
    return MappingProxyType(dict(sorted(languages.items())))


def by_extension(languages: Mapping[str, Language], filename: str) -> Language | None:
    """The language whose files are named so (``Main.java`` is Java's), or ``None``. Upper case counts as lower."""
    suffix = PurePosixPath(filename).suffix.lower()
    return next((language for language in languages.values() if suffix in language.extensions), None)


def _parse(path: Path, shown: str) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LanguageError(shown, "", f"cannot be read: {error}") from error


def _language(table: Table, folder: Path) -> Language:
    entrypoint_pattern = table.text("entrypoint_pattern")
    entrypoint = table.text("entrypoint")
    if not table.regex("entrypoint_pattern", entrypoint_pattern).fullmatch(entrypoint):
        table.refuse("entrypoint", f"{entrypoint!r} does not match entrypoint_pattern")
    versions = tuple(_version(entry) for entry in table.tables("versions"))
    standards = tuple(_standard(entry) for entry in table.tables("standards"))
    _one_default(table, "versions", versions)
    if standards:
        _one_default(table, "standards", standards)
    compiling = _compile(table.table("compile"), standards) if table.has("compile") else None
    run = table.table("run")
    language = Language(
        id=table.matching("id", _ID),
        name=table.text("name"),
        extensions=_extensions(table),
        entrypoint=entrypoint,
        entrypoint_pattern=entrypoint_pattern,
        versions=versions,
        standards=standards,
        time_multiplier=table.factor("time_multiplier"),
        memory_allowance_mib=table.natural("memory_allowance_mib"),
        image=read_recipe(table.table("image"), folder / "assets"),
        compile=compiling,
        run=_run_vector(run),
        run_environment=_environment(run, WARM_SCALARS if run.has("warm") else RUN_SCALARS),
        run_warm=_warm(run),
        diagnostics=_diagnostics(table),
        starter=table.text("starter"),
        reference=_reference(table.table("reference")),
    )
    run.finish()
    table.finish()
    return language


def _version(table: Table) -> Version:
    value = Version(id=table.matching("id", _OPTION_ID), version=table.text("version"), default=table.truth("default"))
    table.finish()
    return value


def _standard(table: Table) -> Standard:
    value = Standard(id=table.matching("id", _OPTION_ID), default=table.truth("default"))
    table.finish()
    return value


def _one_default(table: Table, name: str, choices: tuple[Choice, ...]) -> None:
    ids = [choice.id for choice in choices]
    for index, choice in enumerate(ids):
        if choice in ids[:index]:
            table.refuse(f"{name}[{index}].id", f"{choice!r} is there twice")
    defaults = [choice.id for choice in choices if choice.default]
    if len(defaults) != 1:
        table.refuse(name, f"exactly one must be the default, not {len(defaults)}")


def _extensions(table: Table) -> tuple[str, ...]:
    extensions = table.texts("extensions")
    if not extensions:
        table.refuse("extensions", "must not be empty")
    for index, extension in enumerate(extensions):
        if not _EXTENSION.fullmatch(extension):
            table.refuse(f"extensions[{index}]", f"{extension!r} is no lower-case file extension with its dot")
    return extensions


def _compile(table: Table, standards: tuple[Standard, ...]) -> Compile:
    scalars = COMPILE_SCALARS if standards else COMPILE_SCALARS - {"standard"}
    steps = table.vectors("steps")
    if not steps:
        table.refuse("steps", "must not be empty")
    for number, step in enumerate(steps):
        _vector(table, f"steps[{number}]", step, lists=COMPILE_LISTS, scalars=scalars)
    if table.has("warm") and len(steps) != 1:
        table.refuse("warm", f"a preload serves one step, but there are {len(steps)}")
    compiling = Compile(
        steps=steps,
        produces=table.truth("produces"),
        environment=_environment(table, WARM_SCALARS if table.has("warm") else scalars),
        optimization=_optimization(table),
        warnings=table.texts("warnings") if table.has("warnings") else (),
        flag_patterns=table.texts("flag_patterns") if table.has("flag_patterns") else (),
        wall_ms=table.positive("wall_ms"),
        cpu_ms=table.positive("cpu_ms"),
        memory_mib=table.positive("memory_mib"),
        warm=_warm(table),
    )
    for index, pattern in enumerate(compiling.flag_patterns):
        table.regex(f"flag_patterns[{index}]", pattern)
    used = {name for step in steps for element in step for name in template.names(element)}
    filled = {
        "optimization": any(compiling.optimization.values()),
        "warnings": bool(compiling.warnings),
        "flag_patterns": bool(compiling.flag_patterns),
    }
    for key, present in filled.items():
        placeholder = "flags" if key == "flag_patterns" else key
        if present and placeholder not in used:
            table.refuse(key, f"no step uses it: {{{placeholder}}} is missing from steps")
    if standards and "standard" not in used:
        table.refuse("steps", "no step uses {standard}, but the language has standards")
    table.finish()
    return compiling


def _optimization(table: Table) -> Mapping[Optimization, tuple[str, ...]]:
    if not table.has("optimization"):
        return MappingProxyType(dict.fromkeys(Optimization, ()))
    levels = table.table("optimization")
    options = {level: levels.texts(level.value) for level in Optimization}
    levels.finish()
    return MappingProxyType(options)


def _run_vector(table: Table) -> tuple[str, ...]:
    vector = table.texts("argv")
    if not vector:
        table.refuse("argv", "must not be empty")
    _vector(table, "argv", vector, lists=RUN_LISTS, scalars=RUN_SCALARS)
    if vector.count("{args}") != 1:
        table.refuse("argv", "must have {args} exactly once")
    return vector


def _warm(table: Table) -> tuple[str, ...] | None:
    if not table.has("warm"):
        return None
    preload = table.table("warm")
    vector = preload.texts("argv")
    if not vector:
        preload.refuse("argv", "must not be empty")
    _vector(preload, "argv", vector, lists=(), scalars=WARM_SCALARS)
    preload.finish()
    return vector


def _vector(
    table: Table, name: str, vector: tuple[str, ...], *, lists: Collection[str], scalars: Collection[str]
) -> None:
    for index, element in enumerate(vector):
        _checked(table, f"{name}[{index}]", partial(template.check, element, lists=lists, scalars=scalars))
    if template.names(vector[0]):
        table.refuse(f"{name}[0]", "the program to run must not be a placeholder")


def _environment(table: Table, scalars: Collection[str]) -> Mapping[str, str]:
    variables = table.mapping("environment")
    for name, value in variables.items():
        where = f"environment.{name}"
        if not _VARIABLE.fullmatch(name):
            table.refuse(where, "a variable's name has capital letters, digits and underscores")
        _checked(table, where, partial(template.check, value, lists=(), scalars=scalars))
    return MappingProxyType(variables)


def _diagnostics(table: Table) -> tuple[re.Pattern[str], ...]:
    patterns = []
    for index, text in enumerate(table.texts("diagnostics")):
        where = f"diagnostics[{index}]"
        pattern = table.regex(where, text)
        if unknown := set(pattern.groupindex) - GROUPS:
            table.refuse(where, f"unknown group {min(unknown)!r}; known: {', '.join(sorted(GROUPS))}")
        if "message" not in pattern.groupindex:
            table.refuse(where, "has no group named 'message'")
        patterns.append(pattern)
    return tuple(patterns)


def _reference(table: Table) -> Reference:
    reference = Reference(
        source=table.text("source"), stdin=table.text("stdin", empty=True), stdout=table.text("stdout")
    )
    table.finish()
    return reference


def _checked(table: Table, name: str, check: Callable[[], None]) -> None:
    try:
        check()
    except ValueError as error:
        raise LanguageError(table.file, table.at(name), str(error)) from error
