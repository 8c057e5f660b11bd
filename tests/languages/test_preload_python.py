"""Python through its preloads: whatever a program can see or say, it ends as it does when started plainly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from languages import (
    CompileOptions,
    compile_preload,
    compile_steps,
    load_languages,
    run_argv,
    run_environment,
    run_preload,
)
from tests.languages.stage import Ending, Stage, masked, read_programs

PYTHON: Final = load_languages()["python"]
MEMORY_MIB: Final = 256
ENVIRONMENT: Final = run_environment(PYTHON, entrypoint="main.py", memory_mib=MEMORY_MIB)

PROGRAMS: Final = read_programs("python")
BESIDE: Final = {
    "helper.py": b"value = 1\n",
    "package/__init__.py": b"",
    "package/inner.py": b"from . import __name__\n",
    "broken.py": b"def f():\n    raise OSError(2, 'x')\n\nf()\n",
    "data.txt": b"words\n",
}
STDIN: Final = "first żółw\nsecond\n".encode()


def ran(
    stage: Stage, source: bytes, *, warm: bool, name: str = "main.py", args: Sequence[str] = ("a", "", "ż ó", "-x")
) -> Ending:
    argv = run_argv(PYTHON, entrypoint=name, args=args, memory_mib=MEMORY_MIB)
    preload = run_preload(PYTHON, memory_mib=MEMORY_MIB) if warm else None
    ending, _ = stage.run(argv, {**BESIDE, name: source}, preload=preload, environment=ENVIRONMENT, stdin=STDIN)
    return masked(ending)


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_ends_as_it_does_plainly(stage: Callable[[str], Stage], title: str) -> None:
    source = PROGRAMS[title].encode()
    assert ran(stage("python"), source, warm=True) == ran(stage("python"), source, warm=False)


@pytest.mark.parametrize("title", ["sight", "uncaught", "multiprocessing", "import-itself", "syntax-error"])
def test_a_main_file_of_another_name(stage: Callable[[str], Stage], title: str) -> None:
    source = PROGRAMS[title].replace("import main", "import near as main").encode()
    plain = ran(stage("python"), source, warm=False, name="near.py")
    assert ran(stage("python"), source, warm=True, name="near.py") == plain


def test_a_main_file_that_is_not_there(stage: Callable[[str], Stage]) -> None:
    argv = run_argv(PYTHON, entrypoint="main.py", args=(), memory_mib=MEMORY_MIB)
    preload = run_preload(PYTHON, memory_mib=MEMORY_MIB)
    plain, _ = stage("python").run(argv, {}, environment=ENVIRONMENT)
    warm, _ = stage("python").run(argv, {}, preload=preload, environment=ENVIRONMENT)
    assert warm == plain
    assert plain.status == 2


def test_a_preload_that_is_told_at_once(stage: Callable[[str], Stage]) -> None:
    argv = run_argv(PYTHON, entrypoint="main.py", args=("a",), memory_mib=MEMORY_MIB)
    files = {"main.py": b"import sys\nprint(sys.argv)\n"}
    preload = run_preload(PYTHON, memory_mib=MEMORY_MIB)
    ending, _ = stage("python").run(argv, files, preload=preload, environment=ENVIRONMENT, patient=False)
    assert ending == Ending(0, b"['main.py', 'a']\n", b"")


@pytest.mark.parametrize("compiling", [False, True])
def test_a_preload_that_is_not_needed(stage: Callable[[str], Stage], *, compiling: bool) -> None:
    preload = compile_preload(PYTHON) if compiling else run_preload(PYTHON, memory_mib=MEMORY_MIB)
    ending, _ = stage("python").run((), {}, preload=preload, environment=ENVIRONMENT)
    assert ending == Ending(1, b"", b"")


@pytest.mark.parametrize("warnings", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        b"print(1)\n",
        b"print(1",
        b"x = '\\d'\n",
        b"\x00",
        b"\xff",
        b"if 1:\n\tx = (\n\ty = 1\n",
        b"return 1",
        b"# coding: no\n",
    ],
)
def test_a_check_ends_as_it_does_plainly(stage: Callable[[str], Stage], source: bytes, *, warnings: bool) -> None:
    files = {"main.py": source, "-x.py": source, "lib/u.py": b"y = '\\w'\n"}
    (argv,) = compile_steps(PYTHON, entrypoint="main.py", paths=tuple(files), options=CompileOptions(warnings=warnings))
    plain, _ = stage("python").run(argv, files, compiling=True)
    warm, _ = stage("python").run(argv, files, preload=compile_preload(PYTHON), compiling=True)
    assert warm == plain
