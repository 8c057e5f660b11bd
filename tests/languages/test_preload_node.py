"""JavaScript and TypeScript through their preloads: a program ends as it does when it is started plainly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from languages import (
    CompileOptions,
    compile_environment,
    compile_preload,
    compile_steps,
    load_languages,
    run_argv,
    run_environment,
    run_preload,
)
from tests.languages.stage import Ending, Stage, masked, read_programs

LANGUAGES: Final = load_languages()
TYPESCRIPT: Final = LANGUAGES["typescript"]
MEMORY_MIB: Final = 256
STDIN: Final = "first żółw\nsecond\n".encode()
PROGRAMS: Final = read_programs("javascript")
TYPED: Final = read_programs("typescript")
BESIDE: Final = {
    "helper.js": b"exports.value = 1; exports.main = require.main.filename;\n",
    "other.mjs": b"export default 2; export const url = import.meta.url;\n",
    "broken.js": b"function f() {\n  throw new RangeError('x');\n}\n\nf();\n",
    "data.json": b'{"a": [1]}\n',
    "typed.ts": b"export enum Kind { A = 'a' }\nexport const twice = (x: number): number => 2 * x;\n",
    "wrong.ts": b"export const word: string = 3;\n",
    "strict.ts": b"export function f(x) { return x; }\n",
    "out/inside.ts": b"export const inside: string = 'x';\n",
}


def ran(
    stage: Stage,
    language: str,
    source: bytes,
    *,
    warm: bool,
    name: str,
    args: Sequence[str] = ("a", "", "ż ó", "-x"),
    patient: bool = True,
) -> Ending:
    """What becomes of a program; of TypeScript, the bundle is the source."""
    chosen = LANGUAGES[language]
    files = {**BESIDE, f"out/{name}.mjs" if language == "typescript" else name: source}
    ending, _ = stage.run(
        run_argv(chosen, entrypoint=name, args=args, memory_mib=MEMORY_MIB),
        files,
        preload=run_preload(chosen, memory_mib=MEMORY_MIB) if warm else None,
        environment=run_environment(chosen, entrypoint=name, memory_mib=MEMORY_MIB),
        stdin=STDIN,
        patient=patient,
    )
    return masked(ending)


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_ends_as_it_does_plainly(stage: Callable[[str], Stage], title: str) -> None:
    source = PROGRAMS[title].encode()
    plain = ran(stage("javascript"), "javascript", source, warm=False, name="main.js")
    assert ran(stage("javascript"), "javascript", source, warm=True, name="main.js") == plain


@pytest.mark.parametrize("name", ["near.js", "main.mjs", "main.cjs"])
@pytest.mark.parametrize(
    "title", ["sight", "uncaught", "mixed", "monkey", "worker", "fork", "missing-require", "rejected"]
)
def test_a_main_file_of_another_name(stage: Callable[[str], Stage], title: str, name: str) -> None:
    source = PROGRAMS[title].encode()
    plain = ran(stage("javascript"), "javascript", source, warm=False, name=name)
    assert ran(stage("javascript"), "javascript", source, warm=True, name=name) == plain


@pytest.mark.parametrize("name", ["main.ts", "near.mts"])
@pytest.mark.parametrize(
    "title",
    ["mixed", "uncaught", "rejected-at-top", "lines-by-iteration", "never-settled", "eval-worker", "exit-in-handler"],
)
def test_a_bundle(stage: Callable[[str], Stage], title: str, name: str) -> None:
    source = PROGRAMS[title].encode()
    plain = ran(stage("typescript"), "typescript", source, warm=False, name=name)
    assert ran(stage("typescript"), "typescript", source, warm=True, name=name) == plain


def test_a_preload_that_is_told_at_once(stage: Callable[[str], Stage]) -> None:
    source = b"console.log(process.argv.slice(2), performance.now() < 5000);"
    ending = ran(stage("javascript"), "javascript", source, warm=True, name="main.js", args=("a",), patient=False)
    assert ending == Ending(0, b"[ 'a' ] true\n", b"")


@pytest.mark.parametrize("language", ["javascript", "typescript"])
def test_a_preload_that_is_not_needed(stage: Callable[[str], Stage], language: str) -> None:
    ending, _ = stage(language).run((), {}, preload=run_preload(LANGUAGES[language], memory_mib=MEMORY_MIB))
    assert ending == Ending(1, b"", b"")


def test_a_compiler_that_is_not_needed(stage: Callable[[str], Stage]) -> None:
    ending, _ = stage("typescript").run((), {}, preload=compile_preload(TYPESCRIPT), compiling=True)
    assert ending == Ending(1, b"", b"")


def compiled(
    stage: Stage, source: bytes, *, warm: bool, name: str, flags: Sequence[str], patient: bool = True
) -> Ending:
    options = CompileOptions(flags=tuple(flags))
    files = {**BESIDE, name: source}
    (argv,) = compile_steps(TYPESCRIPT, entrypoint=name, paths=tuple(files), options=options)
    ending, _ = stage.run(
        argv,
        files,
        preload=compile_preload(TYPESCRIPT) if warm else None,
        environment=compile_environment(TYPESCRIPT, entrypoint=name, options=options),
        compiling=True,
        patient=patient,
    )
    return ending


@pytest.mark.parametrize(
    ("title", "flags"),
    [(title, ()) for title in TYPED]
    + [
        (title, ("--strict", "--noUnusedLocals")) for title in ("node", "implicit", "strict-sibling", "unused", "wrong")
    ],
)
def test_a_program_compiles_as_it_does_plainly(stage: Callable[[str], Stage], title: str, flags: Sequence[str]) -> None:
    source = TYPED[title].encode()
    plain = compiled(stage("typescript"), source, warm=False, name="main.ts", flags=flags)
    assert compiled(stage("typescript"), source, warm=True, name="main.ts", flags=flags) == plain
    assert (plain.status == 0) is (not plain.stdout and not plain.stderr) is ("/box/out/main.ts.mjs" in plain.made)


@pytest.mark.parametrize("title", ["hello", "wrong"])
def test_a_compiler_with_another_main_file_that_is_told_at_once(stage: Callable[[str], Stage], title: str) -> None:
    source = TYPED[title].encode()
    plain = compiled(stage("typescript"), source, warm=False, name="near.mts", flags=())
    assert compiled(stage("typescript"), source, warm=True, name="near.mts", flags=(), patient=False) == plain
