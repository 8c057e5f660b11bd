"""A program: compiled once, run many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.artefact import Artefact
from judge.compilation import CompileResult
from judge.diagnostics import parse_diagnostics, relative_paths
from judge.limits import RunLimits
from judge.source import Source
from judge.verdict import reason
from languages import Compile, compile_environment, compile_steps, run_argv, run_environment
from sandboxes import MIB, Cancellation, Command, Ending, Limits, Outcome, Sandbox

_COLLECTED: Final = "out"
_MESSAGE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs are compiled and run: a sandbox, the language's root file system, and a directory for artefacts.

    The jail's users must be able to search the directories on the way to ``workspace``.
    """

    sandbox: Sandbox
    rootfs: Path
    workspace: Path


class Program:
    """A submission made ready by :meth:`prepare`. A context manager: leaving it removes the artefact.

    ``compilation`` is ``None`` for a language with nothing to compile or check; when it is not ``ok`` the program
    cannot be run.
    """

    def __init__(
        self, source: Source, place: Place, compilation: CompileResult | None, artefact: Artefact | None
    ) -> None:
        self.source = source
        self.place = place
        self.compilation = compilation
        self._artefact = artefact

    @classmethod
    def prepare(cls, source: Source, place: Place, *, cancellation: Cancellation | None = None) -> Program:
        """Compile or check ``source`` and keep what may be run.

        A compiler that refuses or hits a limit is a result, not an error. Raises
        :class:`sandboxes.errors.SandboxError` or :class:`judge.errors.ArtefactError` when we failed.
        """
        compilation, outputs = None, {}
        if source.language.compile is not None:
            outcome = _compile(source, source.language.compile, place, cancellation)
            outputs = dict(outcome.collected)
            compilation = _result(source, outcome)
        if compilation is not None and not compilation.ok:
            return cls(source, place, compilation, None)
        artefact = Artefact(place.workspace, sources=source.files, outputs=outputs)
        return cls(source, place, compilation, artefact)

    @property
    def ready(self) -> bool:
        """Whether it can be run."""
        return self._artefact is not None

    def run(
        self,
        limits: RunLimits,
        *,
        stdin: bytes = b"",
        args: Sequence[str] = (),
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        """Run it once in a fresh jail. Raises :class:`sandboxes.errors.SandboxError` when we failed."""
        if self._artefact is None:
            raise ValueError("a program that did not compile, or was closed, cannot be run")
        language, entrypoint = self.source.language, self.source.entrypoint
        memory_mib = limits.memory_mib
        command = Command(
            steps=(run_argv(language, entrypoint=entrypoint, args=args, memory_mib=memory_mib),),
            stdin=stdin,
            environment=run_environment(language, entrypoint=entrypoint, memory_mib=memory_mib),
            artefact=str(self._artefact.path),
            links=tuple(self.source.files),
        )
        sandbox = self.place.sandbox
        return sandbox.run(command, limits.limits, rootfs=self.place.rootfs, cancellation=cancellation)

    def close(self) -> None:
        """Remove the artefact. No run may be going on."""
        if self._artefact is not None:
            self._artefact.close()
            self._artefact = None

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _compile(source: Source, compiling: Compile, place: Place, cancellation: Cancellation | None) -> Outcome:
    steps = compile_steps(
        source.language, entrypoint=source.entrypoint, paths=tuple(source.files), options=source.options
    )
    command = Command(
        steps=steps,
        environment=compile_environment(source.language, entrypoint=source.entrypoint, options=source.options),
        files=source.files,
        collect=_COLLECTED,
    )
    limits = Limits(
        cpu_ms=compiling.cpu_ms,
        wall_ms=compiling.wall_ms,
        memory_bytes=compiling.memory_mib * MIB,
        processes=256,
        open_files=1024,
        file_size_bytes=256 * MIB,
        output_bytes=4 * MIB,
        stdout_bytes=_MESSAGE_BYTES,
        stderr_bytes=_MESSAGE_BYTES,
        scratch_bytes=512 * MIB,
        scratch_inodes=65_536,
    )
    return place.sandbox.run(command, limits, rootfs=place.rootfs, cancellation=cancellation)


def _result(source: Source, outcome: Outcome) -> CompileResult:
    """Everything but a good end that left something to run is the submitter's compile error."""
    compiling = source.language.compile
    message = reason(outcome, "Compiler")
    if message is None and outcome.refused:
        message = f"Compiler left something that is no plain file: {outcome.refused[0]}"
    if message is None and compiling is not None and compiling.produces and not outcome.collected:
        message = "Compiler left nothing to run"
    stdout = relative_paths(outcome.stdout, source.files)
    stderr = relative_paths(outcome.stderr, source.files)
    killed = outcome.ending not in (Ending.EXITED, Ending.SIGNALLED)
    return CompileResult(
        ok=message is None,
        message=message,
        exit_code=None if killed else outcome.exit_code,
        stdout=stdout,
        stderr=stderr,
        wall_ms=outcome.usage.wall_ms,
        cpu_ms=outcome.usage.cpu_ms,
        memory_bytes=outcome.usage.memory_bytes,
        timed_out=outcome.ending in (Ending.CPU_LIMIT, Ending.WALL_LIMIT),
        output_truncated=outcome.stdout_truncated or outcome.stderr_truncated,
        cached=False,
        limit=outcome.limit,
        evidence=outcome.evidence,
        diagnostics=parse_diagnostics(source.language.diagnostics, (stdout, stderr), files=source.files),
    )
