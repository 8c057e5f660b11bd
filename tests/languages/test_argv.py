"""Vectors by equality: what really is executed, for every language."""

from __future__ import annotations

import pytest

from languages import (
    CompileOptions,
    Optimization,
    OptionError,
    check_options,
    compile_environment,
    compile_preload,
    compile_steps,
    load_languages,
    program_memory_mib,
    run_argv,
    run_environment,
    run_preload,
)

LANGUAGES = load_languages()


def steps(language: str, entrypoint: str, *others: str, options: CompileOptions | None = None) -> list[str]:
    made = compile_steps(
        LANGUAGES[language], entrypoint=entrypoint, paths=(entrypoint, *others), options=options or CompileOptions()
    )
    return [" ".join(step) for step in made]


def run(language: str, entrypoint: str, *args: str) -> str:
    return " ".join(run_argv(LANGUAGES[language], entrypoint=entrypoint, args=args, memory_mib=200))


def test_python() -> None:
    assert steps("python", "near.py", "data.txt", "lib/util.py") == [
        "python3 -I -S -W ignore /usr/lib/syncode/check.py near.py lib/util.py"
    ]
    assert run("python", "near.py", "a") == "python3 near.py a"
    assert compile_preload(LANGUAGES["python"]) == (
        *("python3", "-I", "-S", "-W", "ignore", "/usr/lib/syncode/check.py", "--preload"),
    )
    assert run_preload(LANGUAGES["python"], memory_mib=200) == ("env", "SYNCODE_PRELOAD=1", "python3", "main.py")


def test_javascript() -> None:
    assert steps("javascript", "main.js") == [
        "/usr/lib/esbuild/bin/esbuild --tsconfig-raw={} --log-level=warning --color=false --outdir=/tmp/checked main.js"
    ]
    assert run("javascript", "near.js", "-x") == (
        "node --max-old-space-size=200 --stack-size=60000 --preserve-symlinks --preserve-symlinks-main "
        "--require=/usr/lib/syncode/globals.cjs near.js -x"
    )
    assert run_preload(LANGUAGES["javascript"], memory_mib=200) == (
        *("env", "SYNCODE_PRELOAD=1", "node", "--max-old-space-size=200", "--stack-size=60000", "--preserve-symlinks"),
        *("--preserve-symlinks-main", "--require=/usr/lib/syncode/globals.cjs", "main.js"),
    )


def test_typescript() -> None:
    assert steps("typescript", "near.ts", "lib/u.ts", options=CompileOptions(flags=("--strict",))) == [
        "sh /usr/lib/syncode/compile.sh near.ts --strict"
    ]
    assert compile_preload(LANGUAGES["typescript"]) == ("node", "/usr/lib/syncode/compile.cjs")
    assert run("typescript", "near.ts") == (
        "node --max-old-space-size=200 --stack-size=60000 --enable-source-maps --require=/usr/lib/syncode/globals.cjs "
        "/app/out/near.ts.mjs"
    )


def test_java() -> None:
    compiling = (
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:AOTCache=/usr/lib/syncode/compile.aot "
        "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:-UsePerfData {}-Xmx768m -Xss64m "
        "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED -cp /usr/lib/syncode/syncode.jar"
    )
    assert steps("java", "Near.java", "util/Helper.java", "words.txt") == [
        (f"java {compiling.format('')} syncode.Compile out -proc:none -g:source,lines -- Near.java util/Helper.java")
    ]
    preload = compile_preload(LANGUAGES["java"])
    assert preload is not None
    assert " ".join(preload) == f"java {compiling.format('-Xms8m ')} syncode.CompilePreload"
    running = (
        "-XX:+UseSerialGC -XX:AOTCache=/usr/lib/syncode/run.aot -XX:+UnlockDiagnosticVMOptions "
        "-XX:ArchiveRelocationMode=0 -XX:-UsePerfData -Xms8m -Xmx200m -Xss64m "
        "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED -Xbootclasspath/a:/usr/lib/syncode/syncode.jar"
    )
    assert run("java", "Near.java", "a b") == f"java {running} @/app/out/launch a b"
    preload = run_preload(LANGUAGES["java"], memory_mib=200)
    assert preload is not None
    assert " ".join(preload) == f"/usr/lib/syncode/bin/java await {running} -Djava.class.path=/app/out/classes"


def test_cpp() -> None:
    options = CompileOptions(optimization=Optimization.DEBUG, standard="gnu++23", warnings=True, flags=("-DX=1",))
    assert steps("cpp", "near.cpp", "b.CPP", "near.h", options=options) == [
        (
            "/usr/lib/syncode/compile g++ -std=gnu++23 -fdiagnostics-color=never -Og -g -D_GLIBCXX_ASSERTIONS "
            "-Wall -Wextra -Wshadow -DX=1 -o out/main near.cpp b.CPP -lm"
        ),
    ]
    assert run("cpp", "near.cpp", "7") == "/app/out/main 7"


def test_c() -> None:
    assert steps("c", "near.c") == [
        "/usr/lib/syncode/compile gcc -std=gnu17 -fdiagnostics-color=never -O2 -o out/main near.c -lm",
    ]
    assert run("c", "near.c") == "/app/out/main"


def test_go() -> None:
    assert steps("go", "near.go", "b.go", "go.mod", "sub/x.go") == [
        "/usr/lib/syncode/build build -buildmode=exe -trimpath -ldflags=-s -w -o out/main near.go b.go"
    ]
    assert run_environment(LANGUAGES["go"], entrypoint="near.go", memory_mib=200) == {"GOMEMLIMIT": "200MiB"}
    environment = compile_environment(LANGUAGES["go"], entrypoint="near.go", options=CompileOptions())
    assert environment["GOPROXY"] == "off"
    assert environment["GOTOOLCHAIN"] == "local"


def test_rust() -> None:
    options = CompileOptions(optimization=Optimization.NONE, standard="2018")
    assert steps("rust", "near.rs", "util.rs", options=options) == [
        "mkdir -p out",
        (
            "rustc --edition=2018 --crate-name=main --crate-type=bin --color=never -Cstrip=debuginfo "
            "-Clink-arg=-fuse-ld=mold -Clink-arg=-Wl,--no-fork -Clink-arg=-fno-use-linker-plugin "
            "-Copt-level=0 -Awarnings -o out/main near.rs"
        ),
    ]


def test_a_file_named_like_an_option_is_no_option() -> None:
    assert steps("c", "main.c", "-o.c", "--help.c")[0].endswith("-o out/main main.c ./--help.c ./-o.c -lm")


def test_arguments_are_no_templates() -> None:
    vector = run_argv(LANGUAGES["cpp"], entrypoint="main.cpp", args=("{source}", "$(id)", "", "a b"), memory_mib=1)
    assert vector == ("/app/out/main", "{source}", "$(id)", "", "a b")


@pytest.mark.parametrize(
    ("language", "standard"),
    [("cpp", "c17"), ("cpp", ""), ("cpp", "gnu++20 -fplugin=x"), ("python", "3.13"), ("c", "c++20")],
)
def test_an_unknown_standard_is_refused(language: str, standard: str) -> None:
    with pytest.raises(OptionError, match="has no standard") as caught:
        check_options(LANGUAGES[language], CompileOptions(standard=standard))
    offered = [standard.id for standard in LANGUAGES[language].standards]
    assert str(caught.value).endswith("it offers: " + (", ".join(offered) or "none"))


@pytest.mark.parametrize(
    ("language", "flag"),
    [
        ("cpp", "-O3"),
        ("cpp", "-Wno-unused-variable"),
        ("cpp", "-Werror=format-security"),
        ("cpp", "-fsanitize=undefined"),
        ("cpp", "-DLOCAL"),
        ("cpp", "-fconstexpr-depth=2000"),
        ("c", "-DN=100"),
        ("java", "-Xlint:unchecked,-serial"),
        ("java", "--release=17"),
        ("go", "-tags=slow,fast"),
        ("rust", "-Coverflow-checks=on"),
        ("rust", "--cfg=local"),
        ("typescript", "--noImplicitAny"),
    ],
)
def test_an_allowed_flag_passes(language: str, flag: str) -> None:
    check_options(LANGUAGES[language], CompileOptions(flags=(flag,)))


HOSTILE = [
    "",
    "-",
    "--",
    "-o",
    "-o/tmp/x",
    "@file",
    "@/etc/passwd",
    "/etc/passwd",
    "-I/etc",
    "-I.",
    "-L/",
    "-B/box",
    "-B.",
    "-fplugin=/box/x.so",
    "-fplugin-arg-x=1",
    "-specs=/box/x",
    "--specs=x",
    "-wrapper",
    "-wrapper=sh",
    "-Wl,-rpath,/",
    "-Wa,--help",
    "-Wp,-MD,/box/x",
    "-Xlinker",
    "-Xassembler",
    "-x",
    "-include",
    "-include/etc/passwd",
    "-imacros/etc/passwd",
    "-D",
    '-DX="a b"',
    "-DX=/etc/passwd",
    "-DX=1\n",
    "-O2\n",
    "-O2 -fplugin=x",
    "-save-temps",
    "-dumpdir",
    "-MF/box/x",
    "-fdump-tree-all=/box/x",
    "-fprofile-use=/x",
    "-fsanitize-blacklist=/x",
    "-J-agentpath:/x",
    "-J-Xmx9g",
    "-processor",
    "-proc:full",
    "-processorpath",
    "-d",
    "--module-path=/x",
    "-Akey=value",
    "-toolexec=/bin/sh",
    "-overlay=/x",
    "-exec",
    "-ldflags=-extld=/x",
    "-gcflags=-d",
    "-modfile=/x",
    "-Clinker=/bin/sh",
    "-Clink-arg=-fuse-ld=/x",
    "-Cincremental=/x",
    "-Clinker-plugin-lto=/x",
    "-Zunstable-options",
    "--extern=x=/x",
    "-L/x",
    "--emit=asm=/x",
    "--sysroot=/x",
    "--outDir",
    "--project",
    "--plugins",
    "--rootDir=/",
    "-W/",
    "-Wx/y",
    "-f",
    "-m",
    "-march=native",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flag", HOSTILE)
def test_flags_that_name_files_or_programs_are_refused(language: str, flag: str) -> None:
    with pytest.raises(OptionError, match="is not allowed"):
        check_options(LANGUAGES[language], CompileOptions(flags=("-O2", flag) if language in {"c", "cpp"} else (flag,)))


@pytest.mark.parametrize(
    ("language", "limit", "own"),
    [("java", 352, 256), ("java", 256, 160), ("java", 64, 32), ("java", 1, 1), ("c", 256, 256)],
)
def test_the_programs_own_memory(language: str, limit: int, own: int) -> None:
    assert program_memory_mib(LANGUAGES[language], limit) == own
