"""Proving an image: the language's own reference program must compile there and answer to the byte."""

from __future__ import annotations

from typing import Final

from judge.errors import JudgeError
from judge.limits import run_limits
from judge.program import Place, Program
from judge.source import Source
from judge.verdict import reason
from languages import Language
from sandboxes import MIB, ImageError

_EXCERPT: Final = 500


def prove(language: Language, place: Place) -> None:
    """Compile and run the reference program of ``language``.

    Raises :class:`sandboxes.ImageError` saying what went wrong, and :class:`sandboxes.SandboxError` when the sandbox
    itself failed.
    """
    reference = language.reference
    source = Source(language, {language.entrypoint: reference.source.encode()}, language.entrypoint)
    limits = run_limits(language, cpu_ms=10_000, wall_ms=30_000, memory_mib=256, output_bytes=MIB)
    try:
        with Program.prepare(source, place) as program:
            if not program.ready:
                raise ImageError(f"{language.id}: the reference program does not compile: {_told(program)}")
            outcome = program.run(limits, stdin=reference.stdin.encode())
    except JudgeError as error:
        raise ImageError(f"{language.id}: the reference program cannot be tried: {error}") from error
    if not outcome.ok:
        said = outcome.stderr[:_EXCERPT].decode(errors="replace").strip()
        raise ImageError(f"{language.id}: the reference program fails: {reason(outcome)}: {said}")
    if outcome.stdout != reference.stdout.encode():
        raise ImageError(
            f"{language.id}: the reference program answers {outcome.stdout[:_EXCERPT]!r} "
            f"where {reference.stdout.encode()[:_EXCERPT]!r} is right"
        )


def _told(program: Program) -> str:
    compilation = program.compilation
    if compilation is None:
        return "nothing was said"
    said = (compilation.stderr or compilation.stdout)[:_EXCERPT].decode(errors="replace").strip()
    return f"{compilation.message}: {said}"
