"""Looking after problems: their solutions, tests and packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commandline.parameters import ANY_PACKAGE, Jobs
from api.commands.exits import ExitCode
from api.commands.mutate import MutateOptions, mutate_solutions
from api.commands.package import check_package, convert_package
from api.commands.session import Server, TokenSettings
from api.commands.stress import StressOptions, stress_solutions
from api.commands.verified import Policy
from api.commands.verify import VerifyOptions, verify_packages
from judge.packages import Format
from runner import Engine, Inventory, RequestError, load_settings
from runner.jobs import MOST_REPEATS
from runner.mutating import DEFAULT_SECONDS

app = typer.Typer()
packages = typer.Typer(no_args_is_help=True)
app.add_typer(packages, name="package", help="Look into problem packages, and convert them.")


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
    path: Annotated[Path, typer.Argument(metavar="PACKAGE", help=ANY_PACKAGE)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> ExitCode:
    """Read a package and say what it holds, what was assumed and what is not supported; 0 only if it can be judged."""
    return check_package(path, Inventory.open(load_settings()).languages, as_json=as_json)


@packages.command("convert")
def package_convert(
    path: Annotated[Path, typer.Argument(metavar="PACKAGE", help=ANY_PACKAGE)],
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
