"""Checkers, interactors, validators and solutions of a Polygon package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from judge.packages.formats.draft import Draft, plain
from judge.packages.formats.foreign import Foreign
from judge.packages.formats.polygon.description import Description, Program, Solution
from judge.packages.formats.testlib import (
    adapted_checker,
    adapted_interactor,
    adapted_validator,
    headers,
    is_cpp,
)

TESTLIB: Final = "testlib.h"

# Checkers of Polygon's own that do exactly what a rule of ours does. Numbers are written in one way only there.
EXACT: Final[Mapping[str, tuple[str, ...]]] = {
    "std::wcmp.cpp": ("case_sensitive",),
    "std::ncmp.cpp": ("case_sensitive",),
    "std::icmp.cpp": ("case_sensitive",),
    "std::hcmp.cpp": ("case_sensitive",),
    "std::yesno.cpp": (),
    "std::nyesno.cpp": (),
}
# And those that do nearly that: taken only where their program cannot be kept.
NEAR: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "std::fcmp.cpp": (("case_sensitive", "space_change_sensitive"), "the end of the last line counts too"),
    "std::lcmp.cpp": (("case_sensitive",), "where lines end does not count"),
    "std::rcmp.cpp": (("float_absolute_tolerance", "1.5e-6"), "numbers may be written with an exponent"),
    "std::rcmp4.cpp": (("float_tolerance", "1e-4"), "numbers may be written with an exponent"),
    "std::rcmp6.cpp": (("float_tolerance", "1e-6"), "numbers may be written with an exponent"),
    "std::rcmp9.cpp": (("float_tolerance", "1e-9"), "numbers may be written with an exponent"),
    "std::dcmp.cpp": (("float_tolerance", "1e-6"), "numbers may be written with an exponent"),
}

_TAGS: Final = {
    "main": "accepted",
    "accepted": "accepted",
    "rejected": "rejected",
    "failed": "rejected",
    "wrong-answer": "wrong_answer",
    "presentation-error": "wrong_answer",
    "time-limit-exceeded": "time_limit_exceeded",
    "memory-limit-exceeded": "run_time_error",
    "runtime-error": "run_time_error",
    "time-limit-exceeded-or-accepted": "time_limit_exceeded_or_accepted",
    "time-limit-exceeded-or-memory-limit-exceeded": "time_limit_exceeded_or_run_time_error",
}
# Directories that are no part of the format: what submissions.yaml says of them.
_MIXED: Final[Mapping[str, Mapping[str, object]]] = {
    "time_limit_exceeded_or_accepted": {
        "permitted": ["AC", "TLE"], "required": ["AC", "TLE"], "use_for_time_limit": False
    },
    "time_limit_exceeded_or_run_time_error": {
        "permitted": ["AC", "TLE", "RTE"], "required": ["TLE", "RTE"], "use_for_time_limit": False
    },
}  # fmt: skip
_UNREADABLE: Final = ("python.2", "python.pypy2")


class Programs:
    """Writes the programs of a package into a draft."""

    def __init__(self, package: Foreign, about: Description, draft: Draft) -> None:
        self._package = package
        self._about = about
        self._draft = draft
        self._resources = {
            PurePosixPath(each.path).name: package.read(each.path)
            for each in about.resources
            if package.get(each.path) is not None and headers({each.path: b""})
        }
        # Packages of older revisions do not list it.
        testlib = f"files/{TESTLIB}"
        if TESTLIB not in self._resources and package.get(testlib) is not None:
            self._resources[TESTLIB] = package.read(testlib)

    def write(self) -> tuple[str, ...]:
        """All of them; what type of problem they make it. Raises :class:`judge.errors.PackageError`."""
        interactive = False
        if self._about.interactor is None:
            self._write_checker()
        else:
            interactive = self._write_interactor(self._about.interactor)
        for program in self._about.validators:
            self._write_validator(program)
        for solution in self._about.solutions:
            self._write_solution(solution)
        for resource in self._about.resources:
            if resource.with_solutions and self._package.get(resource.path) is not None:
                self._write_include(resource.path, resource.types)
        for path in self._about.attachments:
            file = self._package.get(path)
            if file is not None:
                self._draft.write(f"attachments/{plain(PurePosixPath(path).name)}", file)
        return ("interactive",) if interactive else ()

    def _write_checker(self) -> None:
        checker = self._about.checker
        if checker is None:
            self._draft.notes.append("there is no checker; outputs are compared word by word")
            self._flags(("case_sensitive",))
            return
        if checker.name in EXACT:
            self._flags(EXACT[checker.name])
            return
        reason = self._reason_against(checker)
        if reason is None:
            files = adapted_checker(plain(self._name(checker)), self._package.read(checker.path), self._resources)
            self._write_files("output_validator", files)
        elif checker.name in NEAR:
            flags, difference = NEAR[checker.name]
            self._draft.notes.append(f"the checker {checker.name} became {' '.join(flags)}: {difference} ({reason})")
            self._flags(flags)
        else:
            self._draft.unsupported.append(f"the checker {checker.path}: {reason}")

    def _write_interactor(self, interactor: Program) -> bool:
        checker = self._about.checker
        reason = self._reason_against(interactor)
        what = f"the interactor {interactor.path}"
        if reason is None and checker is not None:
            reason, what = self._reason_against(checker), f"the checker {checker.path} after the interactor"
        if reason is not None:
            self._draft.unsupported.append(f"{what}: {reason}")
            return False
        files = adapted_interactor(
            plain(self._name(interactor)),
            self._package.read(interactor.path),
            self._resources,
            checker=None if checker is None else self._package.read(checker.path),
        )
        self._write_files("output_validator", files)
        return True

    def _write_validator(self, program: Program) -> None:
        reason = self._reason_against(program)
        if reason is not None:
            self._draft.notes.append(f"the validator {program.path} was left out: {reason}")
            return
        name = plain(self._name(program))
        files = adapted_validator(name, self._package.read(program.path), self._resources)
        self._write_files(f"input_validators/{plain(PurePosixPath(name).stem)}", files)

    def _write_solution(self, solution: Solution) -> None:
        path, tag = solution.program.path, solution.tag
        file = self._package.get(path)
        directory = _TAGS.get(tag)
        left_out = (
            "it is not there" if file is None
            else f"its tag {tag!r} promises nothing" if directory is None
            else "it is Python 2" if solution.program.type.startswith(_UNREADABLE)
            else None
        )  # fmt: skip
        if left_out is not None or file is None or directory is None:
            self._draft.notes.append(f"the solution {path} was left out: {left_out}")
            return
        if solution.tagged_apart:
            self._draft.notes.append(f"the solution {path} has other tags for some tests, which were left out")
        if directory in _MIXED:
            self._draft.expect(directory, **_MIXED[directory])
        target = f"{directory}/{plain(PurePosixPath(path).name)}"
        if tag == "main":
            self._draft.expect(target, model_solution=True)
        self._draft.write(f"submissions/{target}", file)

    def _write_include(self, path: str, types: str) -> None:
        """Files that are compiled with solutions."""
        name = PurePosixPath(path).name
        suffix = PurePosixPath(path).suffix.lower()
        of = {".h": "cpp", ".hpp": "cpp", ".cpp": "cpp", ".c": "c", ".py": "python3", ".java": "java"}
        language = "python3" if types.startswith("python") else types.split(".", 1)[0] or of.get(suffix, "")
        if language not in {"cpp", "c", "java", "python3", "go", "rust"}:
            self._draft.unsupported.append(f"{path}, which is compiled with solutions of the type {types!r}")
            return
        self._draft.write(f"include/{language}/{plain(name)}", self._package.files[PurePosixPath(path).as_posix()])

    def _reason_against(self, program: Program) -> str | None:
        """Why a program cannot be kept; ``None``: it can."""
        if self._package.get(program.path) is None:
            return "its source is not in the package"
        if not is_cpp(program.path):
            return f"only programs in C++ can be taken over, and it is {program.type or 'something else'}"
        if TESTLIB not in self._resources and TESTLIB.encode() in self._package.read(program.path):
            return f"it includes {TESTLIB}, which is not in the package"
        return None

    def _flags(self, flags: tuple[str, ...]) -> None:
        if flags:
            self._draft.setting("", output_validator_args=list(flags))

    def _write_files(self, directory: str, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            self._draft.write(f"{directory}/{plain(name)}", content)

    @staticmethod
    def _name(program: Program) -> str:
        return PurePosixPath(program.path).name
