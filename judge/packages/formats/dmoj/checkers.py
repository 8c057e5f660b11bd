"""Checkers and interactors of DMOJ problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import PurePosixPath
from typing import Final

from judge.packages.formats.draft import Draft, plain
from judge.packages.formats.foreign import Foreign
from judge.packages.formats.testlib import adapted_checker, adapted_interactor, is_cpp

STANDARD: Final = "standard"

_PROGRAM: Final = "dmoj.py"
_ALIASES: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "unordered": ("sorted", {"split_on": "whitespace"}),
    "floatsabs": ("floats", {"error_mode": "absolute"}),
    "floatsrel": ("floats", {"error_mode": "relative"}),
    "identical_with_pe": ("identical", {}),
}
_TOLERANCES: Final = {
    "default": "float_tolerance",
    "absolute": "float_absolute_tolerance",
    "relative": "float_relative_tolerance",
}
_MOST_PRECISION: Final = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """A checker of DMOJ's own: ``args`` of the program that compares as it does, and flags that do nearly the same.

    ``flags`` ``None``: there are none.
    """

    args: tuple[str, ...]
    flags: tuple[str, ...] | None = None


_RULES: Final = {
    STANDARD: Rule((STANDARD,), ("case_sensitive",)),
    "identical": Rule(("identical",), ("case_sensitive", "space_change_sensitive")),
    "easy": Rule(("easy",)),
    "rstripped": Rule(("rstripped",)),
    "linecount": Rule(("linecount", "partial")),
}


@dataclass(frozen=True, slots=True)
class Bridged:
    """A checker that is a program of the package's."""

    settings: Mapping[str, object]


def rule_of(checker: object) -> Rule | Bridged | str:
    """What a ``checker`` in ``init.yml`` (``None``: none is given) is; a sentence for what cannot be brought over."""
    name, options = _named(checker)
    name, more = _ALIASES.get(name, (name, {}))
    options = {**options, **more}
    if name == "bridged":
        return Bridged(options)
    if name == "floats":
        return _floats(options)
    if name == "sorted":
        return _sorted(options)
    module = ", which is a module of DMOJ's own judge" if name.endswith(".py") else ""
    return _RULES.get(name) or f"the checker {name}{module}"


def write_checkers(draft: Draft, tests: Mapping[str, object], package: Foreign, *, scored: bool) -> None:
    """Write the checker of a problem, given the ``checker`` of each test by its name below ``data``."""
    rules = {name: rule_of(checker) for name, checker in tests.items()}
    for reason in dict.fromkeys(rule for rule in rules.values() if isinstance(rule, str)):
        draft.unsupported.append(reason)
    programs = [rule for rule in rules.values() if isinstance(rule, Bridged)]
    if programs:
        if any(rule != programs[0] for rule in rules.values()):
            draft.unsupported.append("different checkers for different tests, one of which is a program")
            return
        _write_bridged(draft, package, programs[0].settings)
        return
    kept = {name: rule for name, rule in rules.items() if isinstance(rule, Rule)}
    same = set(kept.values())
    if len(same) == 1 and (flags := next(iter(same)).flags) is not None:
        draft.setting("", output_validator_args=list(flags))
        if next(iter(same)).args == (STANDARD,):
            draft.notes.append("the checker standard became case_sensitive: where lines end does not count")
        return
    if not kept:
        return
    draft.write(
        f"output_validator/{_PROGRAM}",
        resources.files("judge.packages.formats.adapters").joinpath(_PROGRAM).read_bytes(),
    )
    usual = max(same, key=lambda rule: sum(each == rule for each in kept.values()))
    draft.setting("", output_validator_args=_args(usual, scored=scored))
    for name, rule in kept.items():
        if rule != usual:
            draft.note(name, output_validator_args=_args(rule, scored=scored))


def write_interactor(draft: Draft, package: Foreign, settings: object) -> bool:
    """Write the interactor of a problem; whether it could be brought over."""
    options = settings if isinstance(settings, dict) else {}
    if options.get("type") != "testlib":
        draft.unsupported.append("an interactor that does not keep to testlib's ways (interactive)")
        return False
    files = _files(draft, package, options, "the interactor")
    if files is None:
        return False
    name, code, beside = files
    _write(draft, adapted_interactor(name, code, beside))
    return True


def _write_bridged(draft: Draft, package: Foreign, settings: Mapping[str, object]) -> None:
    kind = settings.get("type", "default")
    if kind not in {"default", "testlib"}:
        draft.unsupported.append(f"a bridged checker of the type {kind!r}")
        return
    if settings.get("args") is not None:
        draft.unsupported.append("a bridged checker with arguments of its own")
        return
    files = _files(draft, package, settings, "the bridged checker")
    if files is not None:
        name, code, beside = files
        _write(draft, adapted_checker(name, code, beside))


def _files(
    draft: Draft, package: Foreign, settings: Mapping[str, object], what: str
) -> tuple[str, bytes, dict[str, bytes]] | None:
    """Name and content of a program's main file, and the files beside it; ``None``, with a report, without them."""
    value = settings.get("files")
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    paths = [str(name) for name in names]
    if not paths or any(package.get(path) is None for path in paths):
        draft.unsupported.append(f"{what}: its files are not there")
        return None
    sources = [path for path in paths if is_cpp(path)]
    if len(sources) != 1:
        draft.unsupported.append(f"{what}: only programs of one file in C++ can be taken over")
        return None
    code = package.read(sources[0])
    beside = {PurePosixPath(path).name: package.read(path) for path in paths if path != sources[0]}
    if b"testlib.h" in code and "testlib.h" not in beside:
        if package.get("testlib.h") is None:
            draft.unsupported.append(f"{what}: it includes testlib.h, which is not in the package")
            return None
        beside["testlib.h"] = package.read("testlib.h")
    if settings.get("flags"):
        draft.notes.append(f"{what} is compiled without flags of its own")
    return plain(PurePosixPath(sources[0]).name), code, beside


def _write(draft: Draft, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        draft.write(f"output_validator/{plain(name)}", content)


def _args(rule: Rule, *, scored: bool) -> list[str]:
    return [word for word in rule.args if scored or word != "partial"]


def _named(checker: object) -> tuple[str, dict[str, object]]:
    if checker is None:
        return STANDARD, {}
    if isinstance(checker, dict):
        args = checker.get("args") or {}
        return str(checker.get("name", STANDARD)), args if isinstance(args, dict) else {}
    return str(checker), {}


def _sorted(options: Mapping[str, object]) -> Rule | str:
    split_on = str(options.get("split_on", "lines"))
    return Rule(("sorted", split_on)) if split_on in {"lines", "whitespace"} else f"the checker sorted by {split_on!r}"


def _floats(options: Mapping[str, object]) -> Rule | str:
    precision, mode = options.get("precision", 6), str(options.get("error_mode", "default"))
    number = int(precision) if isinstance(precision, (int, str)) and str(precision).isdecimal() else -1
    if mode not in _TOLERANCES or not 0 <= number <= _MOST_PRECISION:
        return f"the checker floats with precision {precision!r} and error_mode {mode!r}"
    return Rule(("floats", f"{number}:{mode}"), ("case_sensitive", _TOLERANCES[mode], f"1e-{number}"))
