"""What compiles faster compiles to the same: every word of the tools is the plain command's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from judge import Diagnostic, Place, Program, Source
from languages import CompileOptions, Language, Optimization
from sandboxes.nsjail import NsjailSandbox

HERE: Final = Path(__file__).parent / "acceleration"
CORPUS: Final = Path(__file__).parents[1] / "corpus"
# What stands in front, in place of our own program, when the command is plain.
PLAIN: Final[Mapping[str, tuple[str, ...]]] = {"c": (), "cpp": (), "go": ("go",)}
NAMES: Final = {".c": "c", ".cpp": "cpp", ".go": "go"}
PROGRAMS: Final = tuple(
    path
    for place in (HERE, CORPUS / "accepted", CORPUS / "compile_error", CORPUS / "runtime_error")
    for path in sorted(place.iterdir())
    if path.suffix in NAMES
)
# Names that are made up anew every time.
TEMPORARY: Final = re.compile(rb"/tmp/\w+\.[os]|0x[0-9a-f]+")


def plain(language: Language) -> Language:
    """The language as it would be without our own program in front of its compiler."""
    assert language.compile is not None
    (step,) = language.compile.steps
    steps = (("mkdir", "-p", "out"), (*PLAIN[language.id], *step[1:]))
    return replace(language, compile=replace(language.compile, steps=steps))


@pytest.fixture
def workspace() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


Compare = Callable[[str, Mapping[str, bytes], CompileOptions], bool]


@pytest.fixture
def compare(
    sandbox: NsjailSandbox, image: Callable[[str], Path], languages: Mapping[str, Language], workspace: Path
) -> Compare:
    """Compiles files, the first the main one, both ways, demands equal answers, and says whether they compile."""

    def compare(name: str, files: Mapping[str, bytes], options: CompileOptions) -> bool:
        place = Place(sandbox, image(name), workspace)

        def answer(language: Language) -> tuple[bool, int | None, bytes, tuple[Diagnostic, ...]]:
            with Program.prepare(Source(language, files, next(iter(files)), options), place) as program:
                found = program.compilation
                assert found is not None
                said = TEMPORARY.sub(b"", found.stdout + found.stderr)
                return found.ok, found.exit_code, said, found.diagnostics

        with ThreadPoolExecutor(2) as pool:
            ours, theirs = pool.map(answer, (languages[name], plain(languages[name])))
        assert ours == theirs
        return ours[0]

    return compare


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_compiler_says_the_same(compare: Compare, path: Path) -> None:
    compiles = compare(NAMES[path.suffix], {path.name: path.read_bytes()}, CompileOptions(warnings=True))
    assert compiles or path.parent == HERE or path.parent.name == "compile_error"


@pytest.mark.parametrize(
    ("standard", "optimization"),
    [
        ("gnu++17", Optimization.RELEASE),
        ("gnu++20", Optimization.NONE),
        ("gnu++20", Optimization.DEBUG),
        ("gnu++23", Optimization.NONE),
        ("c++20", Optimization.RELEASE),
    ],
)
@pytest.mark.parametrize("name", ["warnings.cpp", "templates.cpp", "missing_headers.cpp", "typical.cpp"])
def test_with_other_options_too(compare: Compare, name: str, optimization: Optimization, standard: str) -> None:
    options = CompileOptions(optimization=optimization, standard=standard, warnings=True)
    compare("cpp", {name: (HERE / name).read_bytes()}, options)


@pytest.mark.parametrize("name", ["warnings.c", "missing_headers.c", "redeclared.c", "typical.c"])
@pytest.mark.parametrize(
    ("standard", "optimization"),
    [
        ("gnu11", Optimization.RELEASE),
        ("gnu17", Optimization.DEBUG),
        ("gnu23", Optimization.RELEASE),
        ("c17", Optimization.RELEASE),
    ],
)
def test_c_with_other_options_too(compare: Compare, name: str, optimization: Optimization, standard: str) -> None:
    options = CompileOptions(optimization=optimization, standard=standard, warnings=True)
    compare("c", {name: (HERE / name).read_bytes()}, options)


@pytest.mark.parametrize(
    "flags",
    [
        ("-O3",),
        ("-fsanitize=undefined", "-g"),
        ("-D_GNU_SOURCE",),
        ("-D_FORTIFY_SOURCE=2",),
        ("-DNULL=nothing", "-Dqsort=sort"),
        ("-ffast-math",),
        ("-Wsystem-headers", "-Winvalid-pch"),
        ("-Werror",),
    ],
)
def test_c_with_flags_of_the_submitter_too(compare: Compare, flags: tuple[str, ...]) -> None:
    for name in ("warnings.c", "macro_before.c", "typical.c"):
        compare("c", {name: (HERE / name).read_bytes()}, CompileOptions(flags=flags))


@pytest.mark.parametrize(
    "flags",
    [
        ("-O3",),
        ("-fsanitize=undefined", "-g"),
        ("-D_GLIBCXX_DEBUG",),
        ("-Dvector=list",),
        ("-fno-exceptions",),
        ("-mavx2", "-ffast-math"),
        ("-Wsystem-headers", "-Winvalid-pch"),
        ("-Werror",),
    ],
)
def test_with_flags_of_the_submitter_too(compare: Compare, flags: tuple[str, ...]) -> None:
    for name in ("warnings.cpp", "typical.cpp"):
        compare("cpp", {name: (HERE / name).read_bytes()}, CompileOptions(flags=flags))


def test_a_header_is_there_only_for_the_file_that_asks_for_it(compare: Compare) -> None:
    main = b"#include <iostream>\nint twice(int);\nint main() { std::cout << twice(2); }\n"
    bare = b"int twice(int n) { std::cout << n; return 2 * n; }\n"
    asks = b"#include <cstdio>\nint twice(int n) { return 2 * n; }\n"
    assert not compare("cpp", {"main.cpp": main, "twice.cpp": bare}, CompileOptions())
    assert compare("cpp", {"main.cpp": main, "twice.cpp": asks}, CompileOptions())
    main = b"#include <stdio.h>\n#include <math.h>\nint twice(int);\nint main(void) { return sqrt(twice(2)); }\n"
    bare = b"#include <stdio.h>\nint twice(int n) { return pow(2 * n, 1); }\n"
    assert not compare("c", {"main.c": main, "twice.c": bare}, CompileOptions(standard="gnu23", flags=("-Werror",)))
    assert compare("c", {"main.c": main, "twice.c": b"#include <math.h>\n" + bare}, CompileOptions(flags=("-Werror",)))


@pytest.mark.parametrize(
    "begin",
    [
        "// once \\\n#include <iostream>\n",
        "/* #include <iostream> */\n",
        "/* once */ #/**/include /**/ <iostream> // twice\n#include <vector>\n",
        "#include <iostream> \\\n\n",
        "\ufeff#include <iostream>\n",
        '#include "own.h"\n#include <iostream>\n',
        "#include <iostream>\r\n#include <vector>\r\n",
        "#if 0\n#include <iostream>\n#endif\n",
    ],
)
def test_what_a_file_begins_with(compare: Compare, begin: str) -> None:
    text = begin + 'int main() { std::cout << __COUNTER__ << __LINE__ << "\\n"; }\n'
    compare("cpp", {"main.cpp": text.encode(), "own.h": b"#define main start\n"}, CompileOptions(warnings=True))


@pytest.mark.parametrize(
    ("main", "compiles"),
    [
        ("package other\n", False),
        ('package main\n\nimport "internal/abi"\n\nfunc main() { _ = abi.FuncPCABI0 }\n', False),
        ('package main\n\nimport "unsafe"\n\nfunc main() { println(unsafe.Sizeof(1)) }\n', True),
        (
            'package main\n\nimport _ "embed"\n\n//go:embed main.go\nvar s string\n\nfunc main() { print(s) }\n',
            True,
        ),
        ("//go:build windows\n\npackage main\n\nfunc main() {}\n", True),
        ("// +build never\n\npackage main\n\nfunc main() {}\n", True),
        ("package main\n\nfunc f()\n\nfunc main() { f() }\n", False),
        ('package main\n\nimport "C"\n\nfunc main() {}\n', False),
        ("package main\n\nfunc mian() {}\n", False),
        ("package main\n\nfunc main() { var unused int }\n", False),
        ('package main\n\nimport "net/http"\n\nfunc main() { println(http.StatusOK) }\n', True),
    ],
)
@pytest.mark.parametrize("optimization", [Optimization.RELEASE, Optimization.DEBUG])
def test_what_go_is_asked_to_build(compare: Compare, main: str, compiles: bool, optimization: Optimization) -> None:
    assert compare("go", {"main.go": main.encode()}, CompileOptions(optimization=optimization)) == compiles


def test_a_module_of_several_files(compare: Compare) -> None:
    files = {"main.go": b"package main\n\nfunc main() { println(twice(2)) }\n"}
    files["twice.go"] = b"package main\n\nfunc twice(n int) int { return 2 * n }\n"
    assert compare("go", files, CompileOptions())
    assert compare("go", {**files, "go.mod": b"module twice\n\ngo 1.20\n"}, CompileOptions())
    assert not compare("go", {**files, "again.go": files["twice.go"]}, CompileOptions())
    assert not compare("go", {**files, "other.go": b"package other\n"}, CompileOptions())
