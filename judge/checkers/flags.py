"""The flags of the problem format's default output validator, as a checker.

Format: https://www.kattis.com/problem-package-format/spec/legacy.html, "Default Output Validator Specification".
"""

from __future__ import annotations

from collections.abc import Sequence

from judge.checkers.rules import Checker, Exact, Float, Tokens
from judge.errors import CheckerError

_TOLERANCES = {
    "float_tolerance": ("absolute", "relative"),
    "float_absolute_tolerance": ("absolute",),
    "float_relative_tolerance": ("relative",),
}


def checker_from_flags(flags: Sequence[str]) -> Checker:
    """The checker that does what the flags ask of the default validator.

    Without a flag letters match in either case and whitespace only separates; a tolerance that is not given is off.
    Raises :class:`CheckerError` naming a flag that is unknown, or whose tolerance is missing or no number.
    """
    case_sensitive = space_sensitive = False
    tolerances: dict[str, float] = {}
    words = iter(flags)
    for word in words:
        if word == "case_sensitive":
            case_sensitive = True
        elif word == "space_change_sensitive":
            space_sensitive = True
        elif word in _TOLERANCES:
            value = _tolerance(word, next(words, None))
            tolerances.update(dict.fromkeys(_TOLERANCES[word], value))
        else:
            known = ", ".join(("case_sensitive", "space_change_sensitive", *_TOLERANCES))
            raise CheckerError(f"unknown flag {word!r} of the default validator; known: {known}")
    if tolerances:
        return Float(
            absolute_tolerance=tolerances.get("absolute", 0.0),
            relative_tolerance=tolerances.get("relative", 0.0),
            case_sensitive=case_sensitive,
            space_sensitive=space_sensitive,
        )
    if case_sensitive and space_sensitive:
        return Exact()  # tokens and whitespace alike must be the same bytes
    return Tokens(case_sensitive=case_sensitive, space_sensitive=space_sensitive)


def _tolerance(flag: str, word: str | None) -> float:
    if word is None:
        raise CheckerError(f"the flag {flag} needs a tolerance after it")
    try:
        return Float(absolute_tolerance=float(word)).absolute_tolerance
    except (ValueError, CheckerError):
        raise CheckerError(f"the tolerance of {flag} must be a number that is not negative, is {word!r}") from None
