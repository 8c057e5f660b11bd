"""Proving an image: the language's own reference program must compile there and answer to the byte."""

from __future__ import annotations

from typing import Final

from judge.checkers import Exact, check
from judge.errors import JudgeError
from judge.limits import run_limits
from judge.program import Place, Program
from judge.source import Source
from judge.verdict import reason
from languages import Language
from sandboxes import MIB, ImageError

_EXCERPT: Final = 2000


def prove(language: Language, place: Place) -> None:
    """Compile and run the reference program of ``language``.

    Raises :class:`sandboxes.ImageError` saying what its tools said, and other :class:`sandboxes.SandboxError` when
    the sandbox itself failed.
    """
    reference = language.reference
    # As long as a compilation may take: on a machine at work with other images nothing is quick.
    limits = run_limits(language, cpu_ms=30_000, wall_ms=60_000, memory_mib=256, output_bytes=MIB)
    try:
        with Program.prepare(Source.of(language, reference.source.encode()), place) as program:
            compilation = program.compilation
            if compilation is not None and not compilation.ok:
                said = _text(compilation.stderr + compilation.stdout)
                raise ImageError(
                    f"{language.id}: the reference program does not compile: {compilation.message}: {said}"
                )
            outcome = program.run(limits, stdin=reference.stdin.encode())
    except JudgeError as error:
        raise ImageError(f"{language.id}: the reference program cannot be tried: {error}") from error
    if not outcome.ok:
        raise ImageError(f"{language.id}: the reference program fails: {reason(outcome)}: {_text(outcome.stderr)}")
    answer = check(Exact(), reference.stdout.encode(), outcome.stdout)
    if not answer.accepted:
        raise ImageError(f"{language.id}: the reference program answers wrongly: {answer.message}")


def _text(said: bytes) -> str:
    return said[:_EXCERPT].decode("utf-8", "replace").strip() or "(nothing was said)"
