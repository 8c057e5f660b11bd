"""The day of a moment, in SQL, alike for every database."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class utc_day(GenericFunction[date]):  # noqa: N801 - reads as the function it is
    """``utc_day(moment)``: its date in UTC."""

    type = Date()
    inherit_cache = True


@compiles(utc_day, "sqlite")
def _sqlite(element: ColumnElement[Any], compiler: SQLCompiler, **keywords: Any) -> str:  # noqa: ANN401 - the framework's
    return f"date({compiler.process(element.clauses, **keywords)})"


@compiles(utc_day, "postgresql")
def _postgresql(element: ColumnElement[Any], compiler: SQLCompiler, **keywords: Any) -> str:  # noqa: ANN401 - the same
    return f"CAST(timezone('UTC', {compiler.process(element.clauses, **keywords)}) AS DATE)"
