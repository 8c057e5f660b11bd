"""Parameters that several commands have."""

from __future__ import annotations

from typing import Annotated, Final

import typer

Languages = Annotated[list[str] | None, typer.Argument(metavar="[LANG]...", help="Languages; all if none is named.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="How many at once; one per processor by default.")]

ANY_PACKAGE: Final = "A package: a directory or an archive; also of Polygon, of DMOJ, or tests alone."
