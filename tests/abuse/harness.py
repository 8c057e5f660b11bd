"""How abuse is judged: one hostile program through the public interface, then a look for traces, then a control.

A program lies in ``tests/abuse/programs`` as ``<row>-<name>.<extension>``, where the row is that of the list of abuse
cases. It is bounded by itself in count and time, whatever the sandbox does. One that was contained prints
:data:`CONTAINED`; one that finds a hole prints what it could do instead, which is a wrong answer and fails the test.
Sockets that programs open on the way bear :data:`MARK` in their names, so that one left on the host is found.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from judge import CaseResult, Data, JudgeResult, Place, Problem, ProblemLimits, Source, TestCase, Tokens, Verdict, judge
from languages import CompileOptions, Language
from sandboxes import Backend, Evidence, LimitKind, cgroups
from sandboxes.slots import RUNTIME, Slot

PROGRAMS: Final = Path(__file__).parent / "programs"
CONTAINED: Final = b"contained\n"
MARK: Final = "syncode-abuse"
LANGUAGES: Final = {
    ".py": "python",
    ".js": "javascript",
    ".ts": "typescript",
    ".java": "java",
    ".cpp": "cpp",
    ".c": "c",
    ".go": "go",
    ".rs": "rust",
}
# The wall limit follows from the CPU limit: twice as much and a second.
MODEST: Final = ProblemLimits(cpu_ms=2000, memory_mib=64, output_mib=1)


@dataclass(frozen=True, slots=True)
class Abuse:
    """A hostile program, how it is judged, and what must come of it.

    ``program``    its file below :data:`PROGRAMS`; the suffix is its language
    ``verdicts``   all that are right
    ``named``      the limits that the result may name; ``None``: it may name none
    ``answer``     what an accepted program has written, word for word
    ``limits``     of the run
    ``compiling``  fields of :class:`languages.Compile` that differ from the language's own (``cpu_ms``, ``memory_mib``)
    ``files``      more files handed in: relative path -> file below :data:`PROGRAMS`
    """

    program: str
    verdicts: tuple[Verdict, ...]
    named: tuple[LimitKind | None, ...] = (None,)
    answer: bytes = CONTAINED
    stdin: bytes = b""
    args: tuple[str, ...] = ()
    limits: ProblemLimits = MODEST
    compiling: Mapping[str, int] = field(default_factory=dict)
    options: CompileOptions = field(default_factory=CompileOptions)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """Id of its language."""
        return LANGUAGES[Path(self.program).suffix]

    @property
    def row(self) -> int:
        """Which abuse of the list it is."""
        return int(self.program.split("-", 1)[0])

    @property
    def title(self) -> str:
        """Its name among the tests."""
        return " ".join((self.program, *self.args))


@dataclass(frozen=True, slots=True)
class AbuseResult:
    """What came of a program that was judged, was contained, left no trace and spoiled nothing for the next one."""

    abuse: Abuse
    result: JudgeResult

    @property
    def case(self) -> CaseResult:
        """Its only test."""
        (case,) = self.result.cases
        return case

    @property
    def evidence(self) -> Evidence | None:
        """Of the limit that stopped the compiler, or else the program."""
        compilation = self.result.compilation
        if compilation is not None and not compilation.ok:
            return compilation.evidence
        return self.case.evidence

    @property
    def story(self) -> str:
        """What happened, for whoever reads why a test failed."""
        result, case = self.result, self.case
        said = case.stdout, case.stderr
        if result.compilation is not None and not result.compilation.ok:
            said = result.compilation.stdout, result.compilation.stderr
        texts = "\n".join(text.decode(errors="replace")[:1000] for text in said)
        return f"{result.message or 'accepted'} {result.fault or ''} {self.evidence}\n{texts}"

    @property
    def lines(self) -> list[str]:
        """What it wrote to its standard output."""
        return self.case.stdout.decode().splitlines()


@dataclass(frozen=True, slots=True)
class Traces:
    """What is on the host of the slots' runs, and of the engine's own. Equal before and after, or something was left.

    ``processes``    of the slots' users, as ``pid name``; ``children`` of this process, threads of this process
    ``groups``       control groups of the slots
    ``mounts``       lines of this process's mount table; ``descriptors`` its open descriptors (but for slots)
    ``files``        everything below the workspace
    ``sockets``      of the slots' users or with :data:`MARK` in their names, in the host's network namespace
    ``quotas``       keys and System V objects of the slots' users
    """

    processes: tuple[str, ...]
    children: tuple[str, ...]
    threads: int
    groups: tuple[str, ...]
    mounts: int
    descriptors: int
    files: tuple[str, ...]
    sockets: tuple[str, ...]
    quotas: tuple[str, ...]

    @classmethod
    def look(cls, slots: Sequence[Slot], workspace: Path) -> Traces:
        """Look for them now."""
        uids = {uid for slot in slots for uid in (slot.init_uid, slot.program_uid)}
        layout = cgroups.detect()
        children = [word for task in Path("/proc/self/task").iterdir() for word in _words(task / "children")]
        return cls(
            processes=tuple(_processes(uids)),
            children=tuple(sorted(children)),
            threads=threading.active_count(),
            groups=tuple(str(group) for slot in slots for group in cgroups.left_of(layout, slot.name)),
            mounts=Path("/proc/self/mountinfo").read_text("utf-8").count("\n"),
            descriptors=sum(1 for _ in _descriptors()),
            files=tuple(sorted(str(path) for path in workspace.rglob("*"))),
            sockets=tuple(sorted(_sockets(uids))),
            quotas=tuple(sorted(_quotas(uids))),
        )


def without_numbers(traces: Traces) -> Traces:
    """The same without what differs between a jail that waits and the next one: numbers of processes and of cases."""
    return replace(
        traces,
        processes=tuple(sorted(process.split(" ", 1)[1] for process in traces.processes)),
        children=(f"{len(traces.children)} of them",),
        groups=tuple(sorted(os.path.dirname(group) for group in traces.groups)),
    )


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except FileNotFoundError:
        return []


def _descriptors() -> Iterator[str]:
    """What this process has open, but for the locks of slots: those it has taken once it keeps."""
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            path = os.readlink(f"/proc/self/fd/{entry}")
            if not path.startswith(f"{RUNTIME}/slots/"):
                yield path


def _processes(uids: set[int]) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if entry.name.isdigit() and entry.stat().st_uid in uids:
                yield f"{entry.name} {(entry / 'comm').read_text().strip()}"


def _sockets(uids: set[int]) -> Iterator[str]:
    for family in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in _lines(f"/proc/net/{family}"):
            columns = line.split()
            if int(columns[7]) in uids:
                yield f"{family} {columns[1]}"
    for line in _lines("/proc/net/unix"):
        if MARK in line:
            yield f"unix {line.split()[-1]}"


def _quotas(uids: set[int]) -> Iterator[str]:
    for line in _lines("/proc/key-users", header=False):
        if int(line.split(":")[0]) in uids:
            yield f"keys {line}"
    for kind, column in (("shm", 7), ("sem", 4), ("msg", 7)):
        for line in _lines(f"/proc/sysvipc/{kind}"):
            if int(line.split()[column]) in uids:
                yield f"{kind} {line}"


def _lines(path: str, *, header: bool = True) -> list[str]:
    """A kernel table's lines without its header; none where the kernel does not offer the table."""
    try:
        lines = Path(path).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return lines[1:] if header else lines


# Ends well only in a jail in which nobody was before: an ordinary program, that also looks around.
_CONTROL: Final = b"""
import os
import sys

found = [place + "/" + name for place in ("/tmp", "/dev/shm") for name in os.listdir(place)]
found += [name for name in os.listdir("/box") if name != "main.py"]
known = "1", str(os.getppid()), str(os.getpid())
found += [name for name in os.listdir("/proc") if name.isdigit() and name not in known]
print(sum(map(int, sys.stdin)), *found)
"""
_CONTROL_CASE: Final = TestCase("control", Data(b"20\n22\n"), Data(b"42\n"))
# A hundred times what it needs: only a neighbour that is still there can use this up.
_CONTROL_LIMITS: Final = ProblemLimits(cpu_ms=2000, memory_mib=32, output_mib=1)


class Abuser:
    """Judges hostile programs, one at a time, in ``sandbox``. ``image`` finds the root file system of a language.

    Jails that wait in the sandbox are there before and after; beside them nothing may be.
    """

    def __init__(
        self,
        sandbox: Backend,
        workspace: Path,
        languages: Mapping[str, Language],
        image: Callable[[str], Path],
    ) -> None:
        self._sandbox = sandbox
        self._workspace = workspace
        self._languages = languages
        self._image = image
        self._look()  # what is loaded on the first look is no trace, nor a thread that stays for all further tests
        self.control(times=2)

    def __call__(self, abuse: Abuse) -> AbuseResult:
        """Judge it and assert all that holds for every abuse: verdict, evidence, no trace, and a control accepted."""
        before = self.look_first()
        result = self._judge(abuse)
        after = self._look()
        found = AbuseResult(abuse, result)
        assert result.verdict in abuse.verdicts, found.story
        evidence = found.evidence
        assert (evidence and evidence.limit) in abuse.named, found.story
        if evidence is not None:
            assert_evidence(evidence)
        if found.case.isolation is not None:
            assert found.case.isolation.missing == ()
        assert after == before
        control = self.control()
        assert control.verdict is Verdict.ACCEPTED, AbuseResult(abuse, control).story
        assert self._look() == before
        return found

    def control(self, times: int = 1) -> JudgeResult:
        """Judge an ordinary program with so many tests, that sees whether anything of an earlier one is still there."""
        language = self._languages["python"]
        source = Source.of(language, _CONTROL)
        return judge(source, Problem((_CONTROL_CASE,) * times, Tokens(), _CONTROL_LIMITS), self._place(language))

    def _judge(self, abuse: Abuse) -> JudgeResult:
        language = self._languages[abuse.language]
        if abuse.compiling:
            assert language.compile is not None
            language = replace(language, compile=replace(language.compile, **abuse.compiling))  # type: ignore[arg-type] # by name
        source = Source.of(
            language,
            (PROGRAMS / abuse.program).read_bytes(),
            files={path: (PROGRAMS / name).read_bytes() for path, name in abuse.files.items()},
            options=abuse.options,
        )
        case = TestCase("only", Data(abuse.stdin), Data(abuse.answer), args=abuse.args)
        return judge(source, Problem((case,), Tokens(), abuse.limits), self._place(language))

    def _place(self, language: Language) -> Place:
        return Place(self._sandbox, self._image(language.id), self._workspace)

    def look_first(self) -> Traces:
        """What is there before anything is judged: nothing, or only what waits."""
        before = self._look()
        assert before.files == before.sockets == before.quotas == ()
        if not self._sandbox.warm:
            assert before.processes == before.groups == ()
        return before

    def _look(self) -> Traces:
        self._sandbox.settle()
        traces = Traces.look(self._sandbox.held_slots, self._workspace)
        return without_numbers(traces) if self._sandbox.warm else traces


def assert_evidence(evidence: Evidence) -> None:
    """A limit that is named was reached, by the kernel's word."""
    assert evidence.fact
    match evidence.limit:
        case LimitKind.CPU_TIME | LimitKind.WALL_TIME | LimitKind.OUTPUT:
            assert evidence.measured >= evidence.limit_value
        case LimitKind.MEMORY:
            assert evidence.measured >= evidence.limit_value * 0.9
        case LimitKind.PROCESSES | LimitKind.FILE_SIZE:
            assert evidence.measured == evidence.limit_value
