"""What holds for all ways to deploy alike, and no linter knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from api.settings import ServiceSettings
from api.webhooks.worker import WebhookWorkerSettings
from runner.distributed.settings import WorkerSettings
from runner.metrics import DEFAULT_PORT
from sandboxes.host import CAPABILITIES
from tests.deploy.deployment import (
    DEPLOY,
    EXAMPLE,
    KUBERNETES,
    OBJECTS,
    ROOT,
    SERVICES,
    WORKLOADS,
    container,
    pod,
    seconds,
    settings_of,
    stages,
    variables,
)

OF_THE_ACTION: Final = {"SYNCODE_TOKEN"}
"""A variable of a caller of the service, in deploy/ci."""
JAILS: Final = [name.removeprefix("CAP_") for name in sorted(CAPABILITIES)]
PROMETHEUS: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
KINDS: Final = (WorkerSettings, ServiceSettings, WebhookWorkerSettings)


def texts() -> list[Path]:
    return [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".json"]


def drain_seconds() -> tuple[tuple[float, float], ...]:
    """How long workers that judge may take to stop, and how long they take, in each deployment."""
    compose, kubernetes = SERVICES["worker"], container("worker")
    (told,) = (each["value"] for each in kubernetes["env"] if each["name"] == "SYNCODE_DRAIN_SECONDS")
    return (
        (seconds(compose["stop_grace_period"]), float(compose["environment"]["SYNCODE_DRAIN_SECONDS"])),
        (pod("worker")["terminationGracePeriodSeconds"], float(told)),
    )


def test_every_variable_named_is_a_setting() -> None:
    known = set().union(*(settings_of(kind) for kind in KINDS)) | OF_THE_ACTION
    for path in (*texts(), ROOT / "docs/operations.md"):
        named = set(re.findall(r"\bSYNCODE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?![_{…])", path.read_text()))
        assert named <= known, (path, named - known)


def test_every_process_is_given_only_what_it_reads() -> None:
    reads = {"api": ServiceSettings, "migrate": ServiceSettings, "webhooks": WebhookWorkerSettings}
    for name, service in SERVICES.items():
        if "syncode" not in service["image"]:
            continue
        kind = reads.get(name.partition("-")[0], WorkerSettings)
        assert set(service["environment"]) <= settings_of(kind), name
    assert {*variables(EXAMPLE / "settings.env"), *variables(EXAMPLE / "tokens.env.example")} <= settings_of(
        ServiceSettings
    )
    assert set(variables(EXAMPLE / "worker.env")) <= settings_of(WorkerSettings)


def test_workers_that_judge_have_the_capabilities_that_runs_use_and_no_others() -> None:
    assert sorted(SERVICES["worker"]["cap_add"]) == JAILS
    assert set(SERVICES["images"]["cap_add"]) - set(JAILS) == {"SYS_CHROOT"}
    granted = container("worker")["securityContext"]["capabilities"]
    assert granted["drop"] == ["ALL"]
    assert sorted(granted["add"]) == JAILS


@pytest.mark.parametrize(("grace", "drain"), drain_seconds(), ids=["compose", "kubernetes"])
def test_nothing_is_killed_while_it_drains(grace: float, drain: float) -> None:
    assert grace >= drain + 15


def test_images_are_stages_of_the_dockerfile() -> None:
    built = {each["build"]["target"]: each["image"] for each in SERVICES.values() if "build" in each}
    assert set(built) == {"api", "worker"} <= set(stages())
    assert all(f"syncode-{target}}}" in image for target, image in built.items())
    used = {each["image"] for name in WORKLOADS for each in pod(name)["containers"]}
    assert used == {f"syncode-{target}" for target in built}


def test_metrics_are_asked_for_where_they_are() -> None:
    asked = {job["job_name"]: job["dns_sd_configs"][0] for job in PROMETHEUS["scrape_configs"] if "dns_sd" in str(job)}
    assert {job: about["port"] for job, about in asked.items()} == {
        "syncode-api": 8000,
        "syncode-worker": DEFAULT_PORT,
        "syncode-webhooks": DEFAULT_PORT,
    }
    for about in asked.values():
        (name,) = about["names"]
        answering = [
            service
            for each, service in SERVICES.items()
            if each == name or (name in str(service.get("networks")) and isinstance(service["networks"], dict))
        ]
        assert answering, name
        for service in answering:
            assert set(service["networks"]) & set(SERVICES["prometheus"]["networks"])
    for name in ("worker", "webhooks"):
        assert f"EXPOSE {DEFAULT_PORT}\n" in stages()["worker"]
        assert {"name": "metrics", "containerPort": DEFAULT_PORT} in container(name)["ports"]
    monitors = [each for each in OBJECTS if each["apiVersion"].startswith("monitoring.")]
    names = {
        relabeling["replacement"]
        for each in monitors
        for endpoint in each["spec"].get("endpoints", each["spec"].get("podMetricsEndpoints"))
        for relabeling in endpoint["relabelings"]
    }
    assert names == set(asked)


def test_no_secret_has_a_value_anywhere() -> None:
    secret = re.compile(r"PASSWORD|SECRET|REDIS_URL|DATABASE_URL|MAIL_URL")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if secret.search(variable):
                assert re.search(r"\$\{\w+:(\?|-\})", str(value)), (name, variable)
    assert [each["metadata"]["name"] for each in OBJECTS if each["kind"] == "Secret"] == []
    for path in sorted(KUBERNETES.rglob("*.env.example")):
        assert set(variables(path).values()) == {""}, path
    for path in (EXAMPLE / "settings.env", EXAMPLE / "worker.env"):
        assert [name for name in variables(path) if secret.search(name)] == [], path
    for name in WORKLOADS:
        given = [each["name"] for each in container(name).get("env", [])]
        assert [each for each in given if secret.search(each)] == [], name


def test_what_operations_speaks_of_is_there() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    rules = "".join(path.read_text() for path in sorted((DEPLOY / "prometheus/rules").glob("*.yml")))
    alerts = set(re.findall(r"\bSyncode[A-Z]\w+", text))
    assert alerts
    assert [name for name in alerts if f"alert: {name}\n" not in rules] == []
    paths = set(re.findall(r"\b(?:deploy|docs|tests|benchmarks)/[\w./-]*\w", text)) - {
        "deploy/kubernetes/overlays/mine"
    }
    assert [path for path in paths if path != "deploy/.env" and not (ROOT / path).exists()] == []
    images = {f"{name}_IMAGE" for name in ("API", "WORKER", "POSTGRES", "REDIS", "CADDY", "PROMETHEUS", "GRAFANA")}
    assert {each["image"].partition(":")[0].removeprefix("${") for each in SERVICES.values()} == images
    assert [name for name in images if f"`{name}`" not in text] == []
