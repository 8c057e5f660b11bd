"""What a compiler's ending means for the program."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from judge import Source
from judge.compilation import compile_result
from languages import Language
from sandboxes import Ending, Evidence, LimitKind, Outcome

Make = Callable[..., Outcome]


@pytest.fixture
def source(cpp: Language) -> Source:
    return Source.of(cpp, b"int main() {}")


class TestCompileResult:
    def test_a_good_end_that_left_something_is_ok(self, source: Source, make_outcome: Make) -> None:
        result = compile_result(source, make_outcome(collected={"main": b"\x7fELF"}, stderr=b"a warning"))
        assert (result.ok, result.message, result.exit_code, result.stderr) == (True, None, 0, b"a warning")

    def test_a_refusal_carries_the_text_and_the_diagnostics(self, source: Source, make_outcome: Make) -> None:
        result = compile_result(source, make_outcome(exit_code=1, stderr=b"/box/main.cpp:1:5: error: what\n"))
        assert (result.ok, result.message) == (False, "Compiler ended with exit status 1")
        assert result.stderr == b"main.cpp:1:5: error: what\n"
        (found,) = result.diagnostics
        assert (found.file, found.line, found.column, found.message) == ("main.cpp", 1, 5, "what")

    @pytest.mark.parametrize(
        ("ending", "kind", "message", "timed_out"),
        [
            (Ending.CPU_LIMIT, LimitKind.CPU_TIME, "CPU time limit of 7 ms exceeded by the compiler", True),
            (Ending.WALL_LIMIT, LimitKind.WALL_TIME, "Wall time limit of 7 ms exceeded by the compiler", True),
            (Ending.MEMORY_LIMIT, LimitKind.MEMORY, "Memory limit of 7 ms exceeded by the compiler", False),
            (Ending.OUTPUT_LIMIT, LimitKind.OUTPUT, "Output limit of 7 ms exceeded by the compiler", False),
        ],
    )
    def test_a_limit_is_named_and_the_exit_code_is_not_the_compilers(
        self, source: Source, make_outcome: Make, ending: Ending, kind: LimitKind, message: str, *, timed_out: bool
    ) -> None:
        evidence = Evidence(kind, 7, 8, "ms", "fact")
        result = compile_result(
            source, make_outcome(ending=ending, exit_code=137, signal=9, limit=kind, evidence=evidence)
        )
        assert (result.ok, result.message, result.exit_code) == (False, message, None)
        assert (result.limit, result.evidence, result.timed_out) == (kind, evidence, timed_out)

    def test_a_signal_is_named(self, source: Source, make_outcome: Make) -> None:
        result = compile_result(source, make_outcome(ending=Ending.SIGNALLED, exit_code=139, signal=11))
        assert (result.ok, result.message, result.exit_code) == (False, "Compiler was killed by SIGSEGV", 139)

    def test_a_file_that_cannot_be_taken_out_is_an_error(self, source: Source, make_outcome: Make) -> None:
        outcome = make_outcome(collected={"main": b"\x7fELF"}, refused=("big: is larger than what may be taken out",))
        result = compile_result(source, outcome)
        assert not result.ok
        assert "big: is larger" in str(result.message)

    def test_nothing_to_run_is_an_error(self, source: Source, python: Language, make_outcome: Make) -> None:
        assert compile_result(source, make_outcome()).message == "Compiler left nothing to run"
        assert compile_result(Source.of(python, b"1"), make_outcome()).ok

    def test_cancelled_is_no_word_on_the_program(self, source: Source, make_outcome: Make) -> None:
        result = compile_result(source, make_outcome(ending=Ending.CANCELLED, exit_code=137, signal=9))
        assert (result.ok, result.cancelled) == (False, True)

    def test_cut_text_says_so(self, source: Source, make_outcome: Make) -> None:
        result = compile_result(source, make_outcome(exit_code=1, stderr=b"x", stderr_bytes=2))
        assert result.output_truncated
