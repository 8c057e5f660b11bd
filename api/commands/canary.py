"""``syncode canary``: bounded abuse against every image, as a table or as JSON."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from rich.text import Text

from api.commands.exits import ExitCode
from api.commands.terminal import answers, print_json, remarks, table
from runner import CanaryReport, CanaryResult, Engine, ImageReport

Json = dict[str, object]


def fly_canaries(engine: Engine, names: Sequence[str], *, jobs: int | None, as_json: bool) -> ExitCode:
    """Try the images of these languages (all if none is named), print, and answer whether every wall held."""
    languages = engine.inventory.select(names)
    console, lock = remarks(), threading.Lock()

    def tell(image: ImageReport) -> None:
        with lock:
            console.print(f"{image.language.id}: {_state(image)} in {image.wall_ms / 1000:.1f} s")

    report = engine.fly_canaries(languages, jobs=jobs, on_image=tell)
    if as_json:
        print_json(canary_json(report))
    else:
        print_canaries(report)
    remarks().print(summary(report))
    return ExitCode.OK if report.holds else ExitCode.REFUSED


def print_canaries(report: CanaryReport) -> None:
    """A row per image and attempt."""
    shown = table("", "language", "attempt", "verdict", "limit", "problem")
    for image in report.images:
        for result in image.results:
            limit = result.limit.value if result.limit else ""
            mark = Text("ok", style="green") if result.holds else Text("FAIL", style="bold red")
            shown.add_row(
                mark, image.language.id, result.canary.attempts, result.verdict.value, limit, result.message or ""
            )
    answers().print(shown)


def summary(report: CanaryReport) -> str:
    """One sentence on all of it."""
    attempts = sum(len(image.results) for image in report.images)
    sentence = f"{attempts} attempts in the images of {len(report.images)} languages: "
    broken = [image.language.id for image in report.images if not image.holds]
    return f"{sentence}NOT HELD: {', '.join(broken)}" if broken else f"{sentence}all ended as they must"


def canary_json(report: CanaryReport) -> Json:
    """The whole round."""
    return {"holds": report.holds, "images": [_image(image) for image in report.images]}


def _image(image: ImageReport) -> Json:
    return {
        "language": image.language.id,
        "languageVersion": image.language.version.id,
        "holds": image.holds,
        "durationMs": round(image.wall_ms),
        "canaries": [_result(result) for result in image.results],
    }


def _result(result: CanaryResult) -> Json:
    canary = result.canary
    return {
        "name": canary.name,
        "attempts": canary.attempts,
        "holds": result.holds,
        "expected": {"verdict": canary.verdict.value, "limitHit": canary.limit.value if canary.limit else None},
        "verdict": result.verdict.value,
        "limitHit": result.limit.value if result.limit else None,
        "error": result.message,
    }


def _state(image: ImageReport) -> str:
    broken = sum(not result.holds for result in image.results)
    return f"{broken} of {len(image.results)} attempts NOT HELD" if broken else "held"
