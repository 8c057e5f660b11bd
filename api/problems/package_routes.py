"""Routes of problem packages (API.md 9.2). All are for admins."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query, Response

from api.errors import DuplicateTitleError, NoTestCasesError, PackageInvalidError, ProblemNotFoundError
from api.forms import FormShape
from api.permissions import Capability
from api.problems.authoring_routes import ProblemId
from api.problems.exporting import WARNINGS, PackageResponse, export_package
from api.problems.importing import import_package
from api.problems.package_schemas import ExportFormat, PackageImported
from api.routing import CallerDep, FormDep, ServicesDep, Transaction, operation, router
from api.settings import ServiceSettings

packages = router(tags=["authoring"])

_MIB: Final = 1 << 20
_FLAGS: Final = {
    "dryRun": "Only see whether it could be taken over; `errors` say why not",
    "publish": "Let everybody see the problem; without it a new one is a draft, and a replaced one stays as it is",
    "replace": "Update the problem with the same package uuid or title, if there is one",
}
_REQUEST: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["package"],
                    "additionalProperties": False,
                    "properties": {
                        "package": {
                            "type": "string",
                            "format": "binary",
                            "description": "A zip archive: a problem package of Kattis / ICPC (`2025-09`, `legacy`, "
                            "`legacy-icpc`), of Polygon or DMOJ, or tests alone",
                        },
                        **{
                            name: {"type": "boolean", "default": False, "description": text}
                            for name, text in _FLAGS.items()
                        },
                    },
                },
                "encoding": {"package": {"contentType": "application/zip"}},
            }
        },
    }
}
_ARCHIVE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The package",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "Content-Disposition": {"description": "Its name", "schema": {"type": "string"}},
            WARNINGS: {
                "description": "What other tools will not see as it is meant: a JSON list of sentences",
                "schema": {"type": "string"},
            },
        },
    }
}


def _most_bytes(settings: ServiceSettings) -> int:
    return settings.package_mib * _MIB


_SHAPE: Final = FormShape("package", tuple(_FLAGS), _most_bytes, Capability.PROBLEM_CREATE)


@packages.post(
    "/problems/import",
    status_code=201,
    summary="Import a problem package (admin)",
    response_model_exclude_unset=True,
    responses={200: {"model": PackageImported, "description": "A dry run, or a problem that was replaced"}},
    openapi_extra=_REQUEST,
)
@operation(
    errors=(PackageInvalidError, DuplicateTitleError), idempotent=True, form=_SHAPE, transaction=Transaction.NONE
)
async def import_problem_package(
    form: FormDep, response: Response, *, caller: CallerDep, services: ServicesDep
) -> PackageImported:
    """Make a problem of a package: all of it, or, where it is not as the format wants it, nothing."""
    imported, made = await import_package(services, caller, form)
    if not made:
        response.status_code = 200
    return imported


@packages.get(
    "/problems/{problemId}/export",
    summary="Export a problem package (admin)",
    response_class=Response,
    responses=_ARCHIVE,
)
@operation(errors=(ProblemNotFoundError, NoTestCasesError, PackageInvalidError), transaction=Transaction.NONE)
async def export_problem_package(
    problem_id: ProblemId,
    *,
    caller: CallerDep,
    services: ServicesDep,
    format_: Annotated[
        ExportFormat, Query(alias="format", description="The version of the package format")
    ] = ExportFormat.V2025_09,
) -> PackageResponse:
    """Everything about the problem: importing it again makes an equivalent one."""
    return await export_package(services, caller, problem_id, format_=format_)
