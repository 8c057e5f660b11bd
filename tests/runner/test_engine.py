"""An engine from opening to closing, on this host."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from judge import Data, Exact, Problem, ProblemLimits, Source, TestCase, Verdict
from languages import Language
from runner import Engine, RequestError, RunRequest, Settings, SettingsError
from sandboxes import Cancellation, ImageError, IsolationError
from tests.unprivileged import GID, UID, unprivileged


@pytest.fixture
def problem() -> Problem:
    cases = tuple(
        TestCase(str(number), Data(f"{number}\n".encode()), Data(f"{2 * number}\n".encode())) for number in range(6)
    )
    return Problem(cases, Exact(), ProblemLimits(cpu_ms=60_000, memory_mib=64))


@pytest.fixture
def double(languages: Mapping[str, Language], image: Callable[[str], Path]) -> Source:
    image("python")
    return Source.of(languages["python"], b"print(2 * int(input()))\n")


def test_cases_are_judged_in_their_order(engine: Engine, double: Source, problem: Problem) -> None:
    told: list[int] = []
    result = engine.judge(double, problem, on_case=lambda case: told.append(case.index))
    assert result.verdict is Verdict.ACCEPTED
    assert [case.index for case in result.cases] == sorted(told) == list(range(6))
    assert result.cpu_ms is not None
    assert all(case.isolation and not case.isolation.missing for case in result.cases)


def test_submissions_judged_at_once_do_not_meet(
    engine: Engine, languages: Mapping[str, Language], double: Source, problem: Problem
) -> None:
    wrong = Source.of(languages["python"], b"print(1 + 2 * int(input()))\n")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda source: engine.judge(source, problem), [double, wrong] * 3))
    assert [result.verdict for result in results] == [Verdict.ACCEPTED, Verdict.WRONG_ANSWER] * 3


def test_cancelling_ends_what_is_being_judged(
    engine: Engine, languages: Mapping[str, Language], double: Source, problem: Problem
) -> None:
    assert double.language.id == "python"
    sleeper = Source.of(languages["python"], b"import time\ntime.sleep(60)\n")
    with Cancellation() as cancellation:
        timer = threading.Timer(0.5, cancellation.cancel)
        timer.start()
        result = engine.judge(sleeper, problem, cancellation=cancellation)
        timer.join()
    assert result.verdict is Verdict.CANCELLED


def test_an_engine_leaves_nothing_behind(settings: Settings, fresh_home: Path, double: Source, engine: Engine) -> None:
    assert engine.slots == settings.slots
    own = settings.model_copy(update={"home": fresh_home, "slots": 1})
    with Engine.open(own):  # what the first opening makes for good (the built init) is no trace
        pass
    before = len(os.listdir("/proc/self/fd")), Path("/proc/self/mountinfo").read_text()
    with Engine.open(own) as opened:
        assert opened.slots == 1
        assert len(list((fresh_home / "work").iterdir())) == 1
        assert opened.run(RunRequest(double, stdin=b"21\n")).verdict is Verdict.ACCEPTED
    assert (len(os.listdir("/proc/self/fd")), Path("/proc/self/mountinfo").read_text()) == before
    assert list((fresh_home / "work").iterdir()) == []


def test_engines_of_a_home_share_what_was_compiled(
    settings: Settings, fresh_home: Path, double: Source, problem: Problem, engine: Engine
) -> None:
    assert engine.settings == settings
    own = settings.model_copy(update={"home": fresh_home, "slots": 1, "compile_cache_mb": 64})

    def cached(engine: Engine, *, cache: bool = True) -> bool:
        result = engine.run(RunRequest(double, stdin=b"21\n", cache=cache))
        assert result.outcome is not None
        assert result.outcome.stdout == b"42\n"
        assert result.compilation is not None
        return result.compilation.cached

    with Engine.open(own) as first, Engine.open(own) as second:
        assert not cached(first)
        assert cached(first)
        assert cached(second)
        assert not cached(second, cache=False)
        judged = second.judge(double, problem)
        assert judged.compilation is not None
        assert (judged.verdict, judged.compilation.cached) == (Verdict.ACCEPTED, True)
    with Engine.open(own.model_copy(update={"compile_cache_mb": 0})) as third:
        assert not cached(third)


def test_what_proves_an_image_or_its_walls_is_always_compiled(
    settings: Settings, fresh_home: Path, double: Source, engine: Engine
) -> None:
    assert engine.settings == settings
    with Engine.open(settings.model_copy(update={"home": fresh_home, "compile_cache_mb": 64})) as own:
        own.verify_images([double.language])
        own.fly_canaries([double.language])
    assert list((fresh_home / "cache/programs/entries").iterdir()) == []


def test_a_missing_image_is_our_failure_and_says_what_to_do(
    engine: Engine, settings: Settings, fresh_home: Path, languages: Mapping[str, Language], problem: Problem
) -> None:
    (fresh_home / "images").unlink()
    source = Source.of(languages["go"], b"package main\nfunc main() {}\n")
    assert engine.settings == settings
    with Engine.open(settings.model_copy(update={"home": fresh_home, "slots": 1})) as bare:
        with pytest.raises(ImageError, match="syncode images build go"):
            bare.run(RunRequest(source))
        with pytest.raises(ImageError, match="syncode images build go"):
            bare.judge(source, problem)


def test_a_home_that_jails_cannot_reach_is_said(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    assert engine.settings == settings
    tmp_path.chmod(0o700)
    with pytest.raises(IsolationError, match=rf"cannot search .*{tmp_path.name}"):
        Engine.open(settings.model_copy(update={"home": tmp_path, "slots": 1}))


def test_a_home_that_cannot_be_is_a_wrong_setting(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="SYNCODE_HOME"):
        Engine.open(settings.model_copy(update={"home": tmp_path / "file"}))


def test_an_example_named_twice_is_refused(engine: Engine, examples: Path) -> None:
    package = engine.read_package(next(path.parent for path in sorted(examples.glob("*/problem.yaml"))))
    with pytest.raises(RequestError, match="more than once"):
        engine.verify([package, package], on_event=lambda *_: None)


def test_without_root_and_with_degraded_isolation_every_kind_of_program_runs(
    engine: Engine,
    settings: Settings,
    fresh_home: Path,
    languages: Mapping[str, Language],
    image: Callable[[str], Path],
) -> None:
    assert engine.settings == settings
    os.chown(fresh_home, UID, GID)
    own = settings.model_copy(update={"home": fresh_home, "slots": 1, "allow_degraded_isolation": True})
    programs = {
        "c": b'#include <stdio.h>\nint main(void) { puts("hello"); }\n',
        "go": b'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }\n',
        "java": b'public class Main { public static void main(String[] a) { System.out.println("hello"); } }\n',
        "javascript": b'console.log("hello")\n',
        "python": b'print("hello")\n',
    }
    for name in programs:
        image(name)
    requests = [RunRequest(Source.of(languages[name], code)) for name, code in programs.items()]

    def act() -> list[tuple[Verdict, bytes, tuple[str, ...]]]:
        with Engine.open(own) as opened:
            results = [opened.run(request) for request in requests]
        assert list((fresh_home / "work").iterdir()) == []
        return [(each.verdict, each.outcome.stdout, each.outcome.isolation.missing) for each in results if each.outcome]

    missing = ("user id of its own", "memory limit", "process limit", "CPU accounting", "CPU share")
    assert unprivileged(act) == [(Verdict.ACCEPTED, b"hello\n", missing)] * len(programs)
