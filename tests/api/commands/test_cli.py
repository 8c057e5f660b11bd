"""The edges of the command: wrong use, interrupts, failures of ours, and what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

Command = Callable[..., Any]
Write = Callable[..., Path]

SOON_S: Final = 30.0


def descendants(pid: int) -> dict[int, str]:
    """Every process below ``pid``, with its command line."""
    parents: dict[int, int] = {}
    words: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
                words[int(entry.name)] = (entry / "cmdline").read_text(errors="replace").replace("\0", " ")
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return {each: words.get(each, "") for each in below - {pid}}


def alive(pid: int) -> bool:
    """Whether it runs; a zombie whose adoptive parent is slow to bury it does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a process group of its own, as a shell would start it, killed at the end if it still lives."""
    # a suite in the background of a shell ignores SIGINT, and so would what it starts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@pytest.fixture
def sleeper(write: Write) -> Path:
    return write("sleeper.py", "import time\nwhile True: time.sleep(1)\n")


@pytest.fixture
def environment(fresh_home: Path) -> dict[str, str]:
    """A home of its own, so that what is left behind can be seen."""
    return {**os.environ, "SYNCODE_HOME": str(fresh_home)}


def test_version_and_help_are_answers(syncode: Command) -> None:
    assert syncode("--version").stdout.startswith(b"syncode ")
    answer = syncode("--help")
    assert answer.code == 0
    assert all(name in answer.text for name in ("run", "verify", "languages", "images", "doctor"))


@pytest.mark.parametrize("arguments", [(), ("images",)], ids=["syncode", "images"])
def test_without_a_command_its_help_is_the_answer(syncode: Command, arguments: tuple[str, ...]) -> None:
    answer = syncode(*arguments)
    assert (answer.code, answer.stderr) == (2, b"")
    assert b"Usage:" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("dance",), "No such command 'dance'"),
        (("images", "dance"), "No such command 'dance'"),
        (("images", "build", "perl"), "unknown language 'perl'"),
        (("images", "build", "--jobs", "0"), "greater than or equal to 1"),
        (("verify",), "Missing argument 'PACKAGE...'"),
        (("languages", "--loud"), "No such option: --loud"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("engine")
def test_wrong_use_is_one_line_and_exit_code_2(cli: Command, arguments: tuple[str, ...], sentence: str) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1), answer.remark
    assert sentence in answer.remark


@pytest.mark.parametrize("value", ["none", "0", "-1", "257", "1.5"])
def test_a_setting_that_is_none_names_its_variable(cli: Command, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SYNCODE_SLOTS", value)
    answer = cli("languages")
    assert (answer.code, answer.remark.count("\n")) == (2, 1)
    assert answer.remark.startswith("syncode: SYNCODE_SLOTS: ")


def test_a_home_that_cannot_be_is_said(cli: Command, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write("hello.py", "print(1)")
    monkeypatch.setenv("SYNCODE_HOME", str(source / "home"))
    answer = cli("run", source)
    assert (answer.code, answer.remark.count("\n")) == (2, 1)
    assert "SYNCODE_HOME" in answer.remark


@pytest.mark.usefixtures("engine")
def test_a_missing_image_says_how_to_get_it(
    cli: Command, write: Write, fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh_home / "images").unlink()
    monkeypatch.setenv("SYNCODE_HOME", str(fresh_home))
    answer = cli("run", write("hello.py", "print(1)"))
    assert (answer.code, answer.stdout, answer.remark.count("\n")) == (3, b"", 1)
    assert "syncode images build python" in answer.remark


def test_the_traceback_goes_to_the_file_that_was_named(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "debug.log"
    monkeypatch.setenv("SYNCODE_DEBUG", str(log))
    answer = cli("run", tmp_path / "missing.py")
    assert str(log) in answer.remark
    assert "Traceback" not in answer.remark
    assert "RequestError" in log.read_text()


def test_without_root_it_says_so_and_refuses(program: list[str], environment: dict[str, str], sleeper: Path) -> None:
    program = ["unshare", "--user", "--", *program]
    if subprocess.run([*program[:3], "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this host lets nobody make a user namespace")
    done = subprocess.run([*program, "run", sleeper], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert b"root" in done.stderr


@pytest.mark.usefixtures("engine")
class TestLeaving:
    """However a command ends, nothing of what it started or wrote is left."""

    def run_until_it_sleeps(self, process: subprocess.Popen[bytes]) -> None:
        wait_for(
            lambda: any(
                "python3 ./sleeper.py" in w or "python3 sleeper.py" in w for w in descendants(process.pid).values()
            ),
            process,
        )

    @pytest.mark.parametrize(
        ("number", "code", "group"),
        [
            (signal.SIGINT, 130, True),
            (signal.SIGINT, 130, False),
            (signal.SIGTERM, 143, False),
            (signal.SIGHUP, 129, True),
        ],
        ids=["ctrl-c", "interrupt", "terminate", "hangup"],
    )
    @pytest.mark.parametrize("command", ["run", "verify"])
    def test_a_signal_ends_it_at_once_and_cleanly(
        self,
        program: list[str],
        environment: dict[str, str],
        sleeper: Path,
        package: Path,
        fresh_home: Path,
        image: Callable[[str], Path],
        *,
        command: str,
        number: signal.Signals,
        code: int,
        group: bool,
    ) -> None:
        image("python")
        solution = package / "submissions" / "accepted" / "sleeper.py"
        solution.write_bytes(sleeper.read_bytes())
        (package / "problem.yaml").write_text(
            (package / "problem.yaml").read_text().replace("time_limit: 1", "time_limit: 60")
        )
        target = [str(sleeper), "--time-ms", "120000"] if command == "run" else [str(package)]
        with started([*program, command, *target], environment) as process:
            self.run_until_it_sleeps(process)
            below = descendants(process.pid)
            (os.killpg if group else os.kill)(process.pid, number)
            stdout, stderr = process.communicate(timeout=SOON_S)
        assert process.returncode == code, stderr
        assert stdout == b""
        assert b"Traceback" not in stderr
        assert [pid for pid in below if alive(pid)] == []
        assert list((fresh_home / "work").iterdir()) == []

    def test_what_a_killed_command_left_is_cleared_away_by_the_next(
        self,
        program: list[str],
        environment: dict[str, str],
        sleeper: Path,
        fresh_home: Path,
        write: Write,
        image: Callable[[str], Path],
        syncode: Command,
    ) -> None:
        image("python")
        with started([*program, "run", str(sleeper), "--time-ms", "120000"], environment) as process:
            self.run_until_it_sleeps(process)
            below = descendants(process.pid)
            process.kill()
            process.wait()
        assert len(list((fresh_home / "work").iterdir())) == 1
        assert syncode("run", write("hello.py", "print(6 * 7)")).stdout == b"42\n"
        assert list((fresh_home / "work").iterdir()) == []
        assert [pid for pid in below if alive(pid)] == []


@pytest.mark.usefixtures("engine")
def test_json_is_whole_when_the_reader_wants_only_some(syncode: Command, write: Write) -> None:
    value = json.loads(syncode("run", write("hello.py", "print('ż')"), "--json").stdout)
    assert value["stdout"] == "ż\n"
