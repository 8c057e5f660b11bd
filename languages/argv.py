"""From a language's templates to the argument vectors of one request. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from languages import template
from languages.errors import OptionError
from languages.model import Compile, CompileOptions, Language, stem


def check_options(language: Language, options: CompileOptions) -> None:
    """Raise :class:`OptionError` unless the language offers the standard and allows each flag (whole, as written)."""
    standards = [standard.id for standard in language.standards]
    if options.standard is not None and options.standard not in standards:
        offered = ", ".join(standards) or "none"
        raise OptionError(f"{language.name} has no standard {options.standard!r}; it offers: {offered}")
    patterns = language.compile.flag_patterns if language.compile is not None else ()
    for flag in options.flags:
        if not any(re.fullmatch(pattern, flag) for pattern in patterns):
            allowed = ", ".join(patterns) or "none"
            raise OptionError(f"the flag {flag!r} is not allowed for {language.name}; allowed are: {allowed}")


def compile_steps(
    language: Language, *, entrypoint: str, paths: Sequence[str], options: CompileOptions
) -> tuple[tuple[str, ...], ...]:
    """The compiler's argument vectors, to be run in this order; empty when there is nothing to compile or check.

    ``entrypoint`` is the main file, ``paths`` all submitted files, the main one included; both relative to ``/box``.
    The options must have passed :func:`check_options`.
    """
    compiling = language.compile
    if compiling is None:
        return ()
    lists = {
        "optimization": compiling.optimization[options.optimization],
        "warnings": compiling.warnings if options.warnings else (),
        "flags": options.flags,
        "sources": _sources(language, entrypoint, paths),
        "siblings": _sources(language, entrypoint, [path for path in paths if "/" not in path]),
    }
    scalars = _compile_scalars(language, compiling, entrypoint, options)
    return tuple(template.expand(step, lists=lists, scalars=scalars) for step in compiling.steps)


def compile_environment(language: Language, *, entrypoint: str, options: CompileOptions) -> Mapping[str, str]:
    """The variables of the compile steps, beside the engine's fixed ones."""
    compiling = language.compile
    if compiling is None:
        return {}
    scalars = _compile_scalars(language, compiling, entrypoint, options)
    return {name: template.fill(value, scalars) for name, value in compiling.environment.items()}


def run_argv(language: Language, *, entrypoint: str, args: Sequence[str], memory_mib: int) -> tuple[str, ...]:
    """The program's argument vector. ``memory_mib``: its memory limit without the language's allowance."""
    return template.expand(language.run, lists={"args": args}, scalars=_run_scalars(entrypoint, memory_mib))


def run_environment(language: Language, *, entrypoint: str, memory_mib: int) -> Mapping[str, str]:
    """The variables of the program, beside the engine's fixed ones. ``memory_mib`` as for :func:`run_argv`."""
    scalars = _run_scalars(entrypoint, memory_mib)
    return {name: template.fill(value, scalars) for name, value in language.run_environment.items()}


def compile_preload(language: Language) -> tuple[str, ...] | None:
    """The argument vector of the process that waits for the language's only compile step; ``None`` without one.

    Its environment is :func:`compile_environment`, which depends on no request then, and its memory limit the step's.
    """
    compiling = language.compile
    if compiling is None or compiling.warm is None:
        return None
    return template.expand(compiling.warm, lists={}, scalars={"memory_mib": str(compiling.memory_mib)})


def run_preload(language: Language, *, memory_mib: int) -> tuple[str, ...] | None:
    """The argument vector of the process that waits for a run with this ``memory_mib`` (as for :func:`run_argv`).

    ``None`` when the language has none. Its environment is :func:`run_environment`, which depends on no request then.
    """
    if language.run_warm is None:
        return None
    return template.expand(language.run_warm, lists={}, scalars={"memory_mib": str(memory_mib)})


def program_memory_mib(language: Language, limit_mib: int) -> int:
    """What of a whole memory limit is the program's own, once the language's runtime has its allowance.

    Never less than half: a limit too small for the runtime is shared. This is what ``memory_mib`` should be when a
    limit is taken literally; where the allowance was added to a limit, that limit comes out again.
    """
    return max(limit_mib - language.memory_allowance_mib, (limit_mib + 1) // 2)


def _compile_scalars(
    language: Language, compiling: Compile, entrypoint: str, options: CompileOptions
) -> dict[str, str]:
    default = next((standard.id for standard in language.standards if standard.default), "")
    return {
        "source": _argument(entrypoint),
        "main": stem(entrypoint),
        "standard": options.standard if options.standard is not None else default,
        "memory_mib": str(compiling.memory_mib),
    }


def _run_scalars(entrypoint: str, memory_mib: int) -> dict[str, str]:
    return {"source": _argument(entrypoint), "main": stem(entrypoint), "memory_mib": str(memory_mib)}


def _sources(language: Language, entrypoint: str, paths: Sequence[str]) -> tuple[str, ...]:
    others = sorted(path for path in paths if path != entrypoint)
    mine = (path for path in others if PurePosixPath(path).suffix.lower() in language.extensions)
    return (_argument(entrypoint), *(_argument(path) for path in mine))


def _argument(path: str) -> str:
    # A file may be called -o.c: no program must take it for an option.
    return f"./{path}" if path.startswith("-") else path
