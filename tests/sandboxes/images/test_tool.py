from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from sandboxes import ImageError
from sandboxes.images.tool import Halt, Tools


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path / "log", halt=Halt())


def test_gives_lines_and_logs_everything(tools: Tools) -> None:
    lines: list[str] = []
    tools.run(["sh", "-c", "echo one; echo two >&2; printf '\\377 three'"], purpose="speak", on_line=lines.append)
    assert lines == ["one", "two", "\ufffd three"]
    assert tools.log.read_bytes().endswith(b"one\ntwo\n\xff three")


def test_a_failure_shows_the_tail_and_the_log(tools: Tools) -> None:
    with pytest.raises(ImageError) as caught:
        tools.run(["sh", "-c", "seq 1 100; exit 3"], purpose="count")
    text = str(caught.value)
    assert text.startswith(f"could not count (sh ended with status 3); the end of {tools.log}:\n")
    assert text.endswith("  99\n  100")
    assert "  50\n" not in text


def test_a_silent_death_by_signal(tools: Tools) -> None:
    with pytest.raises(ImageError, match=r"ended with signal 9.*\n  \(it said nothing\)"):
        tools.run(["sh", "-c", "kill -9 $$"], purpose="live")


def test_a_missing_program(tools: Tools) -> None:
    with pytest.raises(ImageError, match="could not begin: cannot run no-such-program: No such file"):
        tools.run(["no-such-program"], purpose="begin")


def test_an_error_while_listening_ends_the_tool(tools: Tools) -> None:
    def refuse(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="begun"):
        tools.run(["sh", "-c", "echo begun; exec cat <&1"], purpose="wait", on_line=refuse)


def test_a_halt_ends_what_runs_and_what_would_follow(tmp_path: Path) -> None:
    halt = Halt()
    tools = Tools(tmp_path / "log", halt=halt)
    begun = threading.Event()
    errors: list[str] = []

    def work() -> None:
        try:
            script = "import sys, time; print('begun', flush=True); time.sleep(600)"
            tools.run([sys.executable, "-c", script], purpose="sleep", on_line=lambda _: begun.set())
        except ImageError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    halt.request()
    thread.join(30)
    assert not thread.is_alive()
    assert errors == ["the build was interrupted"]
    with pytest.raises(ImageError, match="interrupted"):
        tools.run(["true"], purpose="go on")
