"""The command ``syncode``: a façade like any other. Commands parse and print; the rest is the engine's."""

from __future__ import annotations

import importlib.metadata
import io
import signal
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from api.commands.canary import fly_canaries
from api.commands.database import upgrade_database
from api.commands.deliver import LANE, deliver
from api.commands.doctor import show_host
from api.commands.exits import ExitCode, exit_code, sentence
from api.commands.images import build_images, list_images, prune_images, verify_images
from api.commands.judge import JudgeOptions, judge_program
from api.commands.languages import list_languages
from api.commands.mutate import MutateOptions, mutate_solutions
from api.commands.package import check_package, convert_package
from api.commands.run import RunOptions, read_request, run_program
from api.commands.seed import seed_problems
from api.commands.serve import serve_http
from api.commands.session import Server, TokenSettings
from api.commands.signals import hear_signals_at_once
from api.commands.stress import StressOptions, stress_solutions
from api.commands.terminal import remarks
from api.commands.verified import Policy
from api.commands.verify import VerifyOptions, verify_packages
from api.commands.worker import load_worker_settings, work
from api.settings import load_service_settings, read_settings
from api.webhooks.worker import WebhookWorkerSettings
from judge.packages import Format
from runner import Engine, Inventory, RequestError, Settings, SettingsError, load_settings
from runner.execution import DEFAULT_MEMORY_MIB, DEFAULT_WALL_MS
from runner.jobs import MOST_REPEATS, Lane
from runner.mutating import DEFAULT_SECONDS

NAME: Final = "syncode"

app = typer.Typer(name=NAME, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
images = typer.Typer(no_args_is_help=True)
app.add_typer(images, name="images", help="Make, list, check and tidy the root file systems of languages.")

database = typer.Typer(no_args_is_help=True)
app.add_typer(database, name="db", help="Look after the service's database.")

packages = typer.Typer(no_args_is_help=True)
app.add_typer(packages, name="package", help="Look into problem packages, and convert them.")

Languages = Annotated[list[str] | None, typer.Argument(metavar="[LANG]...", help="Languages; all if none is named.")]
_ANY_PACKAGE: Final = "A package: a directory or an archive; also of Polygon, of DMOJ, or tests alone."
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="How many at once; one per processor by default.")]


def _on_version(value: bool) -> None:  # noqa: FBT001 - the library's way of calling
    if value:
        typer.echo(f"{NAME} {importlib.metadata.version(NAME)}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_on_version, help="Print the version and end.")
    ] = False,
) -> None:
    """Run programs in a sandbox and judge them against test cases."""


@app.command()
def run(  # noqa: PLR0913 - one for each option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Source of the program.")],
    *,
    language: Annotated[str | None, typer.Option(help="Its language; by default told from the file's name.")] = None,
    stdin: Annotated[str | None, typer.Option(metavar="FILE|-", help="Its input; '-' is standard input.")] = None,
    time_ms: Annotated[int, typer.Option(help="Wall time limit.")] = DEFAULT_WALL_MS,
    cpu_ms: Annotated[int | None, typer.Option(help="CPU time limit; by default 10 s or --time-ms.")] = None,
    memory_mb: Annotated[int, typer.Option(help="Memory limit in MiB, taken literally.")] = DEFAULT_MEMORY_MIB,
    args: Annotated[list[str] | None, typer.Option("--args", help="An argument for it; may be repeated.")] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Use and fill the compile cache, or compile anew.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of its output.")] = False,
) -> ExitCode:
    """Run one program. Its output comes out unchanged; the verdict goes to standard error."""
    settings = load_settings()
    options = RunOptions(file, language, stdin, time_ms, cpu_ms, memory_mb, tuple(args or ()), cache)
    request = read_request(options, Inventory.open(settings))
    with Engine.open(settings) as engine:
        return run_program(engine, request, as_json=as_json)


@app.command()
def judge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Source of the program.")],
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="A problem package: a directory or an archive.")],
    *,
    language: Annotated[str | None, typer.Option(help="Its language; by default told from the file's name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
) -> ExitCode:
    """Judge one program against the tests of a problem package; 0 only if it is accepted."""
    with Engine.open(load_settings()) as engine:
        return judge_program(engine, JudgeOptions(file, package, language), as_json=as_json)


@app.command()
def verify(  # noqa: PLR0913 - one for each option
    packages: Annotated[
        list[Path],
        typer.Argument(
            metavar="PACKAGE...", help="Problem packages: directories, archives, or directories with packages below."
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the matrix.")] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit XML report there.")] = None,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a SARIF 2.1.0 report there.")] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a summary in Markdown there.")] = None,
    jobs: Jobs = None,
    repeat: Annotated[
        int, typer.Option(min=1, max=MOST_REPEATS, help="How often each solution is judged, to find what changes.")
    ] = 1,
    changed_since: Annotated[
        str | None, typer.Option(metavar="REV", help="Only packages with changes in git since that revision.")
    ] = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Put small mistakes into accepted solutions; list those no test notices.")
    ] = False,
    mutation_seconds: Annotated[
        float, typer.Option(min=1, help="How long the mutants of each package are judged.")
    ] = DEFAULT_SECONDS,
    allow_unsupported: Annotated[
        bool, typer.Option("--allow-unsupported", help="Pass over packages that need what is not judged.")
    ] = False,
    warnings_as_errors: Annotated[
        bool, typer.Option("--warnings-as-errors", help="Let warnings fail a package.")
    ] = False,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Judge on the service there; its token is in SYNCODE_TOKEN or --token-file."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds a token of an admin on the service.")
    ] = None,
) -> ExitCode:
    """Judge every reference solution of problem packages and check their data; 0 only if everything holds."""
    remote = None
    if server is not None:
        if jobs is not None or mutate:
            raise RequestError("--jobs and --mutate are about judging here, and --server judges elsewhere")
        remote = Server.of(server, token=TokenSettings().token, file=token_file)
    elif token_file is not None:
        raise RequestError("--token-file is for --server")
    options = VerifyOptions(
        packages=tuple(packages),
        policy=Policy(allow_unsupported, warnings_as_errors),
        as_json=as_json,
        junit=junit,
        sarif=sarif,
        markdown=markdown,
        since=changed_since,
        repeat=repeat,
        jobs=jobs,
        mutation_seconds=mutation_seconds if mutate else None,
        server=remote,
    )
    return verify_packages(load_settings(), options)


@app.command()
def mutate(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="Problem package: a directory or an archive.")],
    *,
    seconds: Annotated[float, typer.Option(min=1, help="How long mutants are judged.")] = DEFAULT_SECONDS,
    most: Annotated[int | None, typer.Option(min=1, help="Mutants at most.")] = None,
    solution: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Mutate this solution; may be repeated. By default all accepted ones."),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE|-", help="Write a JSON report there.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown instead of tables.")] = False,
    threshold: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="The score that is good enough.")
    ] = 100.0,
) -> ExitCode:
    """Put small mistakes into accepted solutions; 0 only if the tests notice enough of them."""
    options = MutateOptions(package, seconds, most, tuple(solution or ()), json, markdown, threshold)
    with Engine.open(load_settings()) as engine:
        return mutate_solutions(engine, options)


@app.command()
def stress(  # noqa: PLR0913 - one for each option
    *,
    generator: Annotated[Path, typer.Option(metavar="FILE", help="Writes an input, given a seed and a size.")],
    trusted: Annotated[Path, typer.Option(metavar="FILE", help="The solution that is right.")],
    suspect: Annotated[Path, typer.Option(metavar="FILE", help="The solution that is in doubt.")],
    checker: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="A built-in checker (tokens, float, …) or an output validator."),
    ] = None,
    input_validator: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Says by exit code 42 that an input is one.")
    ] = None,
    package: Annotated[
        Path | None, typer.Option(metavar="PACKAGE", help="Take limits, checker and input validator from there.")
    ] = None,
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", help="An argument of the generator, with {seed} and {size} in it; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    largest: Annotated[int, typer.Option(min=1, help="The largest size.")] = 100,
    time_ms: Annotated[int | None, typer.Option(min=1, help="CPU time limit of the solutions.")] = None,
    memory_mb: Annotated[int | None, typer.Option(min=1, help="Memory limit of the solutions in MiB.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to search, and again to shrink.")] = DEFAULT_SECONDS,
    most: Annotated[int | None, typer.Option(min=1, help="Inputs at most, and again tries to shrink.")] = None,
    save: Annotated[Path | None, typer.Option(metavar="DIR", help="Write what is found there, as a test.")] = None,
) -> ExitCode:
    """Search an input on which two solutions differ, and make it small; 0 only if there is none."""
    options = StressOptions(
        generator=generator,
        trusted=trusted,
        suspect=suspect,
        checker=checker,
        input_validator=input_validator,
        package=package,
        arguments=tuple(arg or ()),
        seed=seed,
        largest=largest,
        time_ms=time_ms,
        memory_mb=memory_mb,
        seconds=seconds,
        most=most,
        save=save,
    )
    with Engine.open(load_settings()) as engine:
        return stress_solutions(engine, options)


@packages.command("check")
def package_check(
    path: Annotated[Path, typer.Argument(metavar="PACKAGE", help=_ANY_PACKAGE)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> ExitCode:
    """Read a package and say what it holds, what was assumed and what is not supported; 0 only if it can be judged."""
    return check_package(path, Inventory.open(load_settings()).languages, as_json=as_json)


@packages.command("convert")
def package_convert(
    path: Annotated[Path, typer.Argument(metavar="PACKAGE", help=_ANY_PACKAGE)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A directory to be made, or an archive (.zip, .kpp).")],
    *,
    to: Annotated[Format, typer.Option(help="Version of the problem package format to write.")] = Format.V2025_09,
    allow_unsupported: Annotated[
        bool, typer.Option("--allow-unsupported", help="Leave out what is not supported, and write the rest.")
    ] = False,
) -> ExitCode:
    """Write a package anew: from any known format, in the problem package format."""
    languages = Inventory.open(load_settings()).languages
    return convert_package(path, target, languages, to=to, allow_unsupported=allow_unsupported)


@app.command("languages")
def languages_() -> ExitCode:
    """List the languages."""
    return list_languages(Inventory.open(load_settings()))


@app.command()
def doctor() -> ExitCode:
    """Say what this host offers; 0 only if runs would be safe on it."""
    return show_host(load_settings())


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on, in place of SYNCODE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port, in place of SYNCODE_PORT; 0: any.")] = None,
    build: Annotated[
        bool, typer.Option("--build-images", help="Build images that are missing while the service runs.")
    ] = False,
) -> ExitCode:
    """Serve the HTTP API, on a database that is brought up to date first."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return serve_http(load_service_settings().model_copy(update=given), build=build)


@app.command()
def worker(
    *,
    lanes: Annotated[
        str,
        typer.Option(
            metavar="LANES",
            help="Jobs of which lanes to do: interactive, submissions, validations; or, alone, webhooks to deliver.",
        ),
    ] = ",".join(Lane),
    slots: Annotated[int | None, typer.Option(min=1, help="Jobs at once, in place of SYNCODE_SLOTS.")] = None,
    build: Annotated[
        bool, typer.Option("--build-images", help="Build images that are missing while the worker runs.")
    ] = False,
) -> ExitCode:
    """Do jobs that services accept, which share a Redis with it (SYNCODE_REDIS_URL)."""
    if lanes.strip() == LANE:
        return deliver(read_settings(WebhookWorkerSettings))
    given = {} if slots is None else {"slots": slots}
    return work(load_worker_settings().model_copy(update=given), _lanes(lanes), build=build)


def _lanes(text: str) -> tuple[Lane, ...]:
    """Raises :class:`runner.RequestError`."""
    names = [name.strip() for name in text.split(",")]
    known = [lane.value for lane in Lane]
    if LANE in names:
        raise RequestError(f"{LANE} are delivered by a worker that does nothing else")
    if wrong := [name for name in names if name not in known]:
        raise RequestError(f"unknown lane {wrong[0]!r}; known: {', '.join(known)}")
    return tuple(lane for lane in Lane if lane.value in names)


@app.command()
def seed() -> ExitCode:
    """Add the example problems that are not there yet, and publish them."""
    return seed_problems(load_service_settings())


@database.command("upgrade")
def database_upgrade() -> ExitCode:
    """Bring the database to the newest schema."""
    return upgrade_database(load_service_settings())


@app.command()
def canary(
    languages: Languages = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
    jobs: Jobs = None,
) -> ExitCode:
    """Try bounded abuse against images; 0 only if every attempt ends as it must."""
    with Engine.open(load_settings()) as engine:
        return fly_canaries(engine, languages or (), jobs=jobs, as_json=as_json)


@images.command("build")
def images_build(languages: Languages = None, *, jobs: Jobs = None) -> ExitCode:
    """Build and prove the images that are missing."""
    with Engine.open(load_settings()) as engine:
        return build_images(engine, languages or (), jobs=jobs)


@images.command("list")
def images_list() -> ExitCode:
    """List the images."""
    return list_images(Inventory.open(load_settings()))


@images.command("verify")
def images_verify(languages: Languages = None, *, jobs: Jobs = None) -> ExitCode:
    """Check that images are what was built, safe, and run their languages."""
    with Engine.open(load_settings()) as engine:
        return verify_images(engine, languages or (), jobs=jobs)


@images.command("prune")
def images_prune() -> ExitCode:
    """Remove images that no language asks for, and what interrupted builds left."""
    return prune_images(Inventory.open(load_settings()))


def execute(arguments: Sequence[str]) -> int:
    """Run one command line in this process; the exit code. Prints at most one line about an error, never raises one."""
    try:
        answer = app(list(arguments), prog_name=NAME, standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the edge of the process
        code = exit_code(error)
        place = _write_traceback(error)
        known = sentence(error) if code is not None else f"internal error: {type(error).__name__}: {sentence(error)}"
        if known:  # where a command is missing, its help was the answer
            remarks().print(f"{NAME}: {known}{place}", soft_wrap=True)
        return code or ExitCode.FAILED
    if answer == ExitCode.INTERRUPTED:
        remarks().print(f"{NAME}: interrupted")
    return int(answer or 0)


def main() -> None:
    """Entry point of the installed command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    hear_signals_at_once()
    sys.exit(execute(sys.argv[1:]))


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as if by an exception, so that everything that was opened is closed on the way out."""
    sys.exit(128 + number)


def _write_traceback(error: Exception) -> str:
    """Append the traceback to the file that the settings name; what to add to the message about it."""
    try:
        settings: Settings = load_settings()
    except SettingsError:
        return ""
    if settings.debug is None:
        return ""
    try:
        with settings.debug.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv)}\n")
            traceback.print_exception(error, file=file)
    except OSError as failure:
        return f" (and {settings.debug} cannot be written: {failure.strerror})"
    return f" (more in {settings.debug})"
