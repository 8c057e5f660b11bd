from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from languages import ImageFile, Recipe
from sandboxes import ImageError
from sandboxes.images import DockerfileDriver, Site, dockerfile
from sandboxes.images.dockerfile import build_argv, write_context
from sandboxes.images.material import gather


def test_the_context_holds_the_whole_recipe(site: Site, recipe: Recipe) -> None:
    recipe = replace(
        recipe,
        packages=("zlib1g", "gcc", "gcc"),
        files=(ImageFile("/usr/bin/tool", b"run", True),),
        steps=(("ln", "-s", "a b", "$HOME"), ("true",)),
    )
    context = write_context(recipe, gather(recipe, site), site.work / "context")
    found = {str(path.relative_to(context)): path for path in context.rglob("*") if path.is_file()}
    assert set(found) == {"Dockerfile", "packages", "steps", "overlay/usr/bin/tool"}
    assert found["packages"].read_text() == "gcc\nzlib1g\n"
    assert found["steps"].read_text() == "set -e\nln -s 'a b' '$HOME'\ntrue\n"
    assert found["overlay/usr/bin/tool"].stat().st_mode & 0o777 == 0o755
    shipped = Path(dockerfile.__file__).with_name("Dockerfile")
    assert found["Dockerfile"].read_bytes() == shipped.read_bytes()


def test_an_empty_recipe_has_a_context_too(site: Site, recipe: Recipe) -> None:
    context = write_context(recipe, gather(recipe, site), site.work / "context")
    assert (context / "overlay").is_dir()
    assert (context / "packages").read_text() == ""
    assert (context / "steps").read_text() == "set -e\n"


def test_the_steps_are_a_shell_script_that_stops_at_the_first_failure(site: Site, recipe: Recipe) -> None:
    recipe = replace(recipe, steps=(("printf", "%s|", "a b", "'\"$x\\"), ("false",), ("echo", "never")))
    context = write_context(recipe, gather(recipe, site), site.work / "context")
    said = subprocess.run(["sh", str(context / "steps")], capture_output=True, check=False)
    assert (said.returncode, said.stdout) == (1, b"a b|'\"$x\\|")


def test_argv() -> None:
    assert build_argv(Path("/work/context"), Path("/home/rootfs"), base="debian:trixie-slim") == [
        *("env", "DOCKER_BUILDKIT=1", "docker", "build", "--progress=plain"),
        *("--build-arg", "BASE=debian:trixie-slim"),
        *("--output", "type=local,dest=/home/rootfs"),
        "/work/context",
    ]


def test_without_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match=r"install the package docker\.io"):
        DockerfileDriver().check()


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs the docker command: install the package docker.io")
def test_without_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real command, told to talk to a socket where nobody listens."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    with pytest.raises(ImageError, match=r"there is no Docker engine to build images with: .+"):
        DockerfileDriver().check()
