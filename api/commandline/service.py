"""The HTTP service and its database."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.database import upgrade_database
from api.commands.exits import ExitCode
from api.commands.seed import seed_problems
from api.commands.serve import serve_http
from api.settings import load_service_settings

app = typer.Typer()
database = typer.Typer(no_args_is_help=True)
app.add_typer(database, name="db", help="Look after the service's database.")


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
def seed() -> ExitCode:
    """Add the example problems that are not there yet, and publish them."""
    return seed_problems(load_service_settings())


@database.command("upgrade")
def database_upgrade() -> ExitCode:
    """Bring the database to the newest schema."""
    return upgrade_database(load_service_settings())
