"""``syncode worker``: does jobs that services accept."""

from __future__ import annotations

from collections.abc import Sequence

from api.commands.exits import ExitCode
from api.commands.memory import keep_what_is_used
from api.commands.serve import make_ready
from api.commands.terminal import remarks
from api.logs import configure_logs
from runner.distributed.settings import WorkerSettings
from runner.distributed.worker import create_worker
from runner.jobs import Lane


def work(settings: WorkerSettings, lanes: Sequence[Lane], *, build: bool) -> ExitCode:
    """Work until a signal says to stop; ``build``: have images that are missing built meanwhile.

    Raises :class:`runner.SettingsError` and :class:`sandboxes.IsolationError` before anything is taken.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    configure_logs()
    with create_worker(settings, lanes) as worker:
        keep_what_is_used()
        make_ready(worker.engine, build=build)
        names = ", ".join(lane.value for lane in lanes)
        remarks().print(f"{worker.name} takes jobs of {names}, {worker.engine.slots} at once", soft_wrap=True)
        return ExitCode.OK if worker.run() == 0 else ExitCode.FAILED
