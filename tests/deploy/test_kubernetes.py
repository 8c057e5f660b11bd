"""The manifests of Kubernetes: that they belong together, and who may do and reach what."""

from __future__ import annotations

import ipaddress
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from api.commands import serve
from tests.deploy.deployment import (
    EXAMPLE,
    KUBERNETES,
    OBJECTS,
    ROOT,
    WORKLOADS,
    container,
    pod,
    variables,
)

POLICIES: Final = [each for each in OBJECTS if each["kind"] == "NetworkPolicy"]
PRIVATE: Final = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
UNPRIVILEGED: Final = sorted(set(WORKLOADS) - {"worker"})
KUSTOMIZATIONS: Final = sorted(KUBERNETES.rglob("kustomization.yaml"))


def labels(workload: str) -> dict[str, str]:
    given: dict[str, str] = WORKLOADS[workload]["spec"]["template"]["metadata"]["labels"]
    return given


def namespace(workload: str) -> str:
    return str(WORKLOADS[workload]["metadata"]["namespace"])


def chooses(selector: dict[str, Any], workload: str) -> bool:
    return dict(selector.get("matchLabels", {})).items() <= labels(workload).items()


def policies(workload: str) -> list[dict[str, Any]]:
    return [
        each
        for each in POLICIES
        if each["metadata"]["namespace"] == namespace(workload) and chooses(each["spec"]["podSelector"], workload)
    ]


def egress(workload: str) -> list[dict[str, Any]]:
    return [rule for each in policies(workload) for rule in each["spec"].get("egress", [])]


def goes_to(workload: str) -> set[tuple[str, int]]:
    """Labels of the pods inside the cluster that it reaches, with the port."""
    return {
        (next(iter(to["podSelector"]["matchLabels"].values())), port["port"])
        for rule in egress(workload)
        for to in rule["to"]
        if "podSelector" in to
        for port in rule["ports"]
    }


def named(kind: str) -> list[dict[str, Any]]:
    return [each for each in OBJECTS if each["kind"] == kind]


def kustomization(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


class TestFiles:
    @pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
    def test_every_file_beside_a_kustomization_is_in_it(self, path: Path) -> None:
        content = kustomization(path)
        listed = {name for name in content["resources"] if name.endswith(".yaml")}
        assert {each.name for each in path.parent.glob("*.yaml")} - {"kustomization.yaml"} == listed
        for name in (*content["resources"], *content.get("components", ())):
            assert (path.parent / name).exists(), name

    def test_patches_are_for_what_there_is(self) -> None:
        for path in KUSTOMIZATIONS:
            for patch in kustomization(path).get("patches", []):
                target = patch["target"]
                (found,) = [
                    each
                    for each in OBJECTS
                    if each["kind"] == target["kind"]
                    and each["metadata"]["name"] == target["name"]
                    and each["metadata"]["namespace"] == target["namespace"]
                ]
                for operation in yaml.safe_load(patch["patch"]):
                    at: Any = found
                    for step in operation["path"].strip("/").split("/")[:-1]:
                        at = at[step]
                    last = operation["path"].rpartition("/")[2]
                    assert last == "-" if isinstance(at, list) else last in at

    def test_what_pods_read_is_made_in_their_namespace(self) -> None:
        content = kustomization(EXAMPLE / "kustomization.yaml")
        made = {
            (kind, each["namespace"], each["name"]): each["envs"]
            for kind, generator in (("configMapRef", "configMapGenerator"), ("secretRef", "secretGenerator"))
            for each in content[generator]
        }
        read = {
            (kind, namespace(name), reference["name"])
            for name in WORKLOADS
            for source in container(name)["envFrom"]
            for kind, reference in source.items()
        }
        assert read == set(made)
        for (kind, _, _), files in made.items():
            for file in files:
                assert (EXAMPLE / (f"{file}.example" if kind == "secretRef" else file)).exists()
        assert {each["name"] for each in content["images"]} == {container(name)["image"] for name in WORKLOADS}

    def test_the_example_renders(self, tmp_path: Path) -> None:
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            pytest.skip("no kubectl on this machine; what it would do is checked piece by piece above")
        shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
        example = tmp_path / "kubernetes" / EXAMPLE.relative_to(KUBERNETES)
        for path in example.glob("*.env.example"):
            path.with_suffix("").write_text(path.read_text().replace("=\n", "=given\n"))
        done = subprocess.run([kubectl, "kustomize", example], capture_output=True, text=True, check=False)
        if done.returncode and re.search(r"unknown (field|command|flag)", done.stderr):
            pytest.skip(f"this kubectl is too old: {done.stderr.strip()[:200]}")
        assert done.returncode == 0, done.stderr
        rendered = list(yaml.safe_load_all(done.stdout))
        content = kustomization(EXAMPLE / "kustomization.yaml")
        generated = len(content["configMapGenerator"]) + len(content["secretGenerator"])
        assert len(rendered) == len(OBJECTS) + generated
        worker = {each["metadata"]["name"]: each for each in rendered if each["kind"] == "Deployment"}["worker"]
        assert "replicas" not in worker["spec"]
        (only,) = worker["spec"]["template"]["spec"]["containers"]
        assert only["image"] == "images.example.org/syncode-worker:0.1.0"
        assert all(
            re.fullmatch(r"syncode-\w+-\w{10}", reference["name"])
            for source in only["envFrom"]
            for reference in source.values()
        )


class TestPods:
    @pytest.mark.parametrize("name", sorted(WORKLOADS))
    def test_each_asks_for_what_it_takes_and_knows_nothing_of_the_cluster(self, name: str) -> None:
        spec, only = pod(name), container(name)
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        accounts = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in named("ServiceAccount")}
        assert (namespace(name), spec["serviceAccountName"]) in accounts
        assert {"cpu", "memory"} <= set(only["resources"]["requests"])
        assert "memory" in only["resources"]["limits"]
        assert only["securityContext"]["readOnlyRootFilesystem"] is True
        assert only["securityContext"]["capabilities"]["drop"] == ["ALL"]
        assert not any(each in spec for each in ("hostNetwork", "hostPID", "hostIPC"))
        assert not any("hostPath" in volume for volume in spec["volumes"])
        volumes = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in only["volumeMounts"]} == set(volumes)

    @pytest.mark.parametrize("name", UNPRIVILEGED)
    def test_all_but_judges_are_restricted(self, name: str) -> None:
        spec, only = pod(name), container(name)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"] == 10_001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert only["securityContext"]["allowPrivilegeEscalation"] is False
        assert "add" not in only["securityContext"]["capabilities"]
        (home,) = [each for each in named("Namespace") if each["metadata"]["name"] == namespace(name)]
        assert home["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"

    def test_judges_are_alone_in_their_namespace_and_on_their_nodes(self) -> None:
        spec = pod("worker")
        assert {namespace(name) for name in UNPRIVILEGED} == {"syncode"} != {namespace("worker")}
        assert container("worker")["securityContext"]["privileged"] is False
        (rule,) = spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert rule["topologyKey"] == "kubernetes.io/hostname"
        assert chooses(rule["labelSelector"], "worker")
        (toleration,) = spec["tolerations"]
        assert spec["nodeSelector"] == {toleration["key"]: toleration["value"]}

    def test_judges_get_no_secret_but_the_queue(self) -> None:
        sources = container("worker")["envFrom"]
        assert [each["secretRef"]["name"] for each in sources if "secretRef" in each] == ["syncode-queue"]
        assert set(variables(EXAMPLE / "queue.env.example")) == {"SYNCODE_REDIS_URL", "SYNCODE_BLOBS_URL"}

    def test_judges_have_processors_of_their_own(self) -> None:
        resources = container("worker")["resources"]
        for name in ("cpu", "memory"):
            assert resources["requests"][name] == resources["limits"][name]
        slots = int(variables(EXAMPLE / "worker.env")["SYNCODE_SLOTS"])
        assert slots <= int(resources["limits"]["cpu"])

    @pytest.mark.parametrize("name", ["api", "webhooks", "worker"])
    def test_probes_ask_where_something_answers(self, name: str) -> None:
        only = container(name)
        ports = {port["name"] for port in only["ports"]}
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            if name == "api" or probe != "readinessProbe":
                assert only[probe]["httpGet"]["path"] == path
                assert only[probe]["httpGet"]["port"] in ports

    def test_replicas_have_time_to_be_forgotten_and_to_end_what_they_answer(self) -> None:
        (command, pause) = container("api")["lifecycle"]["preStop"]["exec"]["command"]
        assert command == "sleep"
        assert pod("api")["terminationGracePeriodSeconds"] >= int(pause) + serve._GRACE_S + 15


class TestNetworkPolicies:
    @pytest.mark.parametrize("where", ["syncode", "syncode-workers"])
    def test_nothing_is_allowed_that_is_not_said(self, where: str) -> None:
        closed = [
            each["spec"]
            for each in POLICIES
            if each["metadata"]["namespace"] == where and each["spec"]["podSelector"] == {}
        ]
        assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in closed
        assert not any("ingress" in each for each in closed)

    @pytest.mark.parametrize("name", sorted(WORKLOADS))
    def test_each_workload_has_one_of_its_own(self, name: str) -> None:
        own = [each for each in policies(name) if each["spec"]["podSelector"]]
        assert [each["metadata"]["name"] for each in own] == [name]

    def test_who_reaches_what_inside(self) -> None:
        names = {("kube-dns", 53)}
        assert goes_to("api") == names | {("postgresql", 5432), ("redis", 6379)}
        assert goes_to("webhooks") == goes_to("api")
        assert goes_to("migrate") == names | {("postgresql", 5432)}
        assert goes_to("worker") == names | {("redis", 6379)}

    def test_judges_reach_nothing_outside(self) -> None:
        assert not any("ipBlock" in to for rule in egress("worker") for to in rule["to"])

    def test_outside_is_never_inside(self) -> None:
        patched = kustomization(EXAMPLE / "kustomization.yaml")["patches"]
        blocks = [to["ipBlock"] for name in WORKLOADS for rule in egress(name) for to in rule["to"] if "ipBlock" in to]
        blocks += [
            to["ipBlock"]
            for patch in patched
            for operation in yaml.safe_load(patch["patch"])
            for to in operation["value"]["to"]
        ]
        assert len(blocks) == 3
        for block in blocks:
            outside = [ipaddress.ip_network(each) for each in block["except"]]
            assert all(ipaddress.ip_network(each) in outside for each in PRIVATE)

    def test_metrics_are_for_prometheus(self) -> None:
        for name, port in (("webhooks", 9464), ("worker", 9464), ("api", 8000)):
            (own,) = [each for each in policies(name) if each["spec"]["podSelector"]]
            (rule,) = own["spec"]["ingress"]
            asking = [each["podSelector"]["matchLabels"] for each in rule["from"] if "podSelector" in each]
            assert asking == [{"app.kubernetes.io/name": "prometheus"}]
            assert [each["port"] for each in rule["ports"]] == [port]


class TestReferences:
    def test_selectors_choose_one_workload(self) -> None:
        chosen = [
            *((each, each["spec"]["selector"]) for each in named("PodDisruptionBudget")),
            *((each, {"matchLabels": each["spec"]["selector"]}) for each in named("Service")),
            *((each, each["spec"]["selector"]) for each in named("PodMonitor") + named("ServiceMonitor")),
        ]
        assert len(chosen) == 7
        for each, selector in chosen:
            found = [
                name
                for name in WORKLOADS
                if namespace(name) == each["metadata"]["namespace"] and chooses(selector, name)
            ]
            assert found == [each["metadata"]["name"]]

    def test_monitors_ask_ports_that_there_are(self) -> None:
        for each in named("PodMonitor"):
            ports = {port["name"] for port in container(each["metadata"]["name"])["ports"]}
            assert {endpoint["port"] for endpoint in each["spec"]["podMetricsEndpoints"]} <= ports
        (service,), (monitor,) = named("Service"), named("ServiceMonitor")
        assert {each["port"] for each in monitor["spec"]["endpoints"]} <= {
            port["name"] for port in service["spec"]["ports"]
        }
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= {
            port["name"] for port in container("api")["ports"]
        }

    def test_scalers_say_how_many_and_nobody_else_does(self) -> None:
        (horizontal,), (scaled,) = named("HorizontalPodAutoscaler"), named("ScaledObject")
        assert horizontal["spec"]["scaleTargetRef"]["name"] == "api"
        assert "replicas" not in WORKLOADS["api"]["spec"]
        assert horizontal["spec"]["minReplicas"] >= 2
        assert scaled["spec"]["scaleTargetRef"]["name"] == "worker"
        assert scaled["metadata"]["namespace"] == namespace("worker")
        assert scaled["spec"]["minReplicaCount"] >= 2
        fallback = scaled["spec"]["fallback"]["replicas"]
        assert scaled["spec"]["minReplicaCount"] <= fallback <= scaled["spec"]["maxReplicaCount"]

    def test_workers_are_scaled_by_metrics_that_there_are(self) -> None:
        (scaled,) = named("ScaledObject")
        queries = " ".join(each["metadata"]["query"] for each in scaled["spec"]["triggers"])
        used = set(re.findall(r"\bsyncode_\w+", queries))
        sources = "".join(
            path.read_text() for room in ("api", "runner") for path in sorted((ROOT / room).rglob("*.py"))
        )
        assert used == {"syncode_execution_queue_depth", "syncode_execution_jobs_in_progress"}
        assert [name for name in used if f'"{name.removeprefix("syncode_")}"' not in sources] == []

    def test_the_way_in_is_the_api_alone_and_not_buffered(self) -> None:
        (ingress,) = named("Ingress")
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert path["path"] == "/api/v1"
        assert path["backend"]["service"] == {"name": "api", "port": {"name": "http"}}
        assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
