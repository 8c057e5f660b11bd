"""``syncode stress``: an input on which two solutions differ, as small as it gets."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, assert_never

from rich.progress import TextColumn

from api.commands.bars import Bars
from api.commands.exits import ExitCode
from api.commands.run import read_source
from api.commands.selection import open_packages
from api.commands.terminal import answers, remarks
from judge import (
    Checker,
    CheckerType,
    Custom,
    Exact,
    Float,
    JudgeProgram,
    Package,
    Tokens,
    Trimmed,
    UnorderedLines,
)
from judge.stress import Finding, Side, StressReport
from runner import Engine, RequestError
from runner.bench import StressRequest
from runner.stressing import DifferenceFound, InputShrunk, InputTried, StressEvent, stress

_CHECKERS: Final[dict[str, Checker]] = {
    CheckerType.TRIMMED.value: Trimmed(),
    CheckerType.EXACT.value: Exact(),
    CheckerType.TOKENS.value: Tokens(),
    CheckerType.FLOAT.value: Float(),
    CheckerType.UNORDERED_LINES.value: UnorderedLines(),
}
_SHOWN_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class StressOptions:
    """What stands on the command line.

    ``checker``   the name of a built-in checker, or the file of a program; ``None``: the package's, or ``tokens``
    ``package``   whose limits, checker, included files and input validator are used; ``None``: none's
    ``arguments`` of the generator; empty: its seed and its size
    ``time_ms``, ``memory_mb``  of each solution; ``None``: the package's, or 2 s and 256 MiB
    ``most``      inputs at most; ``save``: a directory for what is found
    """

    generator: Path
    trusted: Path
    suspect: Path
    checker: str | None
    input_validator: Path | None
    package: Path | None
    arguments: tuple[str, ...]
    seed: int
    largest: int
    time_ms: int | None
    memory_mb: int | None
    seconds: float
    most: int | None
    save: Path | None


def stress_solutions(engine: Engine, options: StressOptions) -> ExitCode:
    """Search, show what was found, keep it, and answer whether there was nothing."""
    if options.save is not None:
        _make(options.save)
    with contextlib.ExitStack() as owned:
        package = None
        if options.package is not None:
            (selected,) = open_packages(owned, (options.package,), engine.inventory.languages)
            package = selected.package
        request = read_stress(engine, options, package)
        with StressProgress() as progress:
            report = stress(engine, request, seconds=options.seconds, most=options.most, on_event=progress.show)
    for warning in report.warnings:
        remarks().print(f"warning: {warning}")
    if report.finding is None:
        remarks().print(f"no difference on {report.inputs} inputs of sizes up to {report.last_size}")
        return ExitCode.OK
    _show(report.finding)
    if options.save is not None:
        _save(options.save, report.finding)
    remarks().print(summary(report))
    return ExitCode.REFUSED


def read_stress(engine: Engine, options: StressOptions, package: Package | None) -> StressRequest:
    """What is to be compared on what. Raises :class:`RequestError` and :class:`judge.SourceError`."""
    sources = [
        read_source(path, None, engine.inventory) for path in (options.generator, options.trusted, options.suspect)
    ]
    generator, trusted, suspect = sources
    request = StressRequest(
        generator,
        trusted,
        suspect,
        arguments=options.arguments or ("{seed}", "{size}"),
        first_seed=options.seed,
        last_size=options.largest,
    )
    if package is not None:
        request = _of_package(request, package)
    if options.checker is not None:
        request = replace(request, checker=_checker(engine, options.checker))
    if options.input_validator is not None:
        program = JudgeProgram(read_source(options.input_validator, None, engine.inventory))
        request = replace(request, input_validator=program, validator_args=())
    limits = request.limits
    if options.time_ms is not None:
        limits = replace(limits, cpu_ms=options.time_ms)
    if options.memory_mb is not None:
        limits = replace(limits, memory_mib=options.memory_mb)
    return replace(request, limits=limits)


def summary(report: StressReport) -> str:
    """One sentence on what was found."""
    finding = report.finding
    if finding is None:
        return f"no difference on {report.inputs} inputs"
    sentence = f"seed {finding.seed}, size {finding.size}: {finding.sentence}"
    if not finding.reproduced:
        return f"{sentence}; not when they were run again, so nothing was left out"
    shrunk = f"{len(finding.generated)} bytes shrunk to {len(finding.input)} in {finding.tries} tries"
    return f"{sentence}; {shrunk}" if finding.complete else f"{sentence}; {shrunk}, and more may be possible"


class StressProgress(Bars):
    """Shows events as they come where somebody watches; says what was found where nobody does."""

    def __init__(self) -> None:
        super().__init__(TextColumn("{task.description}"))
        self._task = None if self.bars is None else self.bars.add_task("preparing")

    def show(self, event: StressEvent) -> None:
        """Take in one event."""
        match event:
            case InputTried(inputs, seed, size):
                self._tell(f"{inputs} inputs, seed {seed}, size {size}")
            case DifferenceFound(finding):
                if self.bars is None:
                    self.console.print(f"seed {finding.seed}, size {finding.size}: {finding.sentence}")
                self._tell(f"found {len(finding.input)} bytes")
            case InputShrunk(size_bytes, tries):
                self._tell(f"shrunk to {size_bytes} bytes, {tries} tries")
            case _:
                assert_never(event)

    def _tell(self, words: str) -> None:
        if self.bars is not None and self._task is not None:
            self.bars.update(self._task, description=words)


def _of_package(request: StressRequest, package: Package) -> StressRequest:
    problem = package.problem
    if package.unsupported:
        raise RequestError(f"{package.path} needs what is not judged: {', '.join(package.unsupported)}")
    if problem.interactor is not None:
        raise RequestError(f"{package.path} is interactive: its solutions have no outputs to compare")
    validator = package.input_validators[0] if package.input_validators else None
    return replace(
        request,
        trusted=problem.complete(request.trusted),
        suspect=problem.complete(request.suspect),
        checker=problem.checker,
        limits=problem.limits,
        input_validator=None if validator is None else validator.program,
        validator_args=() if validator is None else validator.arguments(problem.cases[-1]),
    )


def _checker(engine: Engine, name: str) -> Checker | Custom:
    if name in _CHECKERS:
        return _CHECKERS[name]
    path = Path(name)
    if not path.is_file():
        raise RequestError(f"--checker: {name!r} is neither a file nor one of {', '.join(_CHECKERS)}")
    return Custom(JudgeProgram(read_source(path, None, engine.inventory)))


def _show(finding: Finding) -> None:
    console = answers()
    console.print(f"input ({len(finding.input)} bytes)")
    console.print(_excerpt(finding.input))
    for name, side in (("trusted", finding.trusted), ("suspect", finding.suspect)):
        console.print(f"{name}: {side.verdict.value}{_why(side)}")
        console.print(_excerpt(side.output))


def _why(side: Side) -> str:
    return f" ({side.message})" if side.message else ""


def _excerpt(text: bytes) -> str:
    """The beginning of a text, set in."""
    shown = text.decode("utf-8", "backslashreplace")
    cut = f"\n… and {len(shown) - _SHOWN_CHARACTERS} more characters" if len(shown) > _SHOWN_CHARACTERS else ""
    return "".join(f"    {line}\n" for line in (shown[:_SHOWN_CHARACTERS] + cut).splitlines())


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"{directory} cannot be made: {error.strerror}") from error


def _save(directory: Path, finding: Finding) -> None:
    """Keep it as a test; an answer only of a solution that has one."""
    files = {"in": finding.input, "ans": finding.trusted.output if finding.trusted.well else None}
    for ending, content in files.items():
        path = directory / f"stress-{finding.seed}.{ending}"
        if content is None:
            remarks().print("the trusted solution has no answer, so none is saved")
            continue
        try:
            path.write_bytes(content)
        except OSError as error:
            raise RequestError(f"{path} cannot be written: {error.strerror}") from error
        remarks().print(f"saved {path}")
