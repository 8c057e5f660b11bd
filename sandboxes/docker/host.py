"""What the Docker engine of this host is, and whether runs would be safe in its containers."""

from __future__ import annotations

from sandboxes.docker.backend import check
from sandboxes.docker.daemon import DEFAULT_ADDRESS, Daemon
from sandboxes.errors import IsolationError, SetupError
from sandboxes.fact import Fact, Severity

_ENGINE = "Docker engine"


def survey(address: str | None, runtime: str | None) -> tuple[Fact, ...]:
    """Ask the engine at ``address`` what it is; nothing is started. ``None`` as for the sandbox."""
    wanted, where = "answers, with seccomp and not rootless", address or DEFAULT_ADDRESS
    try:
        daemon = Daemon.connect(address)
        try:
            facts = daemon.facts()
        finally:
            daemon.close()
    except (IsolationError, SetupError) as error:
        remedy = "install and start Docker, or set SYNCODE_DOCKER_HOST=unix://PATH"
        return (Fact(_ENGINE, str(error), wanted, Severity.FAIL, remedy),)
    value = f"{facts.version} at {where}, cgroups v{facts.cgroup_version} by {facts.cgroup_driver}, {facts.storage}"
    chosen = runtime or facts.default_runtime
    runtimes = f"{chosen}, of {', '.join(facts.runtimes)}"
    try:
        check(facts, runtime)
    except IsolationError as error:
        return (
            Fact(_ENGINE, value, wanted, Severity.OK, ""),
            Fact(
                "Docker settings", str(error), wanted, Severity.FAIL, "change the engine's daemon.json, or our settings"
            ),
        )
    return (
        Fact(_ENGINE, value, wanted, Severity.OK, ""),
        Fact("Docker runtime", runtimes, "one that the engine has", Severity.OK, ""),
        _storage(facts.storage),
    )


def _storage(driver: str) -> Fact:
    slow = driver == "vfs"
    return Fact(
        "Docker storage",
        driver,
        "one that shares what containers have in common, such as overlay2",
        Severity.WARN if slow else Severity.OK,
        "change the storage driver: vfs copies the whole image for every container",
    )
