"""Metrics on a port of their own, asked over real connections, well and badly."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from runner import SettingsError
from runner.metrics import Instruments, MetricsServer, process_registry, serve_metrics

HERE: Final = "127.0.0.1"


@contextlib.contextmanager
def asking(server: MetricsServer, host: str = HERE) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{host}:{server.port}", trust_env=False, timeout=30) as client:
        yield client


def test_metrics_are_read_as_they_are_when_they_are_asked_for() -> None:
    made = Instruments(process_registry(version="1.2", commit="6ec3c8c"))
    seen = made.gauge("seen", "How often it was looked", among="livesum")
    with serve_metrics(made.registry, HERE, 0, refresh=seen.inc) as server, asking(server) as client:
        for times in (1, 2):
            answer = client.get("/metrics")
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            families = {family.name: family for family in text_string_to_metric_families(answer.text)}
            assert families["syncode_seen"].samples[0].value == times
            assert families["syncode_build_info"].samples[0].labels == {"version": "1.2", "commit": "6ec3c8c"}
            assert families["process_open_fds"].samples[0].value > 0
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/").status_code == 404
        assert client.post("/metrics").status_code == 405


def test_a_state_that_cannot_be_found_out_keeps_nobody_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise OSError("the disk is gone")

    made = Instruments()
    made.counter("things_total", "Things").inc()
    with serve_metrics(made.registry, HERE, 0, refresh=broken) as server, asking(server) as client:
        answer = client.get("/metrics")
    assert (answer.status_code, "syncode_things_total 1.0" in answer.text) == (200, True)
    assert "could not be brought up to date" in caplog.text


def test_one_who_says_nothing_keeps_nobody_waiting() -> None:
    with serve_metrics(Instruments().registry, HERE, 0) as server, contextlib.ExitStack() as mute:
        for _ in range(20):
            mute.enter_context(socket.create_connection((HERE, server.port)))
        with socket.create_connection((HERE, server.port)) as rude:
            rude.sendall(b"\x00\xff nonsense\r\n\r\n")
            assert b"400" in rude.recv(4096)
        with asking(server) as client:
            assert client.get("/healthz").status_code == 200


def test_nobody_is_answered_when_it_is_closed_and_the_port_is_free_again() -> None:
    server = serve_metrics(Instruments().registry, HERE, 0)
    port = server.port
    server.close()
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HERE, port))
    with serve_metrics(Instruments().registry, HERE, port) as again:
        assert again.port == port


def test_a_port_that_is_taken_is_refused_by_its_name() -> None:
    with (
        serve_metrics(Instruments().registry, HERE, 0) as server,
        pytest.raises(SettingsError, match=f"SYNCODE_METRICS_PORT: 127.0.0.1:{server.port} cannot be listened on"),
    ):
        serve_metrics(Instruments().registry, HERE, server.port)


def test_addresses_of_both_kinds_are_listened_on() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this host has no IPv6")
    with serve_metrics(Instruments().registry, "::1", 0) as server, asking(server, "[::1]") as client:
        assert client.get("/healthz").status_code == 200
