"""``syncode db``: looking after the service's database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.commands.exits import ExitCode
from api.commands.terminal import answers
from api.migrations import is_current, upgrade
from api.settings import ServiceSettings
from runner import SettingsError

_VARIABLE = "SYNCODE_DATABASE_URL"


def upgrade_database(settings: ServiceSettings) -> ExitCode:
    """Bring the database to the newest schema. Raises :class:`SettingsError` if it cannot be reached."""
    if settings.embedded:
        settings.home.mkdir(parents=True, exist_ok=True)
    with database_errors():
        known = is_current(settings.database)
        if not known:
            upgrade(settings.database)
    answers().print("the database was up to date already" if known else "the database is up to date now")
    return ExitCode.OK


def require_current(settings: ServiceSettings) -> None:
    """Raises :class:`SettingsError` for a database that cannot be reached, or whose schema is not the newest."""
    with database_errors():
        if not is_current(settings.database):
            raise SettingsError(f"{_VARIABLE}: the database has an old schema or none: run 'syncode db upgrade' first")


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Say what the database says against being used, as a :class:`SettingsError`, without its address."""
    try:
        yield
    except DBAPIError as error:
        raise SettingsError(f"{_VARIABLE}: {str(error.orig).strip().splitlines()[0]}") from error
    except (SQLAlchemyError, ImportError) as error:
        raise SettingsError(f"{_VARIABLE}: is no address of a database that can be used") from error
