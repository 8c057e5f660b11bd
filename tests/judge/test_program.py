"""Programs compiled and run for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from judge import Place, Program, Severity, Source, run_limits
from languages import CompileOptions, Language
from sandboxes import MIB, Cancellation, Ending, LimitKind

Places = Callable[[str], Place]


def with_limits(language: Language, *, cpu_ms: int = 30_000, memory_mib: int = 1024) -> Language:
    """The language with other limits for its compiler."""
    assert language.compile is not None
    return replace(language, compile=replace(language.compile, cpu_ms=cpu_ms, memory_mib=memory_mib))


class TestPrepare:
    def test_a_program_is_compiled_once_and_run_often(self, cpp: Language, place: Places, workspace: Path) -> None:
        code = b'#include <cstdio>\nint main() { int n; scanf("%d", &n); printf("%d\\n", n * n); }\n'
        limits = run_limits(cpp, cpu_ms=2000, wall_ms=5000, memory_mib=64, output_bytes=MIB)
        with Program.prepare(Source.of(cpp, code), place("cpp")) as program:
            assert program.ready
            compilation = program.compilation
            assert compilation is not None
            assert (compilation.ok, compilation.message, compilation.exit_code) == (True, None, 0)
            assert [program.run(limits, stdin=b"%d" % n).stdout for n in (3, 5)] == [b"9\n", b"25\n"]
        assert list(workspace.iterdir()) == []
        with pytest.raises(ValueError, match="closed"):
            program.run(limits)

    def test_the_program_finds_its_files_and_arguments(self, python: Language, place: Places) -> None:
        code = b"import sys, lib.x\nprint(lib.x.WORD, open('data.txt').read(), *sys.argv[1:])\n"
        source = Source.of(python, code, files={"lib/x.py": b"WORD = 'one'\n", "data.txt": b"two"})
        limits = run_limits(python, cpu_ms=2000, wall_ms=5000, memory_mib=64, output_bytes=MIB)
        with Program.prepare(source, place("python")) as program:
            assert program.run(limits, args=("three", "fo ur", "$HOME")).stdout == b"one two three fo ur $HOME\n"

    def test_neither_sources_nor_outputs_can_be_changed_by_a_run(self, python: Language, place: Places) -> None:
        code = b"""
import os
for path in ("main.py", "/app/src/main.py", "/app/out/new", "/app/new"):
    try:
        open(path, "w")
        print("wrote", path)
    except OSError as error:
        print(type(error).__name__)
"""
        limits = run_limits(python, cpu_ms=2000, wall_ms=5000, memory_mib=64, output_bytes=MIB)
        with Program.prepare(Source.of(python, code), place("python")) as program:
            for _ in range(2):
                assert b"wrote" not in program.run(limits).stdout

    def test_a_refused_program_says_where_and_why(self, cpp: Language, place: Places) -> None:
        source = Source.of(cpp, b'#include "lib/x.h"\nint main() { return x; }\n', files={"lib/x.h": b"int x = y;\n"})
        with Program.prepare(source, place("cpp")) as program:
            assert not program.ready
            compilation = program.compilation
        assert compilation is not None
        assert compilation.message == "Compiler ended with exit status 1"
        assert b"/box" not in compilation.stderr
        errors = [found for found in compilation.diagnostics if found.severity is Severity.ERROR]
        assert (errors[0].file, errors[0].line, errors[0].column) == ("lib/x.h", 1, 9)
        assert "was not declared" in errors[0].message

    @pytest.mark.parametrize("name", ["python", "javascript", "typescript", "java", "cpp", "c", "go", "rust"])
    @pytest.mark.parametrize("code", [b"\x7fELF\x02\x01\0\0\xff\xfe", b"\xff\xfe\x00d", b"\0"])
    def test_rubbish_is_a_compile_error_in_every_language(
        self, languages: Mapping[str, Language], place: Places, name: str, code: bytes
    ) -> None:
        with Program.prepare(Source.of(languages[name], code), place(name)) as program:
            assert not program.ready
            assert program.compilation is not None
            assert program.compilation.message
            assert program.compilation.stderr or program.compilation.stdout

    def test_a_compilation_that_never_ends_is_stopped(self, cpp: Language, place: Places) -> None:
        code = (
            b"constexpr int f() { int s = 0; for (long i = 0; i >= 0; i++) s ^= i; return s; }\nstatic_assert(f());\n"
        )
        flags = ("-fconstexpr-loop-limit=2000000000", "-fconstexpr-ops-limit=2000000000")
        language = with_limits(cpp, cpu_ms=1000)
        with Program.prepare(Source.of(language, code, options=CompileOptions(flags=flags)), place("cpp")) as program:
            compilation = program.compilation
        assert compilation is not None
        assert (compilation.ok, compilation.timed_out, compilation.limit) == (False, True, LimitKind.CPU_TIME)
        assert compilation.message == "CPU time limit of 1000 ms exceeded by the compiler"
        assert compilation.evidence is not None
        assert compilation.exit_code is None

    def test_a_compilation_that_eats_memory_is_stopped(self, cpp: Language, place: Places) -> None:
        language = with_limits(cpp, memory_mib=100)
        source = Source.of(language, b'#include "/dev/zero"\nint main() {}\n')
        with Program.prepare(source, place("cpp")) as program:
            compilation = program.compilation
        assert compilation is not None
        assert (compilation.ok, compilation.limit) == (False, LimitKind.MEMORY)
        assert compilation.message == "Memory limit of 100 MiB exceeded by the compiler"

    def test_endless_messages_are_cut(self, cpp: Language, place: Places) -> None:
        code = b"#include __FILE__\nint main() { " + b"undeclared_name_%d; " * 2000 + b"}\n"
        with Program.prepare(Source.of(cpp, code), place("cpp")) as program:
            compilation = program.compilation
        assert compilation is not None
        assert not compilation.ok
        assert compilation.output_truncated
        assert len(compilation.stderr) <= 64 * 1024

    def test_a_cancelled_compilation_is_no_word_on_the_program(self, cpp: Language, place: Places) -> None:
        with Cancellation() as cancellation:
            cancellation.cancel()
            program = Program.prepare(Source.of(cpp, b"int main() {}"), place("cpp"), cancellation=cancellation)
        assert not program.ready
        assert program.compilation is not None
        assert program.compilation.cancelled


class TestRun:
    def test_the_memory_that_a_program_is_told_is_without_the_allowance(
        self, languages: Mapping[str, Language], place: Places
    ) -> None:
        java = languages["java"]
        code = b"void main() { System.out.println(Runtime.getRuntime().maxMemory()); }"
        limits = run_limits(java, cpu_ms=10_000, wall_ms=20_000, memory_mib=128, output_bytes=MIB)
        with Program.prepare(Source.of(java, code), place("java")) as program:
            told = int(program.run(limits).stdout)
        assert told <= 128 * MIB < limits.limits.memory_bytes

    def test_a_run_can_be_cancelled(self, python: Language, place: Places) -> None:
        limits = run_limits(python, cpu_ms=20_000, wall_ms=60_000, memory_mib=64, output_bytes=MIB)
        source = Source.of(python, b"import time\ntime.sleep(60)\n")
        with Program.prepare(source, place("python")) as program, Cancellation() as cancellation:
            cancellation.cancel()
            assert program.run(limits, cancellation=cancellation).ending is Ending.CANCELLED
