from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from judge import Source, Verdict
from languages import Language
from runner import Engine, RequestError, RunRequest
from sandboxes import Cancellation, Ending, LimitKind


@pytest.fixture
def request_of(languages: Mapping[str, Language]) -> Callable[..., RunRequest]:
    def make(code: str, **options: Any) -> RunRequest:
        return RunRequest(Source.of(languages["python"], code.encode()), **options)

    return make


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"wall_ms": 99}, "time limit must be between 100 and 300000 ms, is 99"),
        ({"wall_ms": 300_001}, "time limit must be between"),
        ({"cpu_ms": 0}, "CPU time limit must be between 100 and 60000 ms"),
        ({"memory_mib": 15}, "memory limit must be between 16 and 1024 MiB"),
        ({"stdin": b"x" * ((1 << 20) + 1)}, "1048577 bytes of input"),
        ({"args": ("x",) * 33}, "33 arguments"),
        ({"args": ("x", "ż" * 513)}, "argument 2 is longer than 1024 bytes"),
        ({"args": ("a\0b",)}, "argument 1 holds a NUL"),
        ({"args": ("\udcff",)}, "argument 1 is not UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_may_not_be_asked_is_refused_and_never_lowered(
    request_of: Callable[..., RunRequest], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence):
        request_of("pass", **options)


def test_the_widest_request_is_allowed(request_of: Callable[..., RunRequest]) -> None:
    widest = {"wall_ms": 300_000, "cpu_ms": 60_000, "memory_mib": 1024, "stdin": b"x" * (1 << 20)}
    assert request_of("pass", **widest, args=("x" * 1024,) * 32).cpu_ms == 60_000


class TestRuns:
    @pytest.fixture(autouse=True)
    def _image(self, image: Callable[[str], Path]) -> None:
        image("python")

    def test_a_run_is_complete(self, engine: Engine, request_of: Callable[..., RunRequest]) -> None:
        result = engine.run(request_of("print(input())", stdin=b"hello\n"))
        assert (result.verdict, result.message, result.attempts) == (Verdict.ACCEPTED, None, 1)
        assert result.outcome is not None
        assert (result.outcome.stdout, result.outcome.usage.stdout_bytes) == (b"hello\n", 6)
        assert result.started_at is not None
        assert result.created_at <= result.started_at <= result.completed_at

    def test_cpu_time_is_limited_by_the_time_limit_too(
        self, engine: Engine, request_of: Callable[..., RunRequest]
    ) -> None:
        result = engine.run(request_of("while True: pass", cpu_ms=150))
        assert (result.verdict, result.outcome and result.outcome.limit) == (
            Verdict.TIME_LIMIT_EXCEEDED,
            LimitKind.CPU_TIME,
        )

    def test_a_limit_of_memory_is_literal(self, engine: Engine, request_of: Callable[..., RunRequest]) -> None:
        result = engine.run(request_of("x = bytearray(80 << 20)", memory_mib=64))
        assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
        assert result.outcome is not None
        assert result.outcome.evidence is not None
        assert result.outcome.evidence.limit_value == 64 << 20

    def test_a_program_that_breaks_the_syntax_never_starts(
        self, engine: Engine, request_of: Callable[..., RunRequest]
    ) -> None:
        result = engine.run(request_of("print(\n"))
        assert (result.verdict, result.outcome) == (Verdict.COMPILE_ERROR, None)
        assert result.compilation is not None
        assert result.compilation.diagnostics[0].line == 1

    def test_a_cancelled_run_says_so(self, engine: Engine, request_of: Callable[..., RunRequest]) -> None:
        with Cancellation() as cancellation:
            timer = threading.Timer(0.5, cancellation.cancel)
            timer.start()
            result = engine.run(request_of("import time; time.sleep(60)"), cancellation=cancellation)
            timer.join()
        assert result.verdict is Verdict.CANCELLED
        assert result.outcome is None or result.outcome.ending is Ending.CANCELLED
