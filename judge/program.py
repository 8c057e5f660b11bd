"""A program: compiled once, run many times."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.artefact import Artefact
from judge.cache import CachedArtefact, CacheKey, CompileCache
from judge.compilation import CompileResult, compile_result
from judge.limits import COLLECT_BYTES, RunLimits, compile_limits
from judge.source import Source
from languages import (
    Compile,
    compile_environment,
    compile_preload,
    compile_steps,
    run_argv,
    run_environment,
    run_preload,
)
from sandboxes import Cancellation, Command, Limits, OnOutput, Outcome, OutputStream, Permit, Relay, Sandbox, Session

OnCompile = Callable[[CompileResult], None]

MOST_ATTEMPTS: Final = 3
"""How often anything is tried when the sandbox fails (never when the program does)."""

_COLLECTED: Final = "out"


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs are compiled and run: a sandbox, the language's root file system, and a directory for artefacts.

    The jail's users must be able to search the directories on the way to ``workspace``.
    ``cache``  where compilations are looked up and kept; ``None``: every program is compiled
    ``image``  digest of what the root file system holds, without which a cache cannot tell images apart
    ``attempts``  how often anything is tried here when the sandbox fails
    """

    sandbox: Sandbox
    rootfs: Path
    workspace: Path
    cache: CompileCache | None = None
    image: str = ""
    attempts: int = MOST_ATTEMPTS

    def __post_init__(self) -> None:
        if self.cache is not None and not self.image:
            raise ValueError("a place with a compile cache must say which image it has")


@dataclass(frozen=True, slots=True)
class Papers:
    """Files that lie in the box before a program runs, and the directory whose files are taken out afterwards.

    ``after``: the exit codes after which they are
    """

    files: Mapping[str, bytes]
    collect: str
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A program that talks with another: what it hears as stdin, where what it says goes, the permit both run by."""

    hears: Relay
    says: Relay
    permit: Permit


class Program:
    """A submission made ready by :meth:`prepare`. A context manager: leaving it gives back the artefact and the jails.

    ``compilation``  ``None`` for a language with nothing to compile or check; when it is not ``ok`` the program
    cannot be run. Runs may go on in several threads at once.
    """

    def __init__(
        self,
        source: Source,
        place: Place,
        session: Session,
        *,
        compilation: CompileResult | None,
        artefact: Artefact | CachedArtefact | None,
    ) -> None:
        self.source = source
        self.place = place
        self.compilation = compilation
        self._session = session
        self._artefact = artefact

    @classmethod
    def prepare(
        cls, source: Source, place: Place, *, runs: int = 1, cancellation: Cancellation | None = None
    ) -> Program:
        """Compile or check ``source``, unless that is known from earlier, and keep what may be run.

        ``runs`` will be asked for side by side. A compiler that refuses or hits a limit is a result, not an error.
        Raises :class:`sandboxes.errors.SandboxError` or :class:`judge.errors.ArtefactError` when we failed.
        """
        if (known := cls.recall(source, place, runs=runs)) is not None:
            return known
        with contextlib.ExitStack() as undo:
            session = undo.enter_context(_session(source, place))
            session.expect(runs)
            compilation, artefact = _compile(source, place, session, cancellation)
            if artefact is not None:
                undo.pop_all()  # else there is nothing to run
        return cls(source, place, session, compilation=compilation, artefact=artefact)

    @classmethod
    def recall(cls, source: Source, place: Place, *, runs: int = 1) -> Program | None:
        """What :meth:`prepare` would give, if that is known from earlier; ``None``: it has to be compiled."""
        if place.cache is None or source.language.compile is None:
            return None
        command, limits = _compile_command(source, source.language.compile)
        found = place.cache.find(CacheKey.of(source, command, limits=limits, image=place.image), source)
        if found is None:
            return None
        session = _session(source, place)
        program = cls(source, place, session, compilation=found.compilation, artefact=found.artefact)
        if program.ready:
            try:
                session.expect(runs)
            except BaseException:
                program.close()
                raise
        return program

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
        papers: Papers | None = None,
        talk: Talk | None = None,
        more: bool = False,
        on_output: OnOutput | None = None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        """Run it once, sharing nothing with the runs before it; ``more``: another run with such limits will follow.

        ``talk``: with whom, in place of ``stdin``.
        Raises :class:`sandboxes.errors.SandboxError` when we failed, ``ValueError`` when it is not :attr:`ready`.
        """
        if self._artefact is None:
            raise ValueError("a program that did not compile, or was closed, cannot be run")
        language, entrypoint, memory_mib = self.source.language, self.source.entrypoint, limits.memory_mib
        command = Command(
            steps=(run_argv(language, entrypoint=entrypoint, args=args, memory_mib=memory_mib),),
            stdin=talk.hears if talk else stdin,
            environment=run_environment(language, entrypoint=entrypoint, memory_mib=memory_mib),
            artefact=os.fspath(self._artefact.path),
            links=tuple(self.source.files),
            files=papers.files if papers else {},
            collect=papers.collect if papers else None,
            collect_after=papers.after if papers else (),
            preload=run_preload(language, memory_mib=memory_mib),
        )
        return self._session.run(
            command,
            limits.limits,
            more=more,
            on_output=on_output,
            relay=talk.says if talk else None,
            permit=talk.permit if talk else None,
            cancellation=cancellation,
        )

    def close(self) -> None:
        """Remove the artefact, or give it back to the cache, and end the session. No run may be going on."""
        self._session.close()
        if self._artefact is not None:
            self._artefact.close()
            self._artefact = None

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def run_while_checked(
    source: Source,
    place: Place,
    limits: RunLimits,
    *,
    stdin: bytes = b"",
    args: Sequence[str] = (),
    on_compile: OnCompile | None = None,
    on_output: OnOutput | None = None,
    cancellation: Cancellation | None = None,
) -> tuple[CompileResult | None, Outcome]:
    """Run a program once while its compiler, which only checks it, is still at work; both results.

    Where the compiler refuses, the run is stopped, and was none: nobody may hear of its outcome, and ``on_output``
    hears of nothing before ``on_compile`` (called in a thread of its own) has heard that all is well. Raises as
    :meth:`Program.prepare` and :meth:`Program.run` do.
    """
    held = HeldOutput(on_output) if on_output else None
    with contextlib.ExitStack() as owned:
        stop = owned.enter_context(Cancellation(cancellation))
        session = owned.enter_context(_session(source, place))
        session.expect(1)
        artefact = Artefact(place.workspace, sources=source.files, outputs={})
        program = owned.enter_context(Program(source, place, session, compilation=None, artefact=artefact))

        def check() -> CompileResult | None:
            try:
                compilation, kept = _compile(source, place, session, cancellation)
            except BaseException:
                stop.cancel()
                raise
            if kept is not None:
                kept.close()
            if on_compile and compilation and not compilation.cancelled:
                on_compile(compilation)
            if compilation is not None and not compilation.ok:
                stop.cancel()
            elif held is not None:
                held.release()
            return compilation

        checker = owned.enter_context(ThreadPoolExecutor(1, thread_name_prefix="check"))
        checking = checker.submit(check)
        outcome = program.run(limits, stdin=stdin, args=args, on_output=held, cancellation=stop)
        return checking.result(), outcome


class HeldOutput:
    """Keeps what a program writes back until it may be told; to be called like :data:`sandboxes.OnOutput`."""

    def __init__(self, tell: OnOutput) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._kept: list[tuple[OutputStream, bytes]] | None = []

    def __call__(self, stream: OutputStream, chunk: bytes) -> None:
        """Tell it, or keep it."""
        with self._lock:
            if self._kept is None:
                self._tell(stream, chunk)
            else:
                self._kept.append((stream, chunk))

    def release(self) -> None:
        """Tell what was kept, and from now on everything at once."""
        with self._lock:
            for stream, chunk in self._kept or ():
                self._tell(stream, chunk)
            self._kept = None


def _session(source: Source, place: Place) -> Session:
    return place.sandbox.session(place.rootfs, warm=source.language.id)


def _compile(
    source: Source, place: Place, session: Session, cancellation: Cancellation | None
) -> tuple[CompileResult | None, Artefact | CachedArtefact | None]:
    """What became of the compilation, if there was one, and what may be run, if anything may."""
    if source.language.compile is None:
        return None, Artefact(place.workspace, sources=source.files, outputs={})
    command, limits = _compile_command(source, source.language.compile)
    outcome = session.run(command, limits, cancellation=cancellation)
    compilation = compile_result(source, outcome)
    kept: Artefact | CachedArtefact | None = None
    if place.cache is not None:
        key = CacheKey.of(source, command, limits=limits, image=place.image)
        kept = place.cache.keep(key, source, outcome, compilation)
    if kept is None and compilation.ok:
        kept = Artefact(place.workspace, sources=source.files, outputs=outcome.collected)
    return compilation, kept


def _compile_command(source: Source, compiling: Compile) -> tuple[Command, Limits]:
    language, entrypoint, options = source.language, source.entrypoint, source.options
    command = Command(
        steps=compile_steps(language, entrypoint=entrypoint, paths=tuple(source.files), options=options),
        environment=compile_environment(language, entrypoint=entrypoint, options=options),
        files=source.files,
        collect=_COLLECTED if compiling.produces else None,
        collect_bytes=COLLECT_BYTES,
        preload=compile_preload(language),
    )
    return command, compile_limits(compiling)
