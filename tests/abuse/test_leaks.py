"""Programs that want to know: files of the host, secrets of the engine, answers, other people's submissions."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from judge import Data, JudgeResult, Place, Problem, ProblemLimits, Source, TestCase, Tokens, Verdict, judge
from languages import Language, run_environment
from runner import Settings
from sandboxes import Cancellation, Command, Limits
from sandboxes.cases.case import ENVIRONMENT
from sandboxes.nsjail import NsjailSandbox
from tests.abuse.harness import CONTAINED, MODEST, PROGRAMS, Abuser
from tests.abuse.trial import case, compiled_by, judge_files, judge_program, probe, read, what_was_said

SECRET: Final = "SYNCODE_" + secrets.token_hex(16)
# Reads the whole image.
THOROUGH: Final = ProblemLimits(cpu_ms=20_000, memory_mib=256)

SHARED: Final = ("/dev/shm", "/var/tmp")  # noqa: S108 # of the host


def disguised(secret: str) -> str:
    """As 33-search.c takes it."""
    return bytes(byte ^ 0x80 for byte in secret.encode()).hex()


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with the secret that everybody on this host may read; the secret is in the engine's environment too."""
    monkeypatch.setenv("SYNCODE_PLANTED", SECRET)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        file = directory / "answer.ans"
        file.write_text(SECRET + "\n")
        file.chmod(0o644)
        yield file


class TestTheHost:
    def test_its_files_are_not_there(self, abuse: Abuser, planted: Path) -> None:
        with contextlib.ExitStack() as owned:
            elsewhere = [owned.enter_context(tempfile.NamedTemporaryFile(dir=place)).name for place in SHARED]
            for name in elsewhere:
                os.chmod(name, 0o644)
            abuse(probe("28-host_files.c", str(planted), *elsewhere))

    @pytest.mark.parametrize("program", ["29-proc.c", "37-descriptors.c", "40-watching.c"])
    def test_the_kernel_tells_nothing(self, abuse: Abuser, program: str) -> None:
        abuse(probe(program))

    def test_paths_that_are_told_name_nobody(self, abuse: Abuser) -> None:
        name = "tenant-acme/problem-42/hidden-7"
        result = judge_program(abuse, "30-mounts.c", [case(name)])
        assert result.verdict is Verdict.ACCEPTED, result
        said = result.cases[0].stderr.decode()
        for word in ("tenant", "acme", "problem", "hidden", "42/", "30-mounts"):
            assert word not in said
        roots = {line.split()[3] for line in said.splitlines() if re.match(r"\d+ \d+ \d+:\d+ ", line)}
        # told from the root of the file system they lie on, wherever the operator has mounted that
        neutral = (
            r"/|/(null|zero|full|random|urandom)",
            r"(/.*)?/images/[0-9a-f]+/rootfs/(usr|etc)",
            r"(/.*)?/init/init-[0-9a-f]+",
            r"(/.*)?/syncode/empty",
            rf"(/.*)?/{re.escape(abuse._workspace.name)}/program-[a-z0-9_]+",
        )
        assert len(roots) >= 10
        assert [root for root in roots if not re.fullmatch("|".join(neutral), root)] == []

    def test_its_domain_is_not_told(self, settings: Settings, image: Callable[[str], Path]) -> None:
        """Asked of an engine whose host has one, for which a namespace of a thread's own is enough."""
        asked = "import ctypes\nname = ctypes.create_string_buffer(65)\nctypes.CDLL(None).getdomainname(name, 65)\n"
        command = Command(steps=(("python3", "-c", asked + "print(name.value.decode())"),))

        def ask() -> bytes:
            libc, domain = ctypes.CDLL(None, use_errno=True), SECRET.encode()
            assert libc.unshare(0x0400_0000) == 0  # CLONE_NEWUTS
            assert libc.setdomainname(domain, len(domain)) == 0
            with NsjailSandbox.open(settings.home, slots=1) as sandbox:
                return sandbox.run(command, Limits(), rootfs=image("python")).stdout

        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(ask).result() == b"(none)\n"

    def test_memory_and_disk_are_told_to_everybody(self, abuse: Abuser) -> None:
        """Accepted: no namespace holds these figures."""
        said = dict(line.split() for line in abuse(probe("32-sysinfo.c")).case.stderr.decode().splitlines())
        assert int(said["memory"]) == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        assert int(said["disk"]) > 0


class TestEnvironment:
    @pytest.mark.parametrize("language", ["c", "python"])
    def test_of_a_run(self, abuse: Abuser, languages: Mapping[str, Language], planted: Path, language: str) -> None:
        assert planted.exists()
        program = {"c": "31-environment.c", "python": "31-environment.py"}[language]
        result = abuse(probe(program))
        own = run_environment(
            languages[language], entrypoint=languages[language].entrypoint, memory_mib=MODEST.memory_mib
        )
        wanted = [f"{name}={value}" for name, value in {**ENVIRONMENT, **own}.items()]
        assert sorted(result.case.stderr.decode().split("\n")) == sorted([*wanted, ""])

    def test_of_a_compilation(self, abuse: Abuser, planted: Path) -> None:
        assert planted.exists()
        result = abuse(probe("31-environment.rs"))
        assert sorted(result.case.stderr.decode().split()) == sorted(f"{n}={v}" for n, v in ENVIRONMENT.items())


class TestAnswers:
    def test_are_nowhere_in_a_run(self, abuse: Abuser, planted: Path) -> None:
        cases = [
            case(f"search-{SECRET}", disguised(SECRET), answer=Data(planted)),
            case(f"hidden-{SECRET}", disguised(SECRET), answer=SECRET.encode()),
        ]
        result = judge_program(abuse, "33-search.c", cases, limits=THOROUGH)
        assert [each.stdout for each in result.cases] == [CONTAINED] * 2
        assert [each.verdict for each in result.cases] == [Verdict.WRONG_ANSWER] * 2

    def test_a_search_finds_what_is_there(self, abuse: Abuser) -> None:
        result = judge_program(
            abuse,
            "33-search.c",
            [case("only", disguised(SECRET))],
            files={"notes.txt": SECRET.encode()},
            limits=THOROUGH,
        )
        assert result.cases[0].stdout == b"the secret stands in /app/src/notes.txt\n"

    def test_are_nowhere_in_a_compilation(
        self, abuse: Abuser, languages: Mapping[str, Language], planted: Path
    ) -> None:
        language = compiled_by(
            languages["c"],
            ("gcc", "-o", "search", "{source}"),
            ("/box/search", disguised(SECRET)),
            ("sh", "-c", "mkdir out && printf '#!/bin/sh\\necho contained\\n' > out/main"),
        )
        cases = [case(f"search-{SECRET}", answer=Data(planted))]
        result = judge_files(abuse, language, read("33-search.c"), cases, limits=THOROUGH)
        assert result.compilation is not None
        assert (result.compilation.ok, result.compilation.stdout) == (True, CONTAINED)

    @pytest.mark.parametrize(
        ("language", "code"),
        [
            ("c", '#include "@"\nint main(void) {}'),
            ("c", "#include </proc/1/environ>\nint main(void) {}"),
            ("c", '__asm__(".incbin \\"@\\"");\nint main(void) {}'),
            ("cpp", "#if __has_include(<@>)\nint main() {}\n#else\n#error there is no such file\n#endif"),
            ("rust", 'fn main() { print!("{}", include_str!("@")); }'),
            ("rust", '#[path = "@"] mod answer;\nfn main() {}'),
            ("go", 'package main\nimport _ "embed"\n//go:embed ../@\nvar answer string\nfunc main() { print(answer) }'),
            ("go", 'package main\nimport "@"\nfunc main() {}'),
            ("typescript", 'import answer from "@";\nconsole.log(answer);'),
            ("typescript", '/// <reference path="@" />\nconsole.log(1)'),
        ],
    )
    def test_cannot_be_included(
        self, abuse: Abuser, languages: Mapping[str, Language], planted: Path, language: str, code: str
    ) -> None:
        chosen = languages[language]
        files = {chosen.entrypoint: code.replace("@", str(planted)).encode()}
        result = judge_files(abuse, chosen, files, [case("only", answer=Data(planted))])
        assert result.verdict is Verdict.COMPILE_ERROR, result
        said = what_was_said(result)
        assert said.strip()
        assert SECRET not in said


# What a hostile compiler leaves, and why it is refused; {} is a file of the host.
LEFT: Final = {
    "link {}": r"link: cannot be opened",
    "link /etc/passwd": r"link: cannot be opened",
    "link ../main.py": r"link: cannot be opened",
    "link_for_main {}": r"main: cannot be opened",
    "directory_link {}": r"deep: cannot be opened",
    "link_for_all {}": r"out: cannot be opened",
    "link_for_all /box/elsewhere/main": r"out: cannot be opened",
    "link_to_descriptor": r"link: cannot be opened",
    "fifo": r"fifo: is not a regular file",
    "socket": r"syncode-abuse-socket: cannot be opened",
    "device": r"^Compiler ended with exit status 1$",
    "hard_link": r"again: has more than one name",
    "foreign_hard_link": r"^Compiler ended with exit status 1$",
    "sparse": r"large: is larger than what may be taken out",
    "many": r"out: holds more than 4096 names",
    "deep": r"lies deeper than 16 directories",
    "long": r"has a path of more than 1024 bytes",
    "bytes": r"has a name that is not UTF-8",
}


class TestCollecting:
    @pytest.fixture
    def build(self, abuse: Abuser, languages: Mapping[str, Language]) -> Callable[..., JudgeResult]:
        def judged(kind: str, *, times: int = 1) -> JudgeResult:
            language = compiled_by(languages["python"], *[("python3", "-I", "{source}")] * times)
            files = {"main.py": (PROGRAMS / "34-builder.py").read_bytes(), "kind": kind.encode()}
            return judge_files(abuse, language, files, [case("only")])

        return judged

    @pytest.mark.parametrize("kind", LEFT)
    def test_what_is_no_plain_file_is_refused(
        self, build: Callable[..., JudgeResult], planted: Path, kind: str
    ) -> None:
        result = build(kind.format(planted))
        assert result.verdict is Verdict.COMPILE_ERROR, result
        assert re.search(LEFT[kind], str(result.message))
        said = what_was_said(result)
        assert SECRET not in said
        assert "root:" not in said

    def test_a_plain_file_is_taken(self, build: Callable[..., JudgeResult]) -> None:
        assert build("good").verdict is Verdict.ACCEPTED

    def test_rights_of_files_are_not_taken_over(self, build: Callable[..., JudgeResult]) -> None:
        result = build("setuid")
        assert result.verdict is Verdict.ACCEPTED, result

    def test_the_host_is_not_written_to_through_links(self, build: Callable[..., JudgeResult], planted: Path) -> None:
        before = [(path.read_bytes() if path.is_file() else b"", path.stat()) for path in (planted, planted.parent)]
        times = [
            (about.st_ino, about.st_mode, about.st_uid, about.st_mtime_ns, about.st_ctime_ns) for _, about in before
        ]
        result = build(f"replaced {planted}")
        assert result.verdict is Verdict.ACCEPTED, result
        after = [(path.read_bytes() if path.is_file() else b"", path.stat()) for path in (planted, planted.parent)]
        assert [content for content, _ in after] == [content for content, _ in before]
        assert times == [(a.st_ino, a.st_mode, a.st_uid, a.st_mtime_ns, a.st_ctime_ns) for _, a in after]

    def test_nobody_writes_to_a_box_that_a_program_had(self, build: Callable[..., JudgeResult]) -> None:
        result = build("unwatched", times=2)
        assert result.verdict is Verdict.ACCEPTED, result


class TestInput:
    def test_cannot_be_changed(self, abuse: Abuser) -> None:
        stdin = Data(b"the input\n")
        cases = [TestCase(name, stdin, Data(CONTAINED)) for name in ("first", "second")]
        result = judge_program(abuse, "36-input.c", cases)
        assert result.verdict is Verdict.ACCEPTED, result


@pytest.fixture
def neighbour(
    sandbox: NsjailSandbox, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> Iterator[Callable[[], Path]]:
    """Starts 38-planter.c in another slot, where it lives until the end of the test; gives its workspace."""
    threads: list[threading.Thread] = []
    results: list[JudgeResult] = []
    with Cancellation() as cancellation, tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        workspace.chmod(0o711)
        place = Place(sandbox, image("c"), workspace)
        files = read("38-planter.c")
        source = Source(languages["c"], files, next(iter(files)))
        problem = Problem((case("only", "stay"),), Tokens(), ProblemLimits(cpu_ms=60_000, memory_mib=64))

        def start() -> Path:
            threads.append(
                threading.Thread(
                    target=lambda: results.append(judge(source, problem, place, cancellation=cancellation))
                )
            )
            threads[0].start()
            uids = {slot.program_uid for slot in sandbox.held_slots}
            deadline = time.monotonic() + 30
            while "planted" not in running(uids):
                assert time.monotonic() < deadline, results
                time.sleep(0.02)
            return workspace

        yield start
        cancellation.cancel()
        for thread in threads:
            thread.join()
    assert [result.verdict for result in results] == [Verdict.CANCELLED]


def running(uids: set[int]) -> set[str]:
    """Names of the processes of these users."""
    names = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid in uids:
                names.add((entry / "comm").read_text().strip())
    return names


class TestOtherSubmissions:
    def test_at_the_same_time(self, abuse: Abuser, neighbour: Callable[[], Path]) -> None:
        workspace = neighbour()
        programs = [str(path) for path in workspace.iterdir()]
        assert programs
        abuse(probe("38-seeker.c", str(workspace), str(abuse._workspace), *programs))

    def test_one_after_the_other(self, abuse: Abuser) -> None:
        abuse(probe("38-planter.c"))
        abuse(probe("38-seeker.c", str(abuse._workspace)))

    def test_locks_of_the_image_are_seen_by_all(self, abuse: Abuser, neighbour: Callable[[], Path]) -> None:
        """Accepted: only runs that go on at the same time can talk so. Those of ranges are granted and not taken."""
        assert locks(abuse) == ["flock free", "lock of an open file free"]
        neighbour()
        assert locks(abuse) == ["flock held", "lock of an open file free"]

    def test_users_of_the_host_are_not_shared(
        self, cold_abuse: Abuser, lone_sandbox: NsjailSandbox, sandbox: NsjailSandbox
    ) -> None:
        uids = [
            uid
            for each in (lone_sandbox, sandbox)
            for slot in each.held_slots
            for uid in (slot.init_uid, slot.program_uid)
        ]
        assert len(set(uids)) == len(uids)
        assert 0 not in uids
        said = cold_abuse(probe("38-users.c")).case.stderr.decode().split()
        (slot,) = lone_sandbox.held_slots
        assert said == ["0", str(slot.init_uid), "1", "1000", str(slot.program_uid), "1"] * 2


def locks(abuse: Abuser) -> list[str]:
    return abuse(probe("39-locks.c")).case.stderr.decode().splitlines()


class TestOtherTests:
    def test_which_one_it_is_cannot_be_told(self, abuse: Abuser) -> None:
        result = judge_program(abuse, "41-oracle.c", [case(name) for name in ("first", "second", "third", "fourth")])
        assert [each.stdout for each in result.cases] == [CONTAINED] * 4
        assert result.verdict is Verdict.ACCEPTED
