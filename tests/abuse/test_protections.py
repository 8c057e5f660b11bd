"""Each protection is what holds: with it a probe finds nothing, and without it the same probe gets through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandboxes import SandboxError
from sandboxes.nsjail import NsjailSandbox
from tests.abuse.probes import PROBES, Probe, Rig
from tests.abuse.protections import PROTECTIONS, ROOT, Protection, edited, switched_off


@pytest.fixture(scope="module")
def python(image: Callable[[str], Path]) -> Path:
    return image("python")


@pytest.fixture(scope="module")
def whole(sandbox: NsjailSandbox, python: Path, home: Path) -> Iterator[Rig]:
    """A rig in which everything holds."""
    assert sandbox.isolation.missing == ()
    with switched_off(None, home) as opened:
        yield Rig(opened, python)


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, str, str, str]]]:
    """Protection, probe, answer with it and without it; the table is printed after the last test (``-v``)."""
    collected: list[tuple[str, str, str, str]] = []
    yield collected
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if collected and capture and request.config.option.verbose > 0:
        with capture.global_and_fixture_disabled():
            print("", *(f"| {' | '.join(row)} |" for row in collected), sep="\n")  # noqa: T201 - what was asked for


def answer(probe: Probe, rig: Rig) -> str:
    try:
        return probe.run(rig)
    except SandboxError as error:
        return f"no run: {error}"


def answers_without(protection: Protection, home: Path, python: Path) -> dict[str, str]:
    try:
        with switched_off(protection, home) as opened:
            return {name: answer(PROBES[name], Rig(opened, python)) for name in protection.probes}
    except SandboxError as error:  # nothing can run without it
        return dict.fromkeys(protection.probes, f"no run: {error}")


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_finds_nothing_where_everything_holds(whole: Rig, name: str) -> None:
    if not PROBES[name].needs():
        pytest.skip("this host has nothing to ask for")
    assert answer(PROBES[name], whole) == PROBES[name].held


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda protection: protection.name)
def test_without_it_a_probe_gets_through(
    protection: Protection, home: Path, python: Path, rows: list[tuple[str, str, str, str]]
) -> None:
    if not all(PROBES[name].needs() for name in protection.probes):
        pytest.skip("this host has nothing to ask for")
    found = answers_without(protection, home, python)
    rows += [(protection.name, name, PROBES[name].held, found[name]) for name in protection.probes]
    for name, expected in protection.probes.items():
        assert found[name] != PROBES[name].held
        assert found[name].startswith(expected), found[name]


def test_every_probe_shows_a_protection() -> None:
    assert set(PROBES) == {name for protection in PROTECTIONS for name in protection.probes}


def test_an_edit_must_fit_exactly_once() -> None:
    with pytest.raises(ValueError, match="0 times"):
        edited((("boxfiles.py", "no such text", ""),))
    with pytest.raises(ValueError, match="times"):
        edited((("boxfiles.py", "os.", ""),))


def test_nothing_of_the_product_is_changed(home: Path, sandbox: NsjailSandbox) -> None:
    """What was switched off is on again: the names that were lent are given back."""
    assert sandbox.isolation.missing == ()
    before = {
        path: path.read_bytes() for path in ROOT.rglob("*") if path.suffix in {".py", ".c", ".h", ".toml", ".cfg"}
    }
    for protection in PROTECTIONS[-1], PROTECTIONS[-4]:
        with switched_off(protection, home):
            pass
    assert all(path.read_bytes() == content for path, content in before.items())
    with switched_off(None, home) as again:
        assert again.isolation == sandbox.isolation
