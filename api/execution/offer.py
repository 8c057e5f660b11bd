"""What languages this service offers."""

from __future__ import annotations

import shlex

from api.enums import SupportedLanguage
from api.execution.schemas import LanguageStandard, LanguageVersion, LanguageView
from languages import CompileOptions, Language, compile_steps, run_argv
from runner.catalog import Catalog
from runner.execution import DEFAULT_MEMORY_MIB

_OURS = "/usr/lib/syncode/"
_STANDS_FOR = {f"{_OURS}build": "go"}  # what takes a program's place; others are only put before it


def offered(catalog: Catalog) -> list[LanguageView]:
    """Every language, whether or not it can be run here now."""
    return [_view(language, available=catalog.lacks(language) is None) for language in catalog.languages.values()]


def _view(language: Language, *, available: bool) -> LanguageView:
    main, compiling = language.entrypoint, language.compile
    commands: tuple[tuple[str, ...], ...] = ()
    if compiling is not None:
        commands = compile_steps(language, entrypoint=main, paths=(main,), options=CompileOptions())
    run = run_argv(language, entrypoint=main, args=(), memory_mib=DEFAULT_MEMORY_MIB)
    return LanguageView(
        id=SupportedLanguage(language.id),
        name=language.name,
        available=available,
        extensions=list(language.extensions),
        default_entrypoint=main,
        compiled=language.compiled,
        versions=[
            LanguageVersion(id=version.id, version=version.version, is_default=version.default)
            for version in language.versions
        ],
        standards=[LanguageStandard(id=each.id, is_default=each.default) for each in language.standards],
        flag_patterns=[] if compiling is None else list(compiling.flag_patterns),
        time_multiplier=language.time_multiplier,
        memory_allowance_mb=language.memory_allowance_mib,
        compile_command=" && ".join(map(_text, commands)) or None,
        run_command=_text(run),
    )


def _text(argv: tuple[str, ...]) -> str:
    """As somebody would type it: without what only makes it quicker."""
    first, *others = argv
    if first in _STANDS_FOR:
        return shlex.join((_STANDS_FOR[first], *others))
    return shlex.join(others if first.startswith(_OURS) and others else argv)
