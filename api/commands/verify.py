"""``syncode verify``: every reference solution, expected output and input of problem packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from api.commands.exits import ExitCode
from api.commands.junit import junit_xml
from api.commands.markdown import markdown
from api.commands.matrix import print_report
from api.commands.mutants import mutation_markdown, print_mutation
from api.commands.progress import VerifyProgress
from api.commands.remote import verify_remotely
from api.commands.sarif import repository, sarif
from api.commands.selection import Selected, open_packages, select
from api.commands.session import Server
from api.commands.terminal import answers, print_json, remarks
from api.commands.verification import verification_json
from api.commands.verified import Policy, Verified, summary
from judge.mutation import MutationReport
from runner import Engine, Inventory, PackageReport, RequestError, Settings
from runner.mutating import mutate_package


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What stands on the command line.

    ``since``    revision since which a package must have changed; ``None``: all of them
    ``repeat``   how often each solution is judged
    ``jobs``     how many solutions at once; ``None``: as many as there are slots
    ``mutation_seconds``  how long mutants of each package's solutions are judged; ``None``: there are none
    ``server``   where packages are judged; ``None``: here
    ``json``, ``junit``, ``sarif``, ``markdown``  the reports that are wanted, each beside the others
    """

    packages: tuple[Path, ...]
    policy: Policy
    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    markdown: Path | None = None
    since: str | None = None
    repeat: int = 1
    jobs: int | None = None
    mutation_seconds: float | None = None
    server: Server | None = None


def verify_packages(settings: Settings, options: VerifyOptions) -> ExitCode:
    """Judge, report, and answer whether everything was checked and is as it should be."""
    inventory = Inventory.open(settings)
    places = select(options.packages, since=options.since)
    with ExitStack() as owned:
        selected = open_packages(owned, places, inventory.languages)
        reports = _reports(options)
        for path, _ in reports:
            _write(path, b"")  # an hour of judging must not end at a directory that is not there
        verified = _verify(settings, selected, options) if selected else ()
        for path, content in reports:
            _write(path, content(verified))
        if options.as_json:
            print_json(verification_json(verified, options.policy))
        else:
            for each in verified:
                print_report(answers(), each)
                if each.mutation is not None:
                    print_mutation(answers(), each.mutation)
                    answers().print()
        nothing = f"nothing changed in any package since {options.since}"
        remarks().print(summary(verified) if verified else nothing)
        return options.policy.outcome(verified)


def _reports(options: VerifyOptions) -> list[tuple[Path, Callable[[Sequence[Verified]], bytes]]]:
    """Where reports go, and what is in them."""
    base = repository(Path.cwd())
    wanted: list[tuple[Path | None, Callable[[Sequence[Verified]], bytes]]] = [
        (options.junit, lambda verified: junit_xml(verified, options.policy)),
        (options.sarif, lambda verified: sarif(verified, base=base)),
        (options.markdown, lambda verified: _markdown(verified, options.policy)),
    ]
    return [(path, content) for path, content in wanted if path is not None]


def _markdown(verified: Sequence[Verified], policy: Policy) -> bytes:
    mutations = (mutation_markdown(each.id, each.mutation) for each in verified if each.mutation is not None)
    return "\n".join((markdown(verified, policy), *mutations)).encode("utf-8", "replace")


def _verify(settings: Settings, selected: Sequence[Selected], options: VerifyOptions) -> tuple[Verified, ...]:
    packages = [each.package for each in selected]
    solutions = sum(len(package.submissions) for package in packages if not package.unsupported)
    mutations: dict[Path, MutationReport] = {}
    with ExitStack() as owned:
        progress = VerifyProgress(solutions)
        if options.server is not None:
            with progress:
                reports = verify_remotely(packages, options.server, repeat=options.repeat, on_event=progress.show)
        else:
            engine = owned.enter_context(Engine.open(settings))
            with progress:
                reports = engine.verify(packages, repeat=options.repeat, jobs=options.jobs, on_event=progress.show)
            if options.mutation_seconds is not None:
                mutations = _mutate(engine, reports, seconds=options.mutation_seconds)
    return tuple(
        Verified(each.place, report, each.native, mutations.get(report.package.path))
        for each, report in zip(selected, reports, strict=True)
    )


def _mutate(engine: Engine, reports: Sequence[PackageReport], *, seconds: float) -> dict[Path, MutationReport]:
    """What mutants say of the packages whose accepted solutions are accepted, by the packages' paths."""
    found: dict[Path, MutationReport] = {}
    for report in reports:
        if report.validation is None or not report.validation.ok:
            continue
        results = {each.submission.path: each.result for each in report.solutions}
        remarks().print(f"{report.package.id}: judging mutants, for {seconds:g} s at most")
        try:
            found[report.package.path] = mutate_package(engine, report.package, results=results, seconds=seconds)
        except RequestError as error:
            remarks().print(f"{report.package.id}: no mutants: {error}")
    return found


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
