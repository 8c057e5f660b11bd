"""Java through its preloads: equal class files and messages, and whatever a program can see or say, it ends equally."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from languages import (
    CompileOptions,
    Optimization,
    compile_environment,
    compile_preload,
    compile_steps,
    load_languages,
    run_argv,
    run_environment,
    run_preload,
)
from tests.languages.stage import Ending, Stage, masked, read_programs

JAVA: Final = load_languages()["java"]
MEMORY_MIB: Final = 64
ARGS: Final = ("a", "", "ż ó", "-x", "@b", "*")
RELEASE: Final = CompileOptions()
STDIN: Final = "first żółw\nsecond\n".encode()

PROGRAMS: Final = read_programs("java")
CORPUS: Final = sorted(Path(__file__).parents[1].glob("corpus/*/*.java"))

# What differs from one plain run to the next, beside addresses: identities of objects, and times.
VARYING: Final = re.compile(rb"@[0-9a-f]{5,8}\b|\w{3} \d\d, 20\d\d \d+:\d\d:\d\d\W*[AP]M")


def compiled(stage: Stage, files: Mapping[str, bytes], *, warm: bool, options: CompileOptions = RELEASE) -> Ending:
    """How the compilation of the files, the main one first, ended."""
    (argv,) = compile_steps(JAVA, entrypoint=next(iter(files)), paths=tuple(files), options=options)
    preload = compile_preload(JAVA) if warm else None
    environment = compile_environment(JAVA, entrypoint=next(iter(files)), options=options)
    return stage.run(argv, files, preload=preload, environment=environment, compiling=True)[0]


def ran(
    stage: Stage,
    files: Mapping[str, bytes],
    *,
    warm: bool,
    args: Sequence[str] = ARGS,
    memory_mib: int = MEMORY_MIB,
    patient: bool = True,
) -> Ending:
    argv = run_argv(JAVA, entrypoint="Main.java", args=args, memory_mib=memory_mib)
    preload = run_preload(JAVA, memory_mib=memory_mib) if warm else None
    environment = run_environment(JAVA, entrypoint="Main.java", memory_mib=memory_mib)
    ending, _ = stage.run(argv, files, preload=preload, environment=environment, stdin=STDIN, patient=patient)
    ending = masked(ending)
    return replace(ending, stdout=VARYING.sub(b"...", ending.stdout), stderr=VARYING.sub(b"...", ending.stderr))


def artefact(stage: Stage, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What a run is given of a program that compiles without a word."""
    ending = compiled(stage, files, warm=True)
    assert (ending.status, ending.stdout, ending.stderr) == (0, b"", b"")
    made = {path.removeprefix("/box/"): content for path, content in ending.made.items()}
    return {**files, "data.txt": b"words"} | made


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_ends_as_it_does_plainly(stage: Callable[[str], Stage], title: str) -> None:
    files = artefact(stage("java"), {"Main.java": PROGRAMS[title].encode()})
    plain = ran(stage("java"), files, warm=False)
    assert ran(stage("java"), files, warm=True) == plain
    assert b"syncode" not in plain.stderr


@pytest.mark.parametrize("memory_mib", [16, 31, 100, 1024, 4096])
def test_a_limit_of_memory(stage: Callable[[str], Stage], memory_mib: int) -> None:
    """Whatever the heap, the cache of classes fits it: the JVM would complain on standard output."""
    files = artefact(stage("java"), {"Main.java": b"void main() { IO.println(Runtime.getRuntime().maxMemory()); }\n"})
    plain = ran(stage("java"), files, warm=False, memory_mib=memory_mib)
    assert ran(stage("java"), files, warm=True, memory_mib=memory_mib) == plain
    assert plain.status == 0
    assert plain.stdout.strip().isdigit()


def test_a_main_class_that_is_not_there(stage: Callable[[str], Stage]) -> None:
    files = artefact(stage("java"), {"Main.java": PROGRAMS["hello"].encode()})
    del files["out/classes/Main.class"]
    plain = ran(stage("java"), files, warm=False)
    assert ran(stage("java"), files, warm=True) == plain
    assert plain.status == 1


def test_a_class_that_is_broken(stage: Callable[[str], Stage]) -> None:
    files = artefact(stage("java"), {"Main.java": PROGRAMS["hello"].encode()})
    files["out/classes/Main.class"] = files["out/classes/Main.class"][:-40]
    plain = ran(stage("java"), files, warm=False)
    assert ran(stage("java"), files, warm=True) == plain
    assert plain.status == 1


def test_a_main_method_that_only_the_java_command_can_call(stage: Callable[[str], Stage]) -> None:
    """Inherited from another package and not public."""
    files = {
        "Main.java": b"import base.Base;\nclass Main extends Base {}\n",
        "base/Base.java": b"package base;\npublic class Base {\n  protected static void main(String[] args) {\n"
        b"    System.out.println(args.length);\n    throw new RuntimeException();\n  }\n}\n",
    }
    files = artefact(stage("java"), files)
    plain = ran(stage("java"), files, warm=False)
    assert ran(stage("java"), files, warm=True) == plain
    assert plain.stdout == b"6\n"


def test_a_preload_that_is_told_at_once(stage: Callable[[str], Stage]) -> None:
    files = artefact(stage("java"), {"Main.java": PROGRAMS["arguments"].encode()})
    ending = ran(stage("java"), files, warm=True, patient=False)
    assert ending == Ending(0, f"6 {'|'.join(ARGS)}\n".encode(), b"")


@pytest.mark.parametrize("compiling", [False, True])
def test_a_preload_that_is_not_needed(stage: Callable[[str], Stage], *, compiling: bool) -> None:
    preload = compile_preload(JAVA) if compiling else run_preload(JAVA, memory_mib=MEMORY_MIB)
    ending, _ = stage("java").run((), {}, preload=preload)
    assert ending == Ending(1, b"", b"")


MISTAKES: Final = {
    "syntax": b"public class Main {\n\tpublic static void main(String[] a) {\n\t\tint x = 4\n\t}\n}\n",
    "types": b"class Main { void main() { String s = 2 * 3; int i = missing(s).x; List<int> l; var v = null; } }\n",
    "unchecked": b"import java.util.*;\nclass Main { void main() { List l = new ArrayList(); l.add(1); } int x=y; }\n",
    "no-main": b"class Main {}\n",
    "packages": b"package a.b;\nimport com.google.gson.Gson;\nimport java.util.Lisst;\npublic class Other {}\n",
    "twice": b"class Main { void main() {} }\nclass Main {}\n",
    "flow": b"class Main { int f(int x) { if (x > 1) return 1; } void main() { int y; y++; throw new Error(1); } }\n",
    "bytes": b"class Main { // \xff\n void main() {} }\n",
    "empty": b"",
    "preview": b"class Main { void main() { int x = 1; if (x instanceof byte b) {} } }\n",
    "text": "class Żółw { void main() { String żółw = 1; char c = 'żó'; } }\n".encode(),
    "many": b"class Main { void main() {" + b" x();\n" * 150 + b"} }\n",
    "deep": b"class Main { int x = " + b"(" * 5000 + b"1" + b")" * 5000 + b"; void main() {} }\n",
}
OPTIONS: Final = {
    "release": RELEASE,
    "debug": CompileOptions(optimization=Optimization.DEBUG, warnings=True),
    "flags": CompileOptions(warnings=True, flags=("--release=17", "-parameters", "-Werror", "-Xlint:-options")),
}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("title", MISTAKES)
def test_mistakes_are_told_as_they_are_plainly(stage: Callable[[str], Stage], title: str, option: str) -> None:
    files = {"Main.java": MISTAKES[title], "util/Helper.java": b"package util;\nclass Helper { int x=y; }\n"}
    plain = compiled(stage("java"), files, warm=False, options=OPTIONS[option])
    assert compiled(stage("java"), files, warm=True, options=OPTIONS[option]) == plain
    assert plain.status == 1


@pytest.mark.parametrize("title", PROGRAMS)
def test_programs_compile_to_what_they_do_plainly(stage: Callable[[str], Stage], title: str) -> None:
    files = {"Main.java": PROGRAMS[title].encode()}
    plain = compiled(stage("java"), files, warm=False, options=OPTIONS["debug"])
    assert compiled(stage("java"), files, warm=True, options=OPTIONS["debug"]) == plain


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_corpus_compiles_to_what_it_does_plainly(stage: Callable[[str], Stage], path: Path) -> None:
    files = {path.name: path.read_bytes()}
    plain = compiled(stage("java"), files, warm=False)
    assert compiled(stage("java"), files, warm=True) == plain
