"""The Compose file: who may reach whom, what each service may do, and that nothing secret has a default."""

from __future__ import annotations

import ipaddress
import re
import subprocess
from typing import Any, Final

import pytest

from api.commands import serve
from tests.deploy.deployment import COMPOSE, DEPLOY, SERVICES, seconds, stages

TEXT: Final = (DEPLOY / "compose.yaml").read_text()
ONE_SHOT: Final = {"migrate", "images"}
JUDGES: Final = {"worker", "images"}
FOR_JUDGES: Final = {"SYNCODE_IMAGE_MIRROR", "SYNCODE_SLOTS", "SYNCODE_RESERVED_SLOTS", "SYNCODE_DRAIN_SECONDS"} | {
    *("SYNCODE_REDIS_URL", "SYNCODE_BLOBS_URL", "SYNCODE_METRICS_HOST", "SYNCODE_METRICS_PORT"),
}


def prepared() -> dict[str, str]:
    """What deploy/secrets prints, once."""
    done = subprocess.run([DEPLOY / "secrets"], capture_output=True, text=True, check=True)
    lines = [line.partition("=") for line in done.stdout.splitlines() if not line.startswith("#")]
    assert len({name for name, _, _ in lines}) == len(lines)
    return {name: value for name, _, value in lines}


def networks(service: str) -> set[str]:
    return set(SERVICES[service]["networks"])


def reach(service: str) -> set[str]:
    """The services that share a network with this one."""
    return {name for name in SERVICES if networks(name) & networks(service)} - {service}


def test_what_has_to_be_given_is_what_a_script_prepares() -> None:
    given = prepared()
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert required <= set(given)
    assert {name for name, value in given.items() if not value} & required == {
        "SYNCODE_PUBLIC_URL",
        "SYNCODE_ADMIN_EMAIL",
        "SITE_ADDRESS",
    }
    assert set(given) <= set(re.findall(r"\$\{(\w+)", TEXT))


def test_what_is_secret_is_made_anew_each_time_and_must_be_given() -> None:
    first, second = prepared(), prepared()
    secret = {name for name in first if re.search(r"PASSWORD|SECRET", name)}
    assert len({first[name] for name in secret} | {second[name] for name in secret}) == 2 * len(secret)
    assert all(re.fullmatch(r"[0-9a-f]{64}", first[name]) for name in secret)
    used = set(re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)", TEXT))
    assert used == secret
    assert set(re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*):\?", TEXT)) == used


def test_two_replicas_are_alike_but_for_their_homes() -> None:
    first, second = ({**SERVICES[name], "volumes": None} for name in ("api-1", "api-2"))
    assert first == second
    shared = set(SERVICES["api-1"]["volumes"]) & set(SERVICES["api-2"]["volumes"])
    assert {volume.partition(":")[0] for volume in shared} == {"objects", "outbox"}


@pytest.mark.parametrize("name", sorted(SERVICES))
class TestEachService:
    def test_it_may_do_as_little_as_possible(self, name: str) -> None:
        service = SERVICES[name]
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert "no-new-privileges:true" in service["security_opt"]
        assert service.get("privileged") is None
        assert not any("docker.sock" in volume or volume.startswith("/") for volume in service.get("volumes", []))

    def test_it_is_bounded_and_comes_back(self, name: str) -> None:
        service = SERVICES[name]
        limits = service["deploy"]["resources"]["limits"]
        assert {"memory", "pids"} <= set(limits)
        assert service["restart"] == ("on-failure:3" if name in ONE_SHOT else "unless-stopped")
        assert service["logging"]["options"]["max-size"]
        if name not in ONE_SHOT:
            assert seconds(service["stop_grace_period"]) >= 20

    def test_somebody_can_tell_that_it_works(self, name: str) -> None:
        service = SERVICES[name]
        if name in ONE_SHOT:
            assert service["healthcheck"] == {"disable": True}
        elif "healthcheck" in service:
            assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])
        else:
            assert "HEALTHCHECK" in stages()[service["build"]["target"]]

    def test_what_it_waits_for_can_come_about(self, name: str) -> None:
        waits: dict[str, Any] = SERVICES[name].get("depends_on", {})
        for other, about in waits.items():
            once = other in ONE_SHOT
            assert about["condition"] == ("service_completed_successfully" if once else "service_healthy")
            assert name not in SERVICES[other].get("depends_on", {})

    def test_what_it_mounts_is_there(self, name: str) -> None:
        for volume in SERVICES[name].get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), source
                assert volume.endswith(":ro")
            else:
                assert source in COMPOSE["volumes"]
        assert networks(name) <= set(COMPOSE["networks"])

    def test_its_image_names_no_registry(self, name: str) -> None:
        found = re.fullmatch(r"\$\{[A-Z_]+:-([a-z0-9-]+(?:/[a-z0-9-]+)?)(?::[\w.-]+)?\}", SERVICES[name]["image"])
        assert found, SERVICES[name]["image"]


class TestNetworks:
    def test_programs_of_strangers_are_far_from_the_database_and_from_the_outside(self) -> None:
        assert "postgres" not in reach("worker") | reach("images")
        assert reach("worker") == {"redis", "prometheus"}
        assert all(COMPOSE["networks"][name]["internal"] for name in networks("worker"))

    def test_judges_know_nothing_that_is_not_for_them(self) -> None:
        for name in JUDGES:
            assert set(SERVICES[name]["environment"]) <= FOR_JUDGES

    def test_who_has_the_database_is_on_its_network(self) -> None:
        having = {name for name, each in SERVICES.items() if "SYNCODE_DATABASE_URL" in each.get("environment", {})}
        assert having == {"api-1", "api-2", "migrate", "webhooks"} == reach("postgres")

    def test_data_is_reached_from_inside_alone(self) -> None:
        for name in ("postgres", "redis"):
            assert "ports" not in SERVICES[name]
            assert all(COMPOSE["networks"][network]["internal"] for network in networks(name))

    def test_only_the_proxy_is_for_everybody(self) -> None:
        published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
        assert set(published) == {"proxy", "prometheus", "grafana"}
        for name in ("prometheus", "grafana"):
            assert all(port.startswith("127.0.0.1:") for port in published[name])

    def test_replicas_believe_the_proxy_and_nobody_else(self) -> None:
        (pool,) = COMPOSE["networks"]["edge"]["ipam"]["config"]
        assert SERVICES["api-1"]["environment"]["SYNCODE_TRUSTED_PROXIES"] == pool["subnet"]
        ipaddress.ip_network(re.findall(r":-([0-9./]+)\}", pool["subnet"])[0])
        assert [name for name in SERVICES if "edge" in networks(name)] == ["proxy", "api-1", "api-2"]


def test_replicas_have_time_to_end_what_they_answer() -> None:
    assert seconds(SERVICES["api-1"]["stop_grace_period"]) >= serve._GRACE_S + 15


def test_redis_forgets_nothing_to_make_room() -> None:
    command = SERVICES["redis"]["command"][-1]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    asked = re.search(r"--maxmemory (\d+)mb", command)
    assert asked
    # a rewrite of its log may need as much again
    limit = SERVICES["redis"]["deploy"]["resources"]["limits"]["memory"]
    assert int(limit.removesuffix("m")) >= 2 * int(asked[1])


def test_the_proxy_passes_on_the_api_alone_as_it_comes() -> None:
    caddyfile = (DEPLOY / "caddy/Caddyfile").read_text()
    assert re.findall(r"^\thandle ?(.*) \{$", caddyfile, re.MULTILINE) == ["/api/v1/*", ""]
    assert "reverse_proxy api-1:8000 api-2:8000" in caddyfile
    assert "health_uri /readyz" in caddyfile
    assert "flush_interval -1" in caddyfile
    assert "text/event-stream" not in caddyfile
    assert "2020" in str(SERVICES["proxy"]["healthcheck"])
