"""Sources that use up their compiler, and code that wants to run while it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from judge import Verdict
from languages import CompileOptions
from sandboxes import LimitKind
from tests.abuse.harness import Abuse, Abuser

ACCEPTED: Final = (Verdict.ACCEPTED,)
REFUSED: Final = (Verdict.COMPILE_ERROR,)


def refused(program: str, *, flags: tuple[str, ...] = (), files: Mapping[str, str] | None = None) -> Abuse:
    """The compiler itself gives up."""
    return Abuse(program, REFUSED, options=CompileOptions(flags=flags), files=files or {})


# The next two allow less than compilers have in earnest, of one thing each, so that a bomb goes off soon and always in
# the same way.
def too_long(program: str, *, flags: tuple[str, ...] = (), cpu_ms: int = 1000) -> Abuse:
    options = CompileOptions(flags=flags)
    return Abuse(program, REFUSED, (LimitKind.CPU_TIME,), options=options, compiling={"cpu_ms": cpu_ms})


def too_large(program: str) -> Abuse:
    return Abuse(program, REFUSED, (LimitKind.MEMORY,), compiling={"memory_mib": 192})


def too_loud(program: str) -> Abuse:
    return Abuse(program, REFUSED, (LimitKind.OUTPUT,))


def harmless(program: str, files: Mapping[str, str] | None = None) -> Abuse:
    """It is compiled, and the program finds nothing that something of its own has left meanwhile."""
    return Abuse(program, ACCEPTED, files=files or {})


DEEP: Final = "-ftemplate-depth=50000"
LONG: Final = ("-fconstexpr-loop-limit=2000000000", "-fconstexpr-ops-limit=9999999999")

BOMBS: Final = (
    too_large("22-zero.c"),
    too_large("22-random.cpp"),
    refused("22-incbin.c"),
    Abuse("22-pipe.c", REFUSED, (LimitKind.WALL_TIME,), compiling={"wall_ms": 1500}),
    too_large("22-endless.rs"),
    too_large("22-random.rs"),
    too_large("22-macros.c"),
    too_large("22-macros.rs"),
    too_long("23-templates.cpp", flags=(DEEP,)),
    refused("23-endless.cpp", flags=("-ftemplate-depth=500",)),
    too_long("23-includes.c"),
    too_long("23-errors.rs"),
    too_long("23-types.rs"),
    too_large("23-types.ts"),
    too_long("24-loop.cpp", flags=LONG),
    too_long("24-loop.rs"),
    refused("25-array.c"),
    refused("25-align.c"),
    too_large("25-array.rs"),
    too_large("25-array.go"),
    refused("25-constant.go"),
    too_long("26-finally.java", cpu_ms=1500),
    refused("26-nesting.py"),
    refused("26-unary.py"),
    refused("26-nesting.rs"),
    too_long("26-nesting.java", cpu_ms=1500),
)

HARMLESS: Final = (
    harmless("22-stdin.c"),
    harmless("26-nesting.c"),
    harmless("26-nesting.go"),
    harmless("26-nesting.js"),
    harmless("26-power.py"),
    harmless(
        "27-processor.java",
        {"META-INF/services/javax.annotation.processing.Processor": "27-processor.txt"},
    ),
    harmless("27-build.rs", {"build.rs": "27-build_script.txt", "Cargo.toml": "27-manifest.txt"}),
    refused("27-macro.rs"),
    harmless("27-generate.go", {".config/go/env": "27-go_environment.txt", "tool.sh": "27-tool.txt"}),
    refused("27-cgo.go"),
    harmless("27-settings.ts", {"tsconfig.json": "27-tsconfig.txt", "plugin.js": "27-plugin.txt"}),
    harmless(
        "27-shadow.py",
        dict.fromkeys(("sys.py", "sitecustomize.py", "usercustomize.py", "encodings.py"), "27-shadow.txt"),
    ),
    harmless("27-options.c", dict.fromkeys((".cas", ".ccc1", ".ccollect2"), "27-tool.txt") | {"-B.c": "27-empty.txt"}),
)


@pytest.mark.parametrize("program", BOMBS, ids=lambda program: program.title)
def test_a_bomb_is_a_compile_error(abuse: Abuser, program: Abuse) -> None:
    compilation = abuse(program).result.compilation
    assert compilation is not None
    assert compilation.message
    assert len(compilation.stdout) + len(compilation.stderr) <= 2 * 64 * 1024


@pytest.mark.parametrize("program", HARMLESS, ids=lambda program: program.title)
def test_nothing_of_the_submission_runs_while_it_is_compiled(abuse: Abuser, program: Abuse) -> None:
    abuse(program)


def test_the_assembler_is_stopped_at_the_largest_file(abuse: Abuser) -> None:
    compilation = abuse(refused("25-fill.c")).result.compilation
    assert compilation is not None
    assert b"File size limit exceeded" in compilation.stderr


def test_errors_are_cut_and_still_understood(abuse: Abuser) -> None:
    compilation = abuse(too_loud("23-errors.c")).result.compilation
    assert compilation is not None
    assert compilation.output_truncated
    assert compilation.diagnostics[0].line == 5
