from __future__ import annotations

import re
from pathlib import Path

import pytest

from languages import (
    Language,
    LanguageError,
    Optimization,
    by_extension,
    compile_preload,
    load_languages,
    run_preload,
    stem,
)
from languages.model import ImageFile, NpmPackage, Version, Wheel

SHA256 = "a" * 64
INTEGRITY = f"sha512-{'A' * 86}=="

WHOLE = rf"""
id = "toy"
name = "Toy"
extensions = [".toy"]
entrypoint = "main.toy"
entrypoint_pattern = '[a-z]+\.toy'
time_multiplier = 2
memory_allowance_mib = 16
diagnostics = ['^(?P<file>\w+):(?P<line>\d+): (?P<message>.+)$']
starter = "hello"

[[versions]]
id = "toy-1"
version = "Toy 1.0"
default = true

[[standards]]
id = "t1"
default = true

[image]
suite = "trixie"
packages = ["toy"]
steps = [["true"]]

[[image.wheels]]
name = "toy"
version = "1"
sha256 = {{ x86_64 = "{SHA256}" }}
files = {{ "bin/toy" = "/usr/bin/toy" }}

[[image.npm]]
name = "@toy/x"
version = "2"
integrity = "{INTEGRITY}"
target = "/usr/lib/toy"
architecture = "aarch64"

[[image.files]]
source = "toy/helper"
target = "/usr/lib/helper"
executable = true

[compile]
steps = [["toyc", "-s{{standard}}", "{{optimization}}", "{{warnings}}", "{{flags}}", "{{sources}}"]]
produces = true
warnings = ["-w"]
flag_patterns = ["-[a-z]"]
wall_ms = 1000
cpu_ms = 2000
memory_mib = 64

[compile.optimization]
none = []
debug = ["-g"]
release = ["-O"]

[compile.environment]
TOY_MAIN = "{{main}}"

[run]
argv = ["toy", "{{source}}", "{{args}}"]

[run.environment]
TOY_HEAP = "{{memory_mib}}m"

[reference]
source = "print"
stdin = ""
stdout = "ok\n"
"""


def load(directory: Path, text: str, name: str = "toy") -> Language:
    """The language of one file in a directory of its own."""
    folder = directory / "languages"
    (folder / "assets" / "toy").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / "toy" / "helper").write_bytes(b"\x00help")
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_languages(folder)["toy"]


def test_a_whole_file(tmp_path: Path) -> None:
    toy = load(tmp_path, WHOLE)
    assert (toy.id, toy.name, toy.extensions, toy.entrypoint) == ("toy", "Toy", (".toy",), "main.toy")
    assert toy.version == Version(id="toy-1", version="Toy 1.0", default=True)
    assert [standard.id for standard in toy.standards] == ["t1"]
    assert toy.time_multiplier == pytest.approx(2.0)
    assert isinstance(toy.time_multiplier, float)
    assert toy.image.wheels == (
        Wheel(name="toy", version="1", sha256={"x86_64": SHA256}, files={"bin/toy": "/usr/bin/toy"}),
    )
    assert toy.image.npm == (
        NpmPackage(name="@toy/x", version="2", integrity=INTEGRITY, target="/usr/lib/toy", architecture="aarch64"),
    )
    assert toy.image.files == (ImageFile(target="/usr/lib/helper", content=b"\x00help", executable=True),)
    assert toy.image.steps == (("true",),)
    assert toy.compile is not None
    assert toy.compiled
    assert toy.compile.optimization[Optimization.DEBUG] == ("-g",)
    assert toy.compile.environment == {"TOY_MAIN": "{main}"}
    assert (toy.compile.wall_ms, toy.compile.cpu_ms, toy.compile.memory_mib) == (1000, 2000, 64)
    assert toy.run == ("toy", "{source}", "{args}")
    assert (toy.compile.warm, toy.run_warm) == (None, None)
    assert toy.diagnostics[0].flags & re.MULTILINE
    assert (toy.starter, toy.reference.stdin, toy.reference.stdout) == ("hello", "", "ok\n")


def test_compile_and_its_optional_keys_may_be_missing(tmp_path: Path) -> None:
    head, rest = WHOLE.split("[compile]\n")
    without = head.replace('[[standards]]\nid = "t1"\ndefault = true\n', "") + "[run]" + rest.split("[run]", 1)[1]
    toy = load(tmp_path, without)
    assert toy.compile is None
    assert not toy.compiled


COMPILE_WARM = '[compile.warm]\nargv = ["toyc", "--wait", "-m{memory_mib}"]\n'
RUN_WARM = '[run.warm]\nargv = ["toy", "--wait", "{memory_mib}"]\n'
CONSTANT = WHOLE.replace('"{main}"', '"{memory_mib}"')
WARM = CONSTANT.replace("[run]\n", f"{COMPILE_WARM}\n[run]\n").replace("[reference]\n", f"{RUN_WARM}\n[reference]\n")


def test_preloads(tmp_path: Path) -> None:
    toy = load(tmp_path, WARM)
    assert toy.compile is not None
    assert toy.compile.warm == ("toyc", "--wait", "-m{memory_mib}")
    assert toy.run_warm == ("toy", "--wait", "{memory_mib}")
    assert (toy.compile.environment, toy.run_environment) == (
        {"TOY_MAIN": "{memory_mib}"},
        {"TOY_HEAP": "{memory_mib}m"},
    )
    assert compile_preload(toy) == ("toyc", "--wait", "-m64")
    assert run_preload(toy, memory_mib=200) == ("toy", "--wait", "200")


def test_a_language_without_preloads(tmp_path: Path) -> None:
    toy = load(tmp_path, WHOLE)
    assert compile_preload(toy) is None
    assert run_preload(toy, memory_mib=200) is None


WRONG_PRELOADS = [
    # what is replaced, by what, dotted key of the error, part of its reason
    ('argv = ["toyc", "--wait", "-m{memory_mib}"]', "argv = []", "compile.warm.argv", "must not be empty"),
    ('argv = ["toyc", "--wait", "-m{memory_mib}"]', "", "compile.warm.argv", "is missing"),
    (
        'argv = ["toyc", "--wait"',
        'argv = ["{memory_mib}", "--wait"',
        "compile.warm.argv[0]",
        "must not be a placeholder",
    ),
    (
        '"--wait", "-m{memory_mib}"',
        '"{main}"',
        "compile.warm.argv[1]",
        "unknown placeholder {main}; known here: {memory_mib}",
    ),
    ('"--wait", "-m{memory_mib}"', '"{sources}"', "compile.warm.argv[1]", "unknown placeholder {sources}"),
    (
        "[compile.warm]\n",
        "[compile.warm]\nenvironment = {}\n",
        "compile.warm.environment",
        "unknown key; known here: argv",
    ),
    ('steps = [["toyc",', 'steps = [["true"], ["toyc",', "compile.warm", "a preload serves one step, but there are 2"),
    ('TOY_MAIN = "{memory_mib}"', 'TOY = "{main}"', "compile.environment.TOY", "unknown placeholder {main}"),
    ('TOY_HEAP = "{memory_mib}m"', 'TOY = "{source}"', "run.environment.TOY", "unknown placeholder {source}"),
    ('"--wait", "{memory_mib}"]', '"{args}"]', "run.warm.argv[1]", "unknown placeholder {args}"),
    ('"--wait", "{memory_mib}"]', '"{memory_mib"]', "run.warm.argv[1]", "has a lone '{'"),
    ('argv = ["toy", "--wait", "{memory_mib}"]', 'argv = "toy"', "run.warm.argv", "must be a list, is a string"),
    ("[run.warm]\n", "[run.warm]\nmemory_mib = 3\n", "run.warm.memory_mib", "unknown key; known here: argv"),
]


@pytest.mark.parametrize(("old", "new", "key", "reason"), WRONG_PRELOADS)
def test_a_wrong_preload_is_refused(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    assert WARM.count(old) == 1
    with pytest.raises(LanguageError) as caught:
        load(tmp_path, WARM.replace(old, new))
    assert (caught.value.file, caught.value.key) == ("languages/toy.toml", key)
    assert reason in caught.value.reason


REPLACED = [
    # what is replaced, by what, dotted key of the error, part of its reason
    ('id = "toy"', 'id = "Toy"', "id", "'Toy' does not match"),
    ('id = "toy"', "id = 3", "id", "must be a string, is an integer"),
    ('id = "toy"', 'id = ""', "id", "must not be empty"),
    ('id = "toy"\n', "", "id", "is missing"),
    ('id = "toy"', 'id = "toy"\nidd = "toy"', "idd", "unknown key; known here: compile, diagnostics"),
    ('name = "Toy"', 'name = ["Toy"]', "name", "must be a string, is a list"),
    ('extensions = [".toy"]', "extensions = []", "extensions", "must not be empty"),
    ('extensions = [".toy"]', 'extensions = ".toy"', "extensions", "must be a list, is a string"),
    ('extensions = [".toy"]', 'extensions = [".toy", 3]', "extensions[1]", "must be a string, is an integer"),
    ('extensions = [".toy"]', 'extensions = ["toy"]', "extensions[0]", "is no lower-case file extension"),
    ('extensions = [".toy"]', 'extensions = [".TOY"]', "extensions[0]", "is no lower-case file extension"),
    ("'[a-z]+\\.toy'", "'[a-z'", "entrypoint_pattern", "is no regular expression"),
    ("'[a-z]+\\.toy'", "'[a-z]+'", "entrypoint", "does not match entrypoint_pattern"),
    ("time_multiplier = 2", "time_multiplier = 0", "time_multiplier", "must be a number above zero"),
    ("time_multiplier = 2", "time_multiplier = nan", "time_multiplier", "must be a number above zero"),
    ("time_multiplier = 2", "time_multiplier = inf", "time_multiplier", "must be a number above zero"),
    ("time_multiplier = 2", "time_multiplier = true", "time_multiplier", "must be a number, is true or false"),
    ("memory_allowance_mib = 16", "memory_allowance_mib = -1", "memory_allowance_mib", "must not be negative"),
    ("memory_allowance_mib = 16", "memory_allowance_mib = 1.5", "memory_allowance_mib", "must be an integer"),
    ("memory_allowance_mib = 16", "memory_allowance_mib = false", "memory_allowance_mib", "must be an integer"),
    ("(?P<message>.+)", "(?P<text>.+)", "diagnostics[0]", "unknown group 'text'"),
    ("(?P<message>.+)", "(.+)", "diagnostics[0]", "has no group named 'message'"),
    ("(?P<message>.+)", "(?P<message>.+", "diagnostics[0]", "is no regular expression"),
    ('version = "Toy 1.0"\ndefault = true', 'version = "1"\ndefault = false', "versions", "exactly one must be"),
    ('version = "Toy 1.0"\ndefault = true', 'version = "1"\ndefault = 1', "versions[0].default", "must be true or"),
    ('version = "Toy 1.0"', 'version = "1"\nextra = 1', "versions[0].extra", "unknown key"),
    ('id = "toy-1"', 'id = "toy 1"', "versions[0].id", "does not match"),
    ("[[versions]]", '[[versions]]\nid = "a"\nversion = "b"\ndefault = true\n[[versions]]', "versions", "not 2"),
    ("[[standards]]", '[[standards]]\nid = "t1"\ndefault = false\n[[standards]]', "standards[1].id", "there twice"),
    ('id = "t1"\ndefault = true', 'id = "t1"\ndefault = false', "standards", "exactly one must be the default, not 0"),
    ('id = "t1"', 'id = "-t1"', "standards[0].id", "does not match"),
    ('suite = "trixie"', 'suite = "../x"', "image.suite", "does not match"),
    ('packages = ["toy"]', 'packages = ["toy", "-o=x"]', "image.packages[1]", "is no name of a Debian package"),
    ('packages = ["toy"]', 'packages = ["toy,x"]', "image.packages[0]", "is no name of a Debian package"),
    ('steps = [["true"]]', 'steps = ["true"]', "image.steps[0]", "must be a list of strings, is a string"),
    ('steps = [["true"]]', "steps = [[]]", "image.steps[0]", "must not be empty"),
    ('steps = [["true"]]', 'steps = [["true", ""]]', "image.steps[0][1]", "must not be empty"),
    ('steps = [["true"]]', "color = 1", "image.color", "unknown key"),
    (f'x86_64 = "{SHA256}"', f'riscv = "{SHA256}"', "image.wheels[0].sha256.riscv", "unknown architecture"),
    (f'x86_64 = "{SHA256}"', 'x86_64 = "abc"', "image.wheels[0].sha256.x86_64", "does not match"),
    (f'x86_64 = "{SHA256}"', "", "image.wheels[0].sha256", "must not be empty"),
    ('"/usr/bin/toy"', '"usr/bin/toy"', "image.wheels[0].files.bin/toy", "is no plain absolute path"),
    ('"/usr/bin/toy"', '"/usr/../toy"', "image.wheels[0].files.bin/toy", "is no plain absolute path"),
    (INTEGRITY, "sha1-abc", "image.npm[0].integrity", "does not match"),
    ('target = "/usr/lib/toy"', 'target = "/usr/lib/toy/"', "image.npm[0].target", "is no plain absolute path"),
    ('architecture = "aarch64"', 'architecture = "arm"', "image.npm[0].architecture", "unknown architecture"),
    ('"toy/helper"', '"toy/none"', "image.files[0].source", "assets/toy/none cannot be read"),
    ('"toy/helper"', '"../toy.toml"', "image.files[0].source", "must lie below assets/"),
    ('"toy/helper"', '"/etc/passwd"', "image.files[0].source", "must lie below assets/"),
    ('"toy/helper"', '"toy"', "image.files[0].source", "cannot be read"),
    ('"toy/helper"', '"a\\u0000b"', "image.files[0].source", "cannot be read"),
    ("executable = true", 'executable = "yes"', "image.files[0].executable", "must be true or false, is a string"),
    ('["toyc", "-s{standard}"', '["{source}", "{standard}"', "compile.steps[0][0]", "must not be a placeholder"),
    ('["toyc", "-s{standard}"', '["toyc"', "compile.steps", "no step uses {standard}"),
    ('"-s{standard}"', '"{standard}", "{args}"', "compile.steps[0][2]", "unknown placeholder {args}"),
    ('"{sources}"', '"a{sources}"', "compile.steps[0][5]", "{sources} becomes a list"),
    ('"{sources}"', '"{sources"', "compile.steps[0][5]", "has a lone '{'"),
    ('"{optimization}", ', "", "compile.optimization", "no step uses it: {optimization} is missing"),
    ('"{warnings}", ', "", "compile.warnings", "no step uses it: {warnings} is missing"),
    ('"{flags}", ', "", "compile.flag_patterns", "no step uses it: {flags} is missing"),
    ('"-[a-z]"', '"-[a-z"', "compile.flag_patterns[0]", "is no regular expression"),
    ("produces = true", "produces = 1", "compile.produces", "must be true or false, is an integer"),
    ("wall_ms = 1000", "wall_ms = 0", "compile.wall_ms", "must be above zero, is 0"),
    ("cpu_ms = 2000", "", "compile.cpu_ms", "is missing"),
    ('debug = ["-g"]', "", "compile.optimization.debug", "is missing"),
    ('debug = ["-g"]', 'debug = ["-g"]\nfast = []', "compile.optimization.fast", "unknown key"),
    ('TOY_MAIN = "{main}"', 'toy = "x"', "compile.environment.toy", "capital letters"),
    ('TOY_MAIN = "{main}"', 'TOY = "{sources}"', "compile.environment.TOY", "unknown placeholder {sources}"),
    ('TOY_MAIN = "{main}"', "TOY = 1", "compile.environment.TOY", "must be a string, is an integer"),
    ('"{source}", "{args}"]', '"{source}"]', "run.argv", "must have {args} exactly once"),
    ('"{source}", "{args}"]', '"{args}", "{args}"]', "run.argv", "must have {args} exactly once"),
    ('"{source}", "{args}"]', '"{standard}", "{args}"]', "run.argv[1]", "unknown placeholder {standard}"),
    ('argv = ["toy", ', 'argv = ["toy", 3, ', "run.argv[1]", "must be a string, is an integer"),
    ('TOY_HEAP = "{memory_mib}m"', 'TOY_HEAP = "{memory}"', "run.environment.TOY_HEAP", "unknown placeholder"),
    ('[reference]\nsource = "print"', "[reference]", "reference.source", "is missing"),
    ('stdout = "ok\\n"', 'stdout = ""', "reference.stdout", "must not be empty"),
    ('stdout = "ok\\n"', 'stdout = "ok"\nexit = 0', "reference.exit", "unknown key; known here: source, stdin, stdout"),
    ("[run]\n", "[run]\nshell = true\n", "run.shell", "unknown key; known here: argv, environment, warm"),
    ("[run]\n", '[run]\nwarm = "toy"\n', "run.warm", "must be a table, is a string"),
    ("[compile]\n", "[compile]\nstep = []\n", "compile.step", "unknown key"),
    ("[image]\n", "[images]\n", "image.suite", "is missing"),
    ("[[versions]]", "[versions]", "versions", "must be a list, is a table"),
]


@pytest.mark.parametrize(("old", "new", "key", "reason"), REPLACED)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(LanguageError) as caught:
        load(tmp_path, WHOLE.replace(old, new))
    assert str(caught.value).startswith(f"languages/toy.toml: {key}: ")
    assert (caught.value.file, caught.value.key) == ("languages/toy.toml", key)
    assert reason in caught.value.reason


@pytest.mark.parametrize("content", [b"id = ", b"id = 'a'\nid = 'b'", b"\xff\xfe", b"id = 'a\x00'"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(LanguageError, match=r"/x\.toml: cannot be read: "):
        load_languages(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"")
    with pytest.raises(LanguageError, match=r"/x\.toml: entrypoint_pattern: is missing"):
        load_languages(tmp_path)


def test_a_directory_without_languages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="holds no language file"):
        load_languages(tmp_path)


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    load(tmp_path, WHOLE)
    with pytest.raises(LanguageError, match=r"languages/toz\.toml: id: 'toy' is the id of another file too"):
        load(tmp_path, WHOLE, name="toz")


def test_an_extension_belongs_to_one_language(tmp_path: Path) -> None:
    load(tmp_path, WHOLE)
    with pytest.raises(LanguageError, match=r"languages/toz\.toml: extensions: '\.toy' already belongs to .* 'toy'"):
        load(tmp_path, WHOLE.replace('id = "toy"', 'id = "toz"'), name="toz")


def test_the_eight_languages() -> None:
    languages = load_languages()
    assert sorted(languages) == ["c", "cpp", "go", "java", "javascript", "python", "rust", "typescript"]
    assert {name for name, language in languages.items() if not language.compiled} == {"python", "javascript"}
    assert all(language.compile is not None for language in languages.values())


def test_languages_of_one_toolchain_share_their_image() -> None:
    languages = load_languages()
    assert languages["c"].image == languages["cpp"].image
    assert languages["javascript"].image == languages["typescript"].image


def test_every_architecture_has_what_an_image_takes_from_registries() -> None:
    for language in load_languages().values():
        assert all(set(wheel.sha256) == {"x86_64", "aarch64"} for wheel in language.image.wheels)
        targets: dict[str, set[str | None]] = {}
        for package in language.image.npm:
            targets.setdefault(package.target, set()).add(package.architecture)
        assert all(found in ({None}, {"x86_64", "aarch64"}) for found in targets.values())


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("main.py", "python"),
        ("dir/Main.java", "java"),
        ("A.CPP", "cpp"),
        ("x.cc", "cpp"),
        ("x.c", "c"),
        ("x.mjs", "javascript"),
        ("x.d.ts", "typescript"),
        ("x.h", None),
        ("py", None),
        (".py", None),
        ("", None),
        ("x.py.txt", None),
    ],
)
def test_by_extension(filename: str, expected: str | None) -> None:
    found = by_extension(load_languages(), filename)
    assert (found.id if found is not None else None) == expected


def test_stem() -> None:
    assert stem("some/Main.java") == "Main"
