"""Several processes of one service that share their metrics: whichever is asked answers for all of them."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

PROGRAM: Final = Path(sys.executable).with_name("syncode")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True)
class Serving:
    """One process, and where it serves."""

    process: subprocess.Popen[str]
    client: httpx.Client

    def samples(self) -> Samples:
        families = text_string_to_metric_families(self.client.get("/metrics").raise_for_status().text)
        found = [((one.name, frozenset(one.labels.items())), one.value) for each in families for one in each.samples]
        assert len(dict(found)) == len(found)  # nothing is there twice
        return dict(found)

    def value(self, name: str, **labels: str) -> float | None:
        return self.samples().get((f"syncode_{name}", frozenset(labels.items())))


@contextlib.contextmanager
def serving(home: Path, shared: Path, slots: int) -> Iterator[Serving]:
    """A process of the service on that home; nothing is left of it at the end."""
    environment = {
        **os.environ,
        "SYNCODE_HOME": str(home),
        "SYNCODE_SLOTS": str(slots),
        "SYNCODE_WARM_MEMORY_MB": "0",
        "SYNCODE_COMMIT": "6ec3c8cf00d",
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
    }
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.match(r"serving at (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise AssertionError("".join(said))
        with httpx.Client(base_url=found[1], trust_env=False, timeout=30) as client:
            yield Serving(process, client)
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


@pytest.mark.usefixtures("engine")
def test_two_processes_have_one_set_of_metrics(fresh_home: Path, tmp_path: Path) -> None:
    route = {"method": "GET", "route": "/healthz", "status": "200"}
    shared = tmp_path / "metrics"
    with serving(fresh_home, shared, slots=2) as first:
        with serving(fresh_home, shared, slots=1) as second:
            for process, times in ((first, 3), (second, 5)):
                for _ in range(times):
                    process.client.get("/healthz").raise_for_status()
            for process in (first, second):
                assert process.value("http_requests_total", **route) == 8  # counters are added up
                buckets = {"method": "GET", "route": "/healthz", "le": "+Inf"}
                assert process.value("http_request_duration_seconds_bucket", **buckets) == 8
                assert process.value("execution_queue_depth", kind="run") == 0  # what all see alike is there once
                assert process.value("circuit_state", circuit="queue") == 0
                assert process.value("rooms", status="waiting", mode="peer") == 0
                assert [value for (name, _), value in process.samples().items() if name == "syncode_build_info"] == [1]
            assert second.value("execution_workers", state="idle") == 3  # and what each has is added up
        assert first.value("execution_workers", state="idle") == 2  # what one had that was killed is gone
        assert first.value("http_requests_total", **route) == 8  # but what it did is done
        assert list(shared.glob("gauge_live*.db"))
        first.process.terminate()
        assert first.process.wait(30) == 0
        assert not list(shared.glob("gauge_live*.db"))  # who ends takes its own away
    assert list(shared.glob("counter_*.db"))
