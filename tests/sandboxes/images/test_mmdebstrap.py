from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from languages import ImageFile, Language, Recipe
from sandboxes import ImageError
from sandboxes.images import BuildEvent, BuildOutcome, ImageStore, MmdebstrapDriver, Site, Stage, audit, build, verify
from sandboxes.images.mmdebstrap import InstallProgress, lay_over, mmdebstrap_argv, step_argv


def test_argv(site: Site, recipe: Recipe) -> None:
    recipe = replace(recipe, packages=("zlib1g", "gcc", "gcc"))
    argv = mmdebstrap_argv(recipe, site, archives=Path("/a dir/archives"), mirror=None)
    assert argv[:10] == [
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork"),
    ]
    assert f"TMPDIR={site.work}" in argv
    assert argv[-3:] == ["--include=gcc,zlib1g", "trixie", str(site.rootfs)]
    (share,) = [hook for hook in argv if hook.startswith("--customize-hook=")]
    assert "'/a dir/archives'" in share


def test_argv_with_a_mirror_and_no_packages(site: Site, recipe: Recipe) -> None:
    argv = mmdebstrap_argv(recipe, site, archives=site.cache, mirror="http://localhost:1/debian")
    assert argv[-2:] == [str(site.rootfs), "http://localhost:1/debian"]
    assert not any(argument.startswith("--include") for argument in argv)


SAID = """\
I: running apt-get update...
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
I: extracting archives...
I: installing essential packages...
Unpacking base-files (13) ...
Unpacking libc6:amd64 (2.41) ...
Setting up base-files (13) ...
Setting up libc6:amd64 (2.41) ...
I: installing remaining packages inside the chroot...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Unpacking gcc (14) ...
Setting up gcc (14) ...
Setting up something more (1) ...
I: cleaning package lists and apt cache...
"""


def test_progress_never_falls_and_stays_below_one() -> None:
    seen: list[tuple[Stage, float, str]] = []
    progress = InstallProgress(lambda stage, share, message: seen.append((stage, share, message)))
    for line in SAID.splitlines():
        progress.feed(line)
    shares = [share for _, share, _ in seen]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert {stage for stage, _, _ in seen} == {Stage.INSTALLING}
    shown = {message: share for _, share, message in seen}
    assert shown["unpacking libc6"] == pytest.approx(0.3 + 0.25 / 2)


def test_progress_without_a_count_is_no_error() -> None:
    shares: list[float] = []
    progress = InstallProgress(lambda _, share, __: shares.append(share))
    progress.feed("Unpacking gcc (14) ...")
    assert len(shares) == 1


def test_lays_files_over_the_tree(tmp_path: Path, tree: Path) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "usr/bin").mkdir(parents=True)
    (overlay / "usr/bin/tool").write_text("new")
    (overlay / "usr/share/new/deep").mkdir(parents=True)
    (overlay / "usr/share/new/deep/file").write_text("more")
    lay_over(overlay, tree)
    assert (tree / "usr/bin/tool").read_text() == "new"
    assert (tree / "usr/share/new/deep/file").read_text() == "more"


def test_a_file_in_place_of_a_link_replaces_the_link(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "outside").write_text("kept")
    (tree / "etc/file").symlink_to(tmp_path / "outside")
    (tmp_path / "overlay/etc").mkdir(parents=True)
    (tmp_path / "overlay/etc/file").write_text("new")
    lay_over(tmp_path / "overlay", tree)
    assert (tmp_path / "outside").read_text() == "kept"
    assert (tree / "etc/file").read_text() == "new"


def test_never_writes_through_a_link_that_leads_out(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tree / "usr/lib/link").symlink_to(tmp_path / "outside")
    (tmp_path / "overlay/usr/lib/link").mkdir(parents=True)
    (tmp_path / "overlay/usr/lib/link/file").write_text("new")
    with pytest.raises(ImageError, match="leads out of the image"):
        lay_over(tmp_path / "overlay", tree)
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("require_mmdebstrap")
def test_builds_a_real_image(store: ImageStore, language: Callable[..., Language]) -> None:
    """One small image from packages, files and steps, on this host's architecture and from its usual mirror."""
    store = ImageStore(store.home)
    script = b"#!/bin/sh\ntest -c /dev/null && test -d /proc/1 && id -u > /usr/lib/step && ! ip link 2>/dev/null\n"
    tiny = language(
        "tiny",
        packages=("bc",),
        files=(ImageFile("/usr/lib/tiny/step", script, True),),
        steps=(("/usr/lib/tiny/step",), ("sh", "-c", "env > /usr/lib/environment"), ("touch", "/run/left")),
    )

    def prove(language: Language, rootfs: Path) -> None:
        said = subprocess.run(step_argv(rootfs, ["sh", "-c", "echo 6*7 | bc"]), capture_output=True, check=False)
        if said.stdout != b"42\n":
            raise ImageError(f"{language.id}: {said!r}")

    events: list[BuildEvent] = []
    (report,) = build([tiny], store=store, driver=MmdebstrapDriver(), prove=prove, on_progress=events.append)
    assert report.error is None
    assert report.outcome is BuildOutcome.BUILT
    assert report.image is not None
    rootfs = report.image.rootfs
    assert audit(rootfs) == ()
    assert {"bc", "coreutils", "libc6"} <= set(report.image.manifest.packages)
    assert (rootfs / "usr/lib/step").read_text() == "0\n"
    environment = dict(line.split("=", 1) for line in (rootfs / "usr/lib/environment").read_text().splitlines())
    assert set(environment) == {"PATH", "HOME", "LANG", "TZ", "PWD"}
    assert not (rootfs / "usr/share/doc").exists()
    assert {Stage.INSTALLING, Stage.CONFIGURING, Stage.SEALING, Stage.PROVING} <= {event.stage for event in events}
    assert list((store.cache / "archives").glob("bc_*.deb"))
    assert str(store.home) not in Path("/proc/self/mounts").read_text()
    assert [found.problems for found in verify([tiny], store=store, prove=prove)] == [()]


@pytest.mark.slow
@pytest.mark.usefixtures("require_mmdebstrap")
def test_a_package_that_does_not_exist(store: ImageStore, language: Callable[..., Language]) -> None:
    store = ImageStore(store.home)
    wrong = language("wrong", packages=("no-such-package-anywhere",))
    (report,) = build([wrong], store=store, driver=MmdebstrapDriver(), prove=lambda _, __: None)
    assert report.outcome is BuildOutcome.FAILED
    assert report.error is not None
    assert "Unable to locate package no-such-package-anywhere" in report.error
    assert [path for path in store.directory.iterdir() if not path.name.startswith(".lock-")] == []
