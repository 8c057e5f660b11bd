"""Programs that judge: output validators (interactors among them) and input validators of a package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from judge.custom import JudgeProgram
from judge.errors import PackageError
from judge.packages.inputs import InputValidator
from judge.packages.metadata import Metadata
from judge.packages.programs import contents, is_header, language_of, read_source
from judge.packages.supplement import FILE, JUDGE, Supplement
from judge.packages.tree import entries
from languages import Language

_SCRIPTS: Final = ("build", "run")
_NO_PROGRAM: Final = (".md", ".txt", ".rst", ".pdf", ".tex")
_OTHER_VALIDATORS: Final = {".ctd": "Checktestdata", ".viva": "VIVA"}

Flags = Mapping[str, Mapping[str | None, tuple[str, ...]]]
"""By test: what input validators of a name (``None``: all others) are given."""


@dataclass(frozen=True, slots=True)
class OutputValidator:
    """``program``: the output validator; ``None``: there is none that can be run, and ``needs`` says why."""

    program: JudgeProgram | None
    needs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_output_validator(
    package: Path, metadata: Metadata, languages: Mapping[str, Language], *, supplement: Supplement
) -> OutputValidator:
    """Read the output validator. Raises :class:`PackageError` where there has to be one and is not."""
    name = "output_validators" if metadata.format.legacy else "output_validator"
    directory = package / name
    if not metadata.custom_validator:
        ignored = f"{name} is not used: problem.yaml does not say validation: custom"
        return OutputValidator(None, warnings=(ignored,) if directory.is_dir() else ())
    if not directory.is_dir():
        raise PackageError(name, "", "is missing: the problem needs an output validator")
    programs, beside = _programs(package, directory)
    if not programs:
        raise PackageError(name, "", "holds no program")
    if len(programs) > 1 and not metadata.format.legacy:
        programs = (directory,)
    if len(programs) > 1:
        names = ", ".join(path.name for path in programs)
        return OutputValidator(None, (f"{name}: several output validators ({names})",))
    path = programs[0] if programs[0].is_dir() else directory
    shown = path.relative_to(package).as_posix()
    files = contents(package, path) if path == directory else {**beside, **contents(package, path)}
    if script := next((word for word in _SCRIPTS if word in files), None):
        return OutputValidator(None, (f"{shown}/{script}: programs with scripts that build or run them",))
    code, main = supplement.begins(JUDGE)
    language = language_of(files, languages) if code is None else languages.get(code)
    if language is None:
        return OutputValidator(None, (f"{shown}: an output validator in a language that is not installed here",))
    source = read_source(package, shown, files, language=language, entrypoint=None if main is None else (main, FILE))
    return OutputValidator(JudgeProgram(source, metadata.validation_cpu_ms, metadata.validation_memory_mib))


def read_input_validators(
    package: Path, flags: Flags, languages: Mapping[str, Language], *, supplement: Supplement
) -> tuple[tuple[InputValidator, ...], tuple[str, ...]]:
    """The input validators that are programs, with what they are given for each test; and what was left out, and why.

    Raises :class:`PackageError` for one that breaks the rules of form.
    """
    found: list[InputValidator] = []
    warnings: list[str] = []
    for directory in (package / "input_format_validators", package / "input_validators"):
        if not directory.is_dir():
            continue
        programs, beside = _programs(package, directory)
        for path in programs:
            shown = path.relative_to(package).as_posix()
            if kind := _OTHER_VALIDATORS.get(path.suffix):
                warnings.append(f"{shown} is a file for {kind}, which is not run here; left out")
                continue
            files = contents(package, path)
            if path.is_file():
                files = {**beside, **files}
            script = next((word for word in _SCRIPTS if word in files), None)
            code, main = supplement.begins(shown)
            language = language_of(files, languages) if code is None else languages.get(code)
            if script or language is None:
                why = f"has a script {script}" if script else "is in no language that is installed here"
                warnings.append(f"{shown} {why}; left out")
                continue
            source = read_source(
                package, shown, files, language=language, entrypoint=None if main is None else (main, FILE)
            )
            args = {test: _own(given, path) for test, given in flags.items()}
            found.append(InputValidator(shown, JudgeProgram(source), _gathered(args)))
    return tuple(found), tuple(warnings)


def named_in(name: str, validators: tuple[InputValidator, ...]) -> bool:
    """Whether flags for a validator of that name are those of one of these."""
    return any(_is_called(PurePosixPath(each.path), name) for each in validators)


def is_beside(name: str) -> bool:
    """Whether a file among programs is none itself, but there for them to include or to explain them."""
    return is_header(name) or _explains(PurePosixPath(name))


def _programs(package: Path, directory: Path) -> tuple[tuple[Path, ...], dict[str, Path]]:
    """The programs in a directory of programs, and the files beside them that they may include or that explain."""
    directories, files = entries(package, directory)
    sources = [path for path in files if not is_beside(path.name)]
    return (*sorted([*directories, *sources]),), {path.name: path for path in files if path not in sources}


def _explains(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _NO_PROGRAM or path.name.upper() in {"README", "LICENSE", "MAKEFILE"}


def _own(given: Mapping[str | None, tuple[str, ...]], path: Path) -> tuple[str, ...]:
    for name, args in given.items():
        if name is not None and _is_called(PurePosixPath(path.name), name):
            return args
    return given.get(None, ())


def _is_called(path: PurePosixPath, name: str) -> bool:
    return name in {path.name, path.stem}


def _gathered(args: Mapping[str, tuple[str, ...]]) -> dict[str | None, tuple[str, ...]]:
    """The same by directories, or for all tests at once, where all tests in them are given the same."""
    if len(set(args.values())) == 1:
        everywhere = next(iter(args.values()))
        return {None: everywhere} if everywhere else {}
    return dict(_below(args, ""))


def _below(args: Mapping[str, tuple[str, ...]], directory: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts: dict[str, dict[str, tuple[str, ...]]] = {}
    for test, given in args.items():
        part = test.removeprefix(directory).split("/", 1)[0]
        parts.setdefault(f"{directory}{part}", {})[test] = given
    for name, tests in parts.items():
        different = set(tests.values())
        if len(different) > 1:
            yield from _below(tests, f"{name}/")
        elif any(different):
            yield name, different.pop()
