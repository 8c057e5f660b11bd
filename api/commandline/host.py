"""What this host offers, and its images."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commandline.parameters import Jobs, Languages
from api.commands.canary import fly_canaries
from api.commands.doctor import show_host
from api.commands.exits import ExitCode
from api.commands.images import build_images, list_images, prune_images, verify_images
from api.commands.languages import list_languages
from runner import Engine, Inventory, load_settings

app = typer.Typer()
images = typer.Typer(no_args_is_help=True)
app.add_typer(images, name="images", help="Make, list, check and tidy the root file systems of languages.")


@app.command("languages")
def languages_() -> ExitCode:
    """List the languages."""
    return list_languages(Inventory.open(load_settings()))


@app.command()
def doctor() -> ExitCode:
    """Say what this host offers; 0 only if runs would be safe on it."""
    return show_host(load_settings())


@app.command()
def canary(
    languages: Languages = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
    jobs: Jobs = None,
) -> ExitCode:
    """Try bounded abuse against images; 0 only if every attempt ends as it must."""
    with Engine.open(load_settings()) as engine:
        return fly_canaries(engine, languages or (), jobs=jobs, as_json=as_json)


@images.command("build")
def images_build(languages: Languages = None, *, jobs: Jobs = None) -> ExitCode:
    """Build and prove the images that are missing."""
    with Engine.open(load_settings()) as engine:
        return build_images(engine, languages or (), jobs=jobs)


@images.command("list")
def images_list() -> ExitCode:
    """List the images."""
    return list_images(Inventory.open(load_settings()))


@images.command("verify")
def images_verify(languages: Languages = None, *, jobs: Jobs = None) -> ExitCode:
    """Check that images are what was built, safe, and run their languages."""
    with Engine.open(load_settings()) as engine:
        return verify_images(engine, languages or (), jobs=jobs)


@images.command("prune")
def images_prune() -> ExitCode:
    """Remove images that no language asks for, and what interrupted builds left."""
    return prune_images(Inventory.open(load_settings()))
