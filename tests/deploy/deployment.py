"""What deploy/ says, read once: the Compose file, the manifests of Kubernetes, the stages of the Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from api.settings import ServiceSettings
from api.webhooks.worker import WebhookWorkerSettings
from runner.distributed.settings import WorkerSettings

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
KUBERNETES: Final = DEPLOY / "kubernetes"
EXAMPLE: Final = KUBERNETES / "overlays/example"

COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: Final[Mapping[str, dict[str, Any]]] = COMPOSE["services"]
DOCKERFILE: Final = (DEPLOY / "docker/Dockerfile").read_text().replace("\\\n", " ")


def manifests() -> Iterator[dict[str, Any]]:
    """Every object of the base, the components and the example, as written."""
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


OBJECTS: Final = tuple(manifests())
WORKLOADS: Final = {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] in {"Deployment", "Job"}}


def pod(workload: str) -> dict[str, Any]:
    """The pod's specification of a workload."""
    spec: dict[str, Any] = WORKLOADS[workload]["spec"]["template"]["spec"]
    return spec


def container(workload: str) -> dict[str, Any]:
    """The one container of its pods."""
    (only,) = pod(workload)["containers"]
    return dict(only)


def stages() -> dict[str, str]:
    """The text of each stage of the Dockerfile, by its name."""
    parts = re.split(r"^FROM \S+ AS (\S+)\n", DOCKERFILE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def settings_of(kind: type[WorkerSettings | ServiceSettings | WebhookWorkerSettings]) -> set[str]:
    """The variables that such a process reads."""
    return {f"SYNCODE_{name.upper()}" for name in kind.model_fields}


def variables(path: Path) -> dict[str, str]:
    """What a file of ``NAME=value`` lines says."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def seconds(duration: str) -> int:
    """Of Compose: ``30s``."""
    found = re.fullmatch(r"(\d+)s", duration)
    assert found, duration
    return int(found[1])
