"""Programs that want another verdict than they deserve, now or for their next test."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from judge import JudgeResult, Place, Problem, ProblemLimits, Source, Tokens, Verdict, judge
from languages import Language
from sandboxes.nsjail import NsjailSandbox
from tests.abuse.harness import CONTAINED, Abuse, Abuser
from tests.abuse.trial import case, judge_files, judge_program, probe, read, watched

# What a shell, a jail or a kernel gives to programs that were killed or could not be started, by their own choice.
EXIT_CODES: Final = (1, 2, 64, 124, 126, 127, 128, 134, 137, 139, 143, 152, 159, 255)
SIGNALS: Final = (
    "HUP",
    "INT",
    "ILL",
    "ABRT",
    "BUS",
    "FPE",
    "KILL",
    "SEGV",
    "PIPE",
    "ALRM",
    "TERM",
    "XCPU",
    "SYS",
    "USR1",
)

RAISE: Final = b"raise SystemExit('taken over')\n"
THROW: Final = b"throw new Error('taken over');\n"
PROCESSOR: Final = b"""
import java.util.Set;
import javax.annotation.processing.*;
import javax.lang.model.element.TypeElement;
public class Evil extends AbstractProcessor {
    static { if (true) throw new Error("taken over"); }
    public boolean process(Set<? extends TypeElement> found, RoundEnvironment round) { return false; }
}
"""
# Files beside a good program that tools of ours might take for their own: configuration, modules, plug-ins.
BESIDE: Final[Mapping[str, tuple[bytes, Mapping[str, bytes]]]] = {
    "python": (
        b"print('contained')\n",
        {
            **dict.fromkeys(("json.py", "ast.py", "check.py", "sitecustomize.py", "usercustomize.py"), RAISE),
            **dict.fromkeys(("tokenize.py", "encodings/__init__.py", "sys.py", "io.py"), RAISE),
            "pyvenv.cfg": b"home = /box\n",
            "python3._pth": b"/box\n",
        },
    ),
    "javascript": (
        b"console.log(require('fs').existsSync('/box') ? 'contained' : 'no box');\n",
        {
            "package.json": b'{"type": "commonjs", "main": "evil.js", "imports": {"#x": "./evil.js"}}',
            **dict.fromkeys(("evil.js", "node_modules/fs/index.js", "globals.cjs", "fs.js"), THROW),
            ".npmrc": b"node-options=--require=/box/evil.js\n",
            "tsconfig.json": b'{"extends": "/etc/passwd"}',
        },
    ),
    "typescript": (
        b"console.log('contained');\n",
        {
            "tsconfig.json": b'{"extends": "/etc/passwd", "compilerOptions": {"plugins": [{"name": "./evil.js"}]}}',
            "package.json": b'{"type": "commonjs", "types": "evil.d.ts", "browser": {"./main.ts": "./evil.js"}}',
            **dict.fromkeys(("evil.js", "node_modules/typescript/index.js"), THROW),
        },
    ),
    "c": (
        b'#include <stdio.h>\nint main(void) { puts("contained"); }\n',
        {**dict.fromkeys(("stdio.h", "stdc-predef.h"), b"#error taken over\n"), "specs": b"*cc1:\n-taken-over\n"},
    ),
    "rust": (
        b'fn main() { println!("contained"); }\n',
        {
            ".cargo/config.toml": b"[build]\nrustc-wrapper = '/box/evil'\n",
            "rust-toolchain.toml": b"[toolchain]\nchannel = 'taken-over'\n",
            "build.rs": b'fn main() { panic!("taken over"); }\n',
            "std.rs": b'compile_error!("taken over");\n',
        },
    ),
    "java": (
        b'public class Main { public static void main(String[] a) { System.out.println("contained"); } }\n',
        {
            "META-INF/services/javax.annotation.processing.Processor": b"Evil\n",
            "Evil.java": PROCESSOR,
            "JDK_JAVA_OPTIONS": b"-taken-over",
            "launch": b"-taken-over",
        },
    ),
    "go": (
        b'package main\n\nimport "fmt"\n\n//go:generate false\nfunc main() { fmt.Println("contained") }\n',
        {"go.env": b"GOFLAGS=-taken-over\n", ".git/config": b"[core]\nfsmonitor = /box/evil\n"},
    ),
}  # fmt: skip


class TestInit:
    def test_its_word_cannot_be_said_by_others(self, abuse: Abuser) -> None:
        result = abuse(Abuse("56-control.c", (Verdict.RUNTIME_ERROR,), files={"probe.h": "probe.h"}))
        assert (result.case.exit_code, result.case.signal) == (3, None)
        assert result.lines[-1].endswith("contained")

    def test_it_cannot_be_killed_or_stopped(self, abuse: Abuser) -> None:
        abuse(probe("57-init.c"))

    def test_nobody_outlives_a_killed_jail(
        self, cold_abuse: Abuser, lone_sandbox: NsjailSandbox, languages: Mapping[str, Language]
    ) -> None:
        """Its launcher dies, which is our failure: the run is made again, and what was left of the first is dead."""
        files = read("58-survivor.c")
        problem = Problem((case("only"),), Tokens(), ProblemLimits(cpu_ms=9000, memory_mib=64))
        results: list[JudgeResult] = []

        def start(place: Place) -> None:
            results.append(judge(Source(languages["c"], files, "main.c"), problem, place))

        (slot,) = lone_sandbox.held_slots
        others = set(children())
        with watched(cold_abuse):
            thread = threading.Thread(target=start, args=(cold_abuse._place(languages["c"]),))
            thread.start()
            first = wait_for_survivors(slot.program_uid, thread)
            launchers = [pid for pid in children() if pid not in others and name_of(pid) == "nsjail"]
            assert len(launchers) == 1
            os.kill(launchers[0], signal.SIGKILL)
            thread.join()
            assert not first & set(survivors(slot.program_uid))
        assert (results[0].verdict, results[0].cases[0].attempts) == (Verdict.ACCEPTED, 2), results


def survivors(uid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == uid and name_of(int(entry.name)) == "survivor":
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def wait_for_survivors(uid: int, thread: threading.Thread) -> set[int]:
    """All sixteen of them, once they are there."""
    while thread.is_alive():
        if len(found := survivors(uid)) == 16:
            return set(found)
        time.sleep(0.01)
    pytest.fail("the program ended before it was seen")


def children() -> list[int]:
    return [int(word) for task in Path("/proc/self/task").iterdir() for word in (task / "children").read_text().split()]


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


class TestWhatIsWritten:
    def test_the_engine_reads_no_meaning_into_it(self, abuse: Abuser) -> None:
        result = abuse(probe("59-forger.py", "0"))
        assert result.case.stderr.startswith(b"[I][2026-01-01")

    def test_a_failure_stays_one(self, abuse: Abuser) -> None:
        result = abuse(Abuse("59-forger.py", (Verdict.RUNTIME_ERROR,), args=("5",)))
        assert result.case.exit_code == 5
        assert result.case.message == "Process ended with exit status 5"

    def test_it_is_compared_whole(self, abuse: Abuser) -> None:
        abuse(Abuse("59-forger.py", (Verdict.WRONG_ANSWER,), args=("0", "both")))

    @pytest.mark.parametrize("program", ["64-early.py", "64-early.c", "64-early.js", "64-early.java"])
    def test_a_good_end_without_the_answer_is_wrong(self, abuse: Abuser, program: str) -> None:
        result = judge_program(abuse, program, [case("only")])
        assert result.verdict is Verdict.WRONG_ANSWER
        assert result.cases[0].exit_code == 0


def test_an_ending_is_what_it_was(abuse: Abuser) -> None:
    cases = [case(f"exit {code}", "exit", str(code)) for code in EXIT_CODES]
    cases += [case(f"signal {name}", "signal", str(signal.Signals[f"SIG{name}"].value)) for name in SIGNALS]
    result = judge_program(abuse, "60-endings.c", cases)
    assert {each.verdict for each in result.cases} == {Verdict.RUNTIME_ERROR}
    ends = {each.name: (each.exit_code, each.signal, each.limit, each.evidence) for each in result.cases}
    wanted: dict[str, object] = {f"exit {code}": (code, None, None, None) for code in EXIT_CODES}
    for name in SIGNALS:
        wanted[f"signal {name}"] = (128 + signal.Signals[f"SIG{name}"].value, f"SIG{name}", None, None)
    assert ends == wanted


class TestTheNextTest:
    @pytest.mark.parametrize("program", ["61-leftovers.py", "62-overwriter.c"])
    def test_finds_nothing_that_was_left(self, abuse: Abuser, program: str) -> None:
        result = judge_program(abuse, program, [case(name) for name in ("first", "second", "third")])
        assert [each.stdout for each in result.cases] == [CONTAINED] * 3
        assert result.verdict is Verdict.ACCEPTED


class TestToolsOfOurs:
    @pytest.mark.parametrize("language", BESIDE)
    def test_do_not_take_files_for_theirs(
        self, abuse: Abuser, languages: Mapping[str, Language], language: str
    ) -> None:
        code, beside = BESIDE[language]
        chosen = languages[language]
        result = judge_files(abuse, chosen, {chosen.entrypoint: code, **beside}, [case("only")])
        assert result.verdict is Verdict.ACCEPTED, result
        assert result.cases[0].stderr == b""

    @pytest.mark.parametrize("program", ["31-environment.c", "31-environment.py", "31-environment.js"])
    def test_do_not_hand_on_variables(self, abuse: Abuser, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
        harmful = {
            "LD_PRELOAD": "/nowhere/taken_over.so",
            "LD_LIBRARY_PATH": "/box",
            "LD_AUDIT": "/nowhere/taken_over.so",
            "PYTHONHOME": "/nowhere",
            "PYTHONSTARTUP": "/nowhere",
            "PYTHONWARNINGS": "error",
            "NODE_OPTIONS": "--require=/nowhere",
            "GCC_EXEC_PREFIX": "/nowhere/",
            "CPATH": "/nowhere",
            "MALLOC_PERTURB_": "7",
        }
        for name, value in harmful.items():
            monkeypatch.setenv(name, value)
        result = abuse(probe(program))
        said = result.case.stderr.decode()
        assert "PATH=" in said
        assert not [name for name in harmful if f"{name}=" in said]
