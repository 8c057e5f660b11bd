"""Those who do what services accept."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.deliver import LANE, deliver
from api.commands.exits import ExitCode
from api.commands.worker import work
from api.settings import read_settings
from api.webhooks.worker import WebhookWorkerSettings
from runner import RequestError
from runner.distributed.settings import WorkerSettings
from runner.jobs import Lane
from sandboxes.slots import MOST_SLOTS

app = typer.Typer()


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
    slots: Annotated[
        int | None, typer.Option(min=1, max=MOST_SLOTS, help="Jobs at once, in place of SYNCODE_SLOTS.")
    ] = None,
    build: Annotated[
        bool, typer.Option("--build-images", help="Build images that are missing while the worker runs.")
    ] = False,
) -> ExitCode:
    """Do jobs that services accept, which share a Redis with it (SYNCODE_REDIS_URL)."""
    if lanes.strip() == LANE:
        return deliver(read_settings(WebhookWorkerSettings))
    given = {} if slots is None else {"slots": slots}
    return work(read_settings(WorkerSettings).model_copy(update=given), _lanes(lanes), build=build)


def _lanes(text: str) -> tuple[Lane, ...]:
    """Raises :class:`runner.RequestError`."""
    names = [name.strip() for name in text.split(",")]
    known = [lane.value for lane in Lane]
    if LANE in names:
        raise RequestError(f"{LANE} are delivered by a worker that does nothing else")
    if wrong := [name for name in names if name not in known]:
        raise RequestError(f"unknown lane {wrong[0]!r}; known: {', '.join(known)}")
    return tuple(lane for lane in Lane if lane.value in names)
