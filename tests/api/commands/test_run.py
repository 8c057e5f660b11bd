"""``syncode run`` on real programs in real jails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner import Engine

Command = Callable[..., Any]
Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(autouse=True)
def _images(image: Callable[[str], Path], engine: Engine) -> None:
    for name in ("python", "c"):
        image(name)
    assert engine.slots >= 1


def test_output_comes_out_as_it_is_and_the_verdict_beside_it(syncode: Command, write: Write) -> None:
    source = write("bytes.py", r"import sys; sys.stdout.buffer.write(b'a\xff\0\r\n'); sys.stderr.buffer.write(b'\xfe')")
    answer = syncode("run", source)
    assert (answer.code, answer.stdout) == (0, b"a\xff\x00\r\n")
    assert answer.stderr.startswith(b"\xfeaccepted")
    assert answer.stderr.count(b"\n") == 1


def test_input_comes_from_a_file_or_from_standard_input(syncode: Command, write: Write) -> None:
    source = write("echo.py", "print(input()[::-1])")
    assert syncode("run", source, "--stdin", write("in.txt", "abc\n")).stdout == b"cba\n"
    assert syncode("run", source, "--stdin", "-", stdin=b"xyz\n").stdout == b"zyx\n"


def test_without_stdin_a_program_reads_nothing_of_ours(syncode: Command, write: Write) -> None:
    answer = syncode("run", write("read.py", "import sys; print(sys.stdin.read() == '')"), stdin=b"secret")
    assert answer.stdout == b"True\n"


def test_arguments_are_handed_on_one_by_one(syncode: Command, write: Write) -> None:
    source = write("args.py", "import sys; print(sys.argv[1:])")
    answer = syncode("run", source, "--args", "a b", "--args=-x", "--args", "$HOME")
    assert answer.stdout == b"['a b', '-x', '$HOME']\n"


def test_the_language_can_be_named(syncode: Command, write: Write) -> None:
    assert syncode("run", write("no extension", "print(6 * 7)"), "--language", "python").stdout == b"42\n"


@pytest.mark.parametrize(
    ("source", "options", "verdict", "sentence"),
    [
        ("raise SystemExit(3)", (), "runtime_error", "exit status 3"),
        ("import os; os.kill(os.getpid(), 11)", (), "runtime_error", "SIGSEGV"),
        ("while True: pass", ("--cpu-ms", "200"), "time_limit_exceeded", "CPU time limit of 200 ms exceeded"),
        ("import time; time.sleep(60)", ("--time-ms", "300"), "time_limit_exceeded", "Wall time limit of 300 ms"),
        ("x = bytearray(1 << 28)", ("--memory-mb", "64"), "memory_limit_exceeded", "Memory limit of 64 MiB exceeded"),
        ("while True: print('x' * 4096)", (), "output_limit_exceeded", "Output limit of 16 MiB exceeded"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_another_verdict_is_exit_code_1_with_its_reason(
    cli: Command, write: Write, *, source: str, options: tuple[str, ...], verdict: str, sentence: str
) -> None:
    answer = cli("run", write("program.py", source), *options)
    last = answer.remark.splitlines()[-1]
    assert (answer.code, last.split(" · ")[0]) == (1, verdict)
    assert sentence in last


def test_what_a_limit_decided_comes_with_its_measure(cli: Command, write: Write) -> None:
    answer = cli("run", write("spin.py", "while True: pass"), "--cpu-ms", "200", "--json")
    value = json.loads(answer.stdout)
    assert (value["limitHit"], value["evidence"]["limitValue"]) == ("cpu_time", 200)
    assert value["evidence"]["measured"] >= 200
    assert value["evidence"]["fact"]


def test_a_compile_error_carries_the_compilers_words(cli: Command, write: Write) -> None:
    source = write("bad.c", "int main(void) { return x; }\n")
    answer = cli("run", source)
    assert (answer.code, answer.stdout) == (1, b"")
    assert "bad.c:1:25: error:" in answer.remark
    assert answer.remark.splitlines()[-1].startswith("compile_error")
    value = json.loads(cli("run", source, "--json").stdout)
    diagnostic = value["compile"]["diagnostics"][0]
    assert (value["verdict"], value["exitCode"], value["durationMs"]) == ("compile_error", None, 0)
    assert (diagnostic["file"], diagnostic["line"], diagnostic["column"]) == ("bad.c", 1, 25)


def test_a_compilation_known_from_earlier_says_so_and_can_be_made_anew(cli: Command, write: Write) -> None:
    source = write("known.c", f"/* {os.urandom(16).hex()} */ int main(void) {{ return 0; }}\n")
    told = [
        json.loads(cli("run", source, "--json", *options).stdout)["compile"]["cached"]
        for options in (("--no-cache",), (), (), ("--no-cache",))
    ]
    assert told == [False, False, True, False]


def test_one_gibibyte_of_output_is_cut_and_counted(cli: Command, write: Write) -> None:
    source = write("flood.py", "import sys\nb = b'x' * (1 << 20)\nfor _ in range(1024): sys.stdout.buffer.write(b)")
    answer = cli("run", source)
    assert (answer.code, len(answer.stdout)) == (1, 1 << 20)
    assert "output_limit_exceeded" in answer.remark


def test_more_than_a_mebibyte_is_counted_and_the_rest_dropped(cli: Command, write: Write) -> None:
    answer = cli("run", write("long.py", "print('x' * (3 << 20))"), "--json")
    value = json.loads(answer.stdout)
    assert (answer.code, value["verdict"], value["outputTruncated"]) == (0, "accepted", True)
    assert (len(value["stdout"]), value["stdoutBytes"]) == (1 << 20, (3 << 20) + 1)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("rubbish.py", bytes(range(256)) * 4, "is not UTF-8 text: byte 0x80 at 128"),
        ("latin.py", "# é\nprint(1)\n".encode("latin-1"), "is not UTF-8 text: byte 0xe9 at 2"),
        ("nul.py", b"print(1)\0\n", "NUL byte at 8"),
        ("empty.py", b"", "is empty"),
        ("blank.py", b" \n\t\n", "is empty"),
        ("large.py", b"#" * 65537, "has more than the 65536 bytes"),
        ("unknown.xyz", b"print(1)\n", "tells no language"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith(("py", "xyz")) else "",
)
def test_a_source_that_is_none_gets_one_line_and_exit_code_2(
    cli: Command, write: Write, *, name: str, content: bytes, sentence: str
) -> None:
    answer = cli("run", write(name, content))
    assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1)
    assert answer.remark.startswith("syncode: ")
    assert sentence in answer.remark


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{there}", "--language", "perl"], "unknown language 'perl'; known: c, cpp"),
        (["{missing}"], "No such file or directory"),
        (["{directory}", "--language", "python"], "Is a directory"),
        (["{there}", "--stdin", "{missing}"], "No such file or directory"),
        (["{there}", "--stdin", "{directory}"], "Is a directory"),
        (["{there}", "--time-ms", "99"], "must be between 100 and 300000 ms"),
        (["{there}", "--cpu-ms", "60001"], "must be between 100 and 60000 ms"),
        (["{there}", "--memory-mb", "1025"], "must be between 16 and 1024 MiB"),
        (["{there}", "--memory-mb", "much"], "should be a valid integer"),
        (["{there}", "--args", "x" * 1025], "longer than 1024 bytes"),
        (["{there}", *["--args=x"] * 33], "33 arguments are more than the 32"),
        (["{there}", "{there}"], "unexpected extra argument"),
        ([], "Missing argument 'FILE'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_request_gets_one_line_and_exit_code_2(
    cli: Command, write: Write, tmp_path: Path, *, arguments: list[str], sentence: str
) -> None:
    names = {"there": write("there.py", "print(1)"), "missing": tmp_path / "missing.py", "directory": tmp_path}
    answer = cli("run", *(argument.format(**names) for argument in arguments))
    assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1), answer.remark
    assert sentence in answer.remark


def test_too_much_input_is_refused_from_a_file_and_from_standard_input(syncode: Command, write: Write) -> None:
    source, large = write("read.py", "print(1)"), b"x" * ((1 << 20) + 1)
    for answer in (
        syncode("run", source, "--stdin", write("large.txt", large)),
        syncode("run", source, "--stdin", "-", stdin=large),
    ):
        assert (answer.code, answer.stdout) == (2, b"")
        assert "more than the 1048576 bytes of input" in answer.remark
