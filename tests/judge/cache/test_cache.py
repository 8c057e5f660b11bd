"""Programs from the compile cache, compiled and run for real."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge import CompileCache, CompileResult, Place, Program, Source, run_limits
from judge.cache import CachedArtefact
from languages import CompileOptions, Language, Optimization
from sandboxes import MIB, Cancellation, Command, Limits, OnOutput, Outcome, Permit, Relay, Sandbox, Session

C = b'#include <stdio.h>\nint main(void) { puts("one"); }\n'


class Counting:
    """A real sandbox that counts what it compiles."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.slots = sandbox.slots
        self.permit = sandbox.permit
        self.compilations = 0

    def session(self, rootfs: Path, *, warm: str | None = None) -> CountingSession:
        return CountingSession(self, self._sandbox.session(rootfs, warm=warm))


class CountingSession:
    def __init__(self, counting: Counting, session: Session) -> None:
        self._counting = counting
        self._session = session
        self.expect = session.expect
        self.close = session.close

    def run(
        self,
        command: Command,
        limits: Limits,
        *,
        more: bool = False,
        on_output: OnOutput | None = None,
        relay: Relay | None = None,
        permit: Permit | None = None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        self._counting.compilations += command.artefact is None
        return self._session.run(
            command,
            limits,
            more=more,
            on_output=on_output,
            relay=relay,
            permit=permit,
            cancellation=cancellation,
        )

    def __enter__(self) -> CountingSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@pytest.fixture
def counting(sandbox: Sandbox) -> Counting:
    return Counting(sandbox)


@pytest.fixture
def directory(workspace: Path) -> Path:
    return workspace / "cache" / "programs"


@pytest.fixture
def cached(
    counting: Counting, image: Callable[[str], Path], workspace: Path, directory: Path
) -> Callable[[str], Place]:
    """Where programs of a language are compiled at most once, by an engine that has just been opened."""
    work = workspace / "work"
    work.mkdir()
    work.chmod(0o711)
    return lambda language: Place(
        counting, image(language), work, CompileCache(directory, limit_bytes=64 * MIB), image="an image"
    )


Cached = Callable[[str], Place]


def output(program: Program) -> bytes:
    assert program.ready, program.compilation
    limits = run_limits(program.source.language, cpu_ms=5000, wall_ms=10_000, memory_mib=64, output_bytes=MIB)
    return program.run(limits).stdout


def compiled(source: Source, place: Place) -> CompileResult:
    """Prepare it, run it if it can be, and give it back."""
    with Program.prepare(source, place) as program:
        assert program.compilation is not None
        if program.ready:
            output(program)
        return program.compilation


def entries(directory: Path) -> list[Path]:
    return sorted((directory / "entries").iterdir())


@pytest.mark.parametrize(
    ("name", "code"), [("c", C), ("python", b"print('one')"), ("javascript", b"console.log('one')")]
)
def test_the_same_submission_is_compiled_once(
    languages: Mapping[str, Language], cached: Cached, counting: Counting, *, name: str, code: bytes
) -> None:
    source = Source.of(languages[name], code)
    results: list[CompileResult] = []
    for _ in range(3):
        with Program.prepare(source, cached(name)) as program:
            assert program.compilation is not None
            results.append(program.compilation)
            assert output(program) == b"one\n"
            assert output(program) == b"one\n"
    assert counting.compilations == 1
    assert [result.cached for result in results] == [False, True, True]
    assert results[1] == results[2] == replace(results[0], cached=True)


def test_a_compiled_program_is_written_once_and_run_where_it_lies(
    languages: Mapping[str, Language], cached: Cached, directory: Path
) -> None:
    place = cached("c")
    for _ in range(2):
        with Program.prepare(Source.of(languages["c"], C), place) as program:
            assert list(place.workspace.iterdir()) == []
            (entry,) = entries(directory)
            assert isinstance(program._artefact, CachedArtefact)
            assert program._artefact.path == entry / "app"
            assert list((directory / "making").iterdir()) == []


def test_what_differs_in_anything_is_compiled(
    languages: Mapping[str, Language], cached: Cached, counting: Counting, image: Callable[[str], Path]
) -> None:
    c = languages["c"]
    assert c.compile is not None
    place = cached("c")
    submissions = [
        (Source.of(c, C), place),
        (Source.of(c, C.replace(b"one", b"onf")), place),
        (Source.of(c, C, entrypoint="other.c"), place),
        (Source.of(c, C, files={"unused.txt": b""}), place),
        (Source.of(c, C, files={"unused.txt": b"\0"}), place),
        (Source.of(c, C, options=CompileOptions(Optimization.DEBUG)), place),
        (Source.of(c, C, options=CompileOptions(warnings=True)), place),
        (Source.of(c, C, options=CompileOptions(flags=("-DX",))), place),
        (Source.of(c, C, options=CompileOptions(standard=c.standards[0].id)), place),
        (Source.of(c, C, options=CompileOptions(standard=c.standards[-1].id)), place),
        (Source.of(replace(c, compile=replace(c.compile, cpu_ms=29_999)), C), place),
        (Source.of(replace(c, compile=replace(c.compile, environment={"A": "b"})), C), place),
        (Source.of(replace(c, compile=replace(c.compile, steps=(*c.compile.steps, ("true",)))), C), place),
        (Source.of(replace(c, versions=(replace(c.version, id="c-0"),)), C), place),
        (Source.of(c, C), replace(place, image="another image")),
    ]
    assert place.rootfs == image("c")
    for _ in range(2):
        for source, where in submissions:
            compiled(source, where)
        assert counting.compilations == len(submissions)


def test_a_refusal_is_known_as_well(
    languages: Mapping[str, Language], cached: Cached, counting: Counting, directory: Path
) -> None:
    source = Source.of(languages["c"], b"int main(void) { return x; }\n")
    first, second = (compiled(source, cached("c")) for _ in range(2))
    assert (first.ok, first.exit_code, first.diagnostics[0].line) == (False, 1, 1)
    assert second == replace(first, cached=True)
    assert counting.compilations == 1
    (entry,) = entries(directory)
    assert [path.name for path in entry.iterdir()] == ["record"]


def test_what_a_limit_or_a_cancellation_stopped_is_compiled_again(
    languages: Mapping[str, Language], cached: Cached, counting: Counting, directory: Path
) -> None:
    c = languages["c"]
    assert c.compile is not None
    starved = replace(c, compile=replace(c.compile, memory_mib=100))
    endless = Source.of(starved, b'#include "/dev/zero"\nint main(void) {}\n')
    assert [compiled(endless, cached("c")).cached for _ in range(2)] == [False, False]
    with Cancellation() as cancellation:
        cancellation.cancel()
        program = Program.prepare(Source.of(c, C), cached("c"), cancellation=cancellation)
    assert program.compilation is not None
    assert program.compilation.cancelled
    assert entries(directory) == []
    assert counting.compilations == 3


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: (entry / "app/out/main").write_bytes(b"#!/bin/echo"),
        lambda entry: (entry / "app/out/main").chmod(0o777),
        lambda entry: (entry / "app/out/extra").write_bytes(b""),
        lambda entry: ((entry / "app/src/main.c").unlink(), (entry / "app/src/main.c").symlink_to("/etc/passwd")),
        lambda entry: os.truncate(entry / "record", 20),
        lambda entry: os.chown(entry / "app/out/main", 65534, -1),
    ],
    ids=["content", "mode", "extra file", "link", "record", "owner"],
)
def test_an_entry_that_was_touched_is_compiled_anew(
    languages: Mapping[str, Language],
    cached: Cached,
    counting: Counting,
    directory: Path,
    tamper: Callable[[Path], object],
) -> None:
    source = Source.of(languages["c"], C)
    compiled(source, cached("c"))
    (entry,) = entries(directory)
    tamper(entry)
    for expected, compilations in ((False, 2), (True, 2)):
        with Program.prepare(source, cached("c")) as program:
            assert output(program) == b"one\n"
            assert program.compilation is not None
            assert (program.compilation.cached, counting.compilations) == (expected, compilations)


def test_the_same_submission_at_once_ends_right_for_all(
    languages: Mapping[str, Language], cached: Cached, directory: Path
) -> None:
    source, place = Source.of(languages["c"], C), cached("c")

    def judge_it(_: int) -> bytes:
        with Program.prepare(source, place) as program:
            return output(program)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(judge_it, range(8))) == {b"one\n"}
    assert len(entries(directory)) == 1
    assert list((directory / "making").iterdir()) == []
    assert list(place.workspace.iterdir()) == []


def test_a_program_in_use_outlives_what_would_push_it_out(
    languages: Mapping[str, Language], cached: Cached, directory: Path
) -> None:
    small = replace(cached("c"), cache=CompileCache(directory, limit_bytes=150_000))
    other = Source.of(languages["c"], C.replace(b"one", b"two"))
    with Program.prepare(Source.of(languages["c"], C), small) as program:
        with Program.prepare(other, small) as crowded:
            assert output(crowded) == b"two\n"
            assert len(list(small.workspace.iterdir())) == 1  # no room: it lives where it lives without a cache
        assert output(program) == b"one\n"
    with Program.prepare(other, small) as program:
        assert output(program) == b"two\n"
    assert compiled(other, small).cached
    assert not compiled(Source.of(languages["c"], C), small).cached


def test_a_disk_that_refuses_costs_the_place_in_the_cache_and_nothing_else(
    languages: Mapping[str, Language], cached: Cached, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = CompileCache.keep

    def keep_on_full_disk(cache: CompileCache, *compilation: Any) -> CachedArtefact | None:
        """As on a disk that takes files of 1 KB at most, which is less than the program has."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
        try:
            return keep(cache, *compilation)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    monkeypatch.setattr(CompileCache, "keep", keep_on_full_disk)
    place = cached("c")
    for _ in range(2):
        with Program.prepare(Source.of(languages["c"], C), place) as program:
            assert output(program) == b"one\n"
            assert program.compilation is not None
            assert not program.compilation.cached
    assert entries(directory) == []
    assert list((directory / "making").iterdir()) == []
    assert list(place.workspace.iterdir()) == []


def test_without_a_cache_nothing_is_kept(languages: Mapping[str, Language], cached: Cached, counting: Counting) -> None:
    place = replace(cached("c"), cache=None)
    assert [compiled(Source.of(languages["c"], C), place).cached for _ in range(2)] == [False, False]
    assert counting.compilations == 2


def test_a_cache_needs_to_know_the_image(cached: Cached) -> None:
    with pytest.raises(ValueError, match="which image"):
        replace(cached("c"), image="")


def test_a_program_gives_its_locks_and_descriptors_back(languages: Mapping[str, Language], cached: Cached) -> None:
    place = cached("c")
    sources = [Source.of(languages["c"], C), Source.of(languages["c"], b"int main(void) { return x; }\n")]
    for source in sources:
        compiled(source, place)
    before = sorted(os.listdir("/proc/self/fd"))
    for source in sources * 2:
        assert compiled(source, place).cached
    assert sorted(os.listdir("/proc/self/fd")) == before
