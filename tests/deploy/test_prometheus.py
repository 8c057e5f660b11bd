"""What Prometheus and Grafana are given: well formed, about metrics that exist, and right in a Prometheus that runs."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from api.app import create_app
from api.metrics import Metrics
from api.migrations import upgrade
from api.settings import ServiceSettings
from judge import Source
from languages import Language
from runner import CanaryReport, Engine, ImageReport, RunRequest
from runner.canary import CanaryResult, canaries
from runner.circuit import CircuitState
from runner.metrics import ExecutionMetrics, process_registry, serve_metrics
from tests.conftest import unavailable

ROOT: Final = Path(__file__).parents[2]
PROMETHEUS: Final = ROOT / "deploy/prometheus"
DOCUMENT: Final = ROOT / "docs/metrics.md"
GRAFANA: Final = ROOT / "deploy/grafana"
RULE_FILES: Final = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS: Final = sorted((Path(__file__).parent / "prometheus").glob("*.test.yml"))
DASHBOARDS: Final = sorted((GRAFANA / "dashboards").glob("*.json"))
SOON_S: Final = 60.0

# Of every target, by Prometheus itself; of every process, by its client.
TARGET_LABELS: Final = frozenset({"job", "instance"})
OTHERS: Final = frozenset({"up", "ALERTS"})

Json = dict[str, Any]


def rules(kind: str) -> list[Json]:
    """Those that record (``record``) or warn (``alert``)."""
    documents = (yaml.safe_load(path.read_text()) for path in RULE_FILES)
    return [rule for document in documents for group in document["groups"] for rule in group["rules"] if kind in rule]


def board(path: Path) -> Json:
    document: Json = json.loads(path.read_text())
    return document


def panels() -> list[tuple[str, Json]]:
    """All panels that show something, with the names of their dashboards."""
    return [(path.stem, panel) for path in DASHBOARDS for panel in board(path)["panels"] if panel["type"] != "row"]


def expressions() -> list[tuple[str, str]]:
    """Everything that anybody asks, and who: rules, panels, and the choices that dashboards offer."""
    found = [(rule[kind], rule["expr"]) for kind in ("record", "alert") for rule in rules(kind)]
    for name, panel in panels():
        found += [(f"{name}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    for path in DASHBOARDS:
        document = board(path)
        found += [(path.stem, one["expr"]) for one in document["annotations"]["list"]]
        for variable in document["templating"]["list"]:
            choice = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"])
            assert choice is not None
            found.append((f"{path.stem}: ${variable['name']}", f"count by ({choice[2]}) ({choice[1]})"))
    return found


def series_of(registry: CollectorRegistry) -> dict[str, frozenset[str]]:
    """Every series that a process shows, with its labels."""
    found: dict[str, frozenset[str]] = {}
    for collector in registry._collector_to_names:
        if not isinstance(collector, MetricWrapperBase):  # of the process: without labels, and all there
            found |= {one.name: frozenset() for family in collector.collect() for one in family.samples}
            continue
        labels = frozenset(collector._labelnames)
        match collector._type:
            case "counter":
                found[f"{collector._name}_total"] = labels
            case "histogram":
                found |= {f"{collector._name}_{part}": labels for part in ("sum", "count")}
                found[f"{collector._name}_bucket"] = labels | {"le"}
            case _:
                found[collector._name] = labels
    return found


@pytest.fixture(scope="module")
def known() -> Mapping[str, frozenset[str]]:
    """Every series that there is, whoever shows it."""
    worker = process_registry(version="1", commit="unknown")
    ExecutionMetrics(worker)
    return series_of(Metrics(executes=False).registry) | series_of(worker)


def promtool(*arguments: str | Path, stdin: bytes = b"") -> str:
    program = shutil.which("promtool") or unavailable("promtool is not installed (Debian's package prometheus)")
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, check=False, timeout=120)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def test_the_configuration_and_its_rules_are_what_prometheus_reads() -> None:
    assert "SUCCESS" in promtool("check", "config", PROMETHEUS / "prometheus.yml")
    said = promtool("check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)
    assert said.count("SUCCESS") == len(RULE_FILES)


def test_rules_come_to_what_they_should() -> None:
    assert promtool("test", "rules", *RULE_TESTS).count("SUCCESS") == len(RULE_TESTS)


def test_every_alert_is_tested() -> None:
    tested = "".join(path.read_text() for path in RULE_TESTS)
    seen = set(re.findall(r'alertname: (\w+)|ALERTS\{alertname="(\w+)", alertstate="firing"', tested))
    assert {rule["alert"] for rule in rules("alert")} == {name for pair in seen for name in pair if name}


def test_every_alert_says_how_grave_it_is_and_where_to_read_what_to_do() -> None:
    headings = re.findall(r"^### (Syncode\w+)$", DOCUMENT.read_text(), re.MULTILINE)
    names = [rule["alert"] for rule in rules("alert")]
    assert sorted(headings) == sorted(names)
    for rule in rules("alert"):
        assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}
        assert rule["annotations"]["runbook"] == f"docs/metrics.md#{rule['alert'].lower()}"


def test_every_metric_is_explained_and_none_that_is_not_there(known: Mapping[str, frozenset[str]]) -> None:
    explained = set(re.findall(r"`(syncode_\w+)`", DOCUMENT.read_text()))
    series = {re.sub(r"_(sum|count|bucket)$", "", name) for name in known if name.startswith("syncode_")}
    assert explained == series


def test_everything_that_is_asked_for_exists(known: Mapping[str, frozenset[str]]) -> None:
    recorded = {rule["record"] for rule in rules("record")}
    asked: set[str] = set()
    for who, expression in expressions():
        bare = re.sub(r'"[^"]*"', '""', expression)
        names = set(re.findall(r"[a-zA-Z_:][\w:]*", bare))
        names = {name for name in names if re.match(r"(\w+:)?syncode_|process_|up$|ALERTS", name)}
        assert names or "vector(" in expression, f"{who} asks for nothing"
        assert names <= {*known, *recorded, *OTHERS}, f"{who}: there is no {names - {*known, *recorded, *OTHERS}}"
        asked |= names
        for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)):
            labels = set(re.findall(r"(\w+)\s*[=!]", matchers))
            if name in known:
                assert labels <= known[name] | TARGET_LABELS, f"{who}: {name} has no {labels - known[name]}"
    assert recorded <= asked, f"nobody asks for {recorded - asked}"
    families = {re.sub(r"_(total|sum|count|bucket)$", "", name) for name in known if name.startswith("syncode_")}
    unseen = families - {re.sub(r"_(total|sum|count|bucket)$", "", name) for name in asked}
    assert not unseen, f"no dashboard and no rule shows {unseen}"


def test_dashboards_are_what_grafana_reads() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/syncode.yml").read_text())["providers"][0]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    documents = [board(path) for path in DASHBOARDS]
    for what in ("uid", "title"):
        assert len({document[what] for document in documents}) == len(DASHBOARDS)
    for document in documents:
        assert len(document["uid"]) <= 40
        ids = [panel["id"] for panel in document["panels"]]
        assert sorted(set(ids)) == sorted(ids)
        variables = {variable["name"] for variable in document["templating"]["list"]}
        for panel in document["panels"]:
            assert {"type", "title", "gridPos", "id"} <= set(panel)
            for target in panel.get("targets", ()):
                assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": source["uid"]}
                used = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
                assert used <= variables, panel["title"]
        for one, other in itertools.combinations([panel["gridPos"] for panel in document["panels"]], 2):
            beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


# ---- a Prometheus that runs


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path, engine: Engine) -> Iterator[int]:
    """A service that does jobs with the engine of all tests; the port that it serves on."""
    settings = ServiceSettings(home=tmp_path / "home", host="127.0.0.1", port=free_port())
    settings.home.mkdir()
    upgrade(settings.database)
    app = create_app(settings, open_engine=lambda _: contextlib.nullcontext(engine))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=settings.port, ws="none", log_config=None))
    serving = threading.Thread(target=server.run)
    serving.start()
    try:
        while not server.started:
            assert serving.is_alive()
            time.sleep(0.01)
        yield settings.port
    finally:
        server.should_exit = True
        serving.join()


@pytest.fixture
def worker(languages: Mapping[str, Language]) -> Iterator[int]:
    """The metrics of a worker in a bad way; the port that they are on."""
    registry = process_registry(version="0", commit="0000000")
    metrics = ExecutionMetrics(registry)
    metrics.show_slots(busy=3, capacity=4)
    metrics.show_circuit("image-rust", CircuitState.OPEN)
    results = tuple(CanaryResult(canary, canary.verdict, canary.limit, "it got out") for canary in canaries())
    metrics.show_canary(CanaryReport((ImageReport(languages["rust"], results, 1.0),)), datetime.now(UTC))
    with serve_metrics(registry, "127.0.0.1", 0) as server:
        yield server.port


class Prometheus:
    """One that runs. ``client`` asks its HTTP API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ask(self, path: str, **parameters: str) -> Any:
        answer = self._client.get(f"/api/v1/{path}", params=parameters).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, expression: str) -> dict[str, float]:
        """What an expression comes to now, by its labels."""
        found = self.ask("query", query=expression)["result"]
        return {json.dumps(one["metric"], sort_keys=True): float(one["value"][1]) for one in found}

    def until(self, expression: str, wanted: float) -> None:
        """Wait until it comes to this and nothing else."""
        ends = time.monotonic() + SOON_S
        while list((found := self.values(expression)).values()) != [wanted]:
            assert time.monotonic() < ends, f"{expression} is {found}, not {wanted}"
            time.sleep(0.2)


@contextlib.contextmanager
def running_prometheus(directory: Path, **ports: int) -> Iterator[Prometheus]:
    """Ours, asking every second, whose targets by their jobs are on ports of this host."""
    program = shutil.which("prometheus") or unavailable("Prometheus is not installed")
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    configuration["global"] = dict.fromkeys(configuration["global"], "1s")
    configuration["rule_files"] = [str(PROMETHEUS / pattern) for pattern in configuration["rule_files"]]
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}
    targets = {f"syncode-{name}": [f"127.0.0.1:{port}"] for name, port in ports.items()}
    configuration["scrape_configs"] = [
        {"job_name": jobs[name]["job_name"], "static_configs": [{"targets": addresses}]}
        for name, addresses in targets.items()
    ]
    file = directory / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration))
    address = f"127.0.0.1:{free_port()}"
    command = [program, f"--config.file={file}", f"--storage.tsdb.path={directory / 'data'}"]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://{address}", trust_env=False, timeout=30) as client:
            while not _ready(client):
                assert process.poll() is None, (directory / "log").read_text()
                time.sleep(0.05)
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait()


def _ready(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/-/ready").is_success
    return False


def test_a_prometheus_that_runs_reads_services_and_workers(
    tmp_path: Path, service: int, worker: int, engine: Engine, languages: Mapping[str, Language]
) -> None:
    with running_prometheus(tmp_path, api=service, worker=worker) as prometheus:
        prometheus.until('sum(up{job=~"syncode-(api|worker)"})', 2)
        collected = 'syncode_execution_overhead_seconds_count{job="syncode-api", stage="collect"}'
        for _ in range(2):  # rates take two looks
            before = sum(prometheus.values(collected).values())
            engine.run(RunRequest(Source.of(languages["python"], b"print(1)\n")))
            prometheus.until(f"{collected} > bool {before}", 1)
        prometheus.until('syncode_execution_workers{job="syncode-worker", state="busy"}', 3)
        prometheus.until('state:syncode_execution_workers:sum{state="idle"}', 1 + engine.slots)
        prometheus.until('stage:syncode_execution_overhead_seconds:mean_5m{stage="collect"} > bool 0', 1)
        prometheus.until('ALERTS{alertname="SyncodeWatchdog", alertstate="firing"}', 1)
        prometheus.until('ALERTS{alertname="SyncodeCanaryFailed", alertstate="firing", language="rust"}', 1)
        prometheus.until('ALERTS{alertname="SyncodeImageCircuitOpen", alertstate="pending", circuit="image-rust"}', 1)
        for group in prometheus.ask("rules")["groups"]:
            for rule in group["rules"]:
                assert (rule["health"], rule.get("lastError")) == ("ok", None), rule["name"]
        for who, expression in expressions():
            plain = re.sub(r"\$__rate_interval", "1m", re.sub(r"\$\w+(?=\")", ".*", expression))
            assert "$" not in plain, who
            prometheus.values(plain)
        with httpx.Client(trust_env=False) as client:
            for port in (service, worker):
                promtool("check", "metrics", stdin=client.get(f"http://127.0.0.1:{port}/metrics").content)
