"""Building the images of languages: side by side, all or nothing, and proved before they are used."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from languages.model import Language, Recipe
from sandboxes.errors import ImageError, SandboxError
from sandboxes.images.audit import audit
from sandboxes.images.driver import Driver, Site, Stage
from sandboxes.images.lock import held
from sandboxes.images.manifest import Manifest, installed_packages, sync_directory, write_manifest
from sandboxes.images.recipe import npm_packages
from sandboxes.images.seal import seal
from sandboxes.images.store import BUILDING_PREFIX, Image, ImageStore, remove_tree
from sandboxes.images.tool import Halt, Tools
from sandboxes.images.tree import measure

Prove = Callable[[Language, Path], None]

# Where a stage begins in the whole of a build, by typical durations.
_STAGE_BEGINS: Final = {
    Stage.WAITING: 0.0,
    Stage.FETCHING: 0.0,
    Stage.INSTALLING: 0.1,
    Stage.CONFIGURING: 0.75,
    Stage.SEALING: 0.85,
    Stage.PROVING: 0.9,
    Stage.PUBLISHING: 0.98,
    Stage.READY: 1.0,
    Stage.FAILED: 1.0,
}


class BuildOutcome(StrEnum):
    """How one image ended: there already, a further language proved in it, built, or not to be had."""

    READY = "ready"
    PROVED = "proved"
    BUILT = "built"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BuildEvent:
    """Progress of one image.

    ``fraction`` is of its whole build, from 0 to 1; ``None`` while another builder is waited for.
    """

    digest: str
    languages: tuple[str, ...]
    stage: Stage
    fraction: float | None
    message: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What became of one image; ``error`` says why it failed and is ``None`` otherwise.

    ``log`` is the file with what the tools said, ``None`` when no tool ran.
    """

    digest: str
    languages: tuple[str, ...]
    outcome: BuildOutcome
    image: Image | None
    seconds: float
    log: Path | None
    error: str | None


OnProgress = Callable[[BuildEvent], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Languages that share one image."""

    digest: str
    recipe: Recipe
    languages: tuple[Language, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the languages."""
        return tuple(language.id for language in self.languages)


def batches(languages: Iterable[Language], store: ImageStore) -> tuple[Batch, ...]:
    """The distinct images of some languages, in the order of their first language."""
    grouped: dict[str, list[Language]] = {}
    for language in languages:
        grouped.setdefault(store.digest(language.image), []).append(language)
    return tuple(Batch(digest, members[0].image, tuple(members)) for digest, members in grouped.items())


def build(
    languages: Sequence[Language],
    *,
    store: ImageStore,
    driver: Driver,
    prove: Prove,
    jobs: int | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[BuildReport, ...]:
    """Build and prove the images of ``languages``, up to ``jobs`` (``None``: one per processor) at a time.

    ``prove`` runs a language's reference program in a tree and raises :class:`SandboxError` when it does not come
    out right; it may be called from several threads. ``on_progress`` is never called by two threads at once.

    One report per distinct image; a failing image does not stop the others, and its report says why. Raises
    :class:`ImageError` when the store cannot be used at all.
    """
    store.prepare()
    halt = Halt()
    context = _Context(store, driver, prove, halt, _Notifier(on_progress))
    work = [_Build(batch, context) for batch in batches(languages, store)]
    executor = ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1, thread_name_prefix="image")
    try:
        return tuple(executor.map(_Build.run, work))
    except BaseException:
        halt.request()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


class _Notifier:
    def __init__(self, on_progress: OnProgress | None) -> None:
        self._lock = threading.Lock()
        self._on_progress = on_progress

    def __call__(self, event: BuildEvent) -> None:
        if self._on_progress is not None:
            with self._lock:
                self._on_progress(event)


@dataclass(frozen=True, slots=True)
class _Context:
    store: ImageStore
    driver: Driver
    prove: Prove
    halt: Halt
    notify: OnProgress


class _Build:
    """The build of one image by one thread."""

    def __init__(self, batch: Batch, context: _Context) -> None:
        self._batch = batch
        self._store = context.store
        self._driver = context.driver
        self._prove = context.prove
        self._halt = context.halt
        self._notify = context.notify
        self._log: Path | None = None
        self._waiting = False

    def run(self) -> BuildReport:
        """Build, or find that there is nothing to do. Only an error of our own program is raised."""
        begin = time.monotonic()
        image: Image | None = None
        error: str | None = None
        try:
            outcome, image = self._run()
        except SandboxError as failure:
            outcome, error = BuildOutcome.FAILED, str(failure)
        except OSError as failure:
            outcome, error = BuildOutcome.FAILED, f"the build of the image failed: {failure}"
        seconds = time.monotonic() - begin
        self._on_stage(Stage.FAILED if error else Stage.READY, 0.0, error or outcome.value)
        return BuildReport(self._batch.digest, self._batch.ids, outcome, image, seconds, self._log, error)

    def _run(self) -> tuple[BuildOutcome, Image]:
        recipe = self._batch.recipe
        image = self._store.image(recipe)
        if image is not None and not self._unproved(image):
            return BuildOutcome.READY, image
        with held(self._store.lock_path(recipe), on_wait=self._wait) as lock:
            image = self._store.image(recipe)
            if image is None:
                return BuildOutcome.BUILT, self._build(lock)
            missing = self._unproved(image)
            for language in missing:
                self._prove_one(language, image.rootfs)
                known = (*image.manifest.languages, language.id)
                image = replace(image, manifest=replace(image.manifest, languages=tuple(sorted(known))))
                write_manifest(image.directory, image.manifest)
            return BuildOutcome.PROVED if missing else BuildOutcome.READY, image

    def _unproved(self, image: Image) -> tuple[Language, ...]:
        return tuple(language for language in self._batch.languages if language.id not in image.manifest.languages)

    def _build(self, lock: int) -> Image:
        """Build under the lock that ``lock`` is the descriptor of."""
        recipe = self._batch.recipe
        self._driver.check()
        self._store.remove_unfinished(recipe)
        target = self._store.path(recipe)
        building = target.with_name(f"{BUILDING_PREFIX}{target.name}-{os.getpid()}")
        self._log = self._store.log_path(recipe)
        self._log.write_bytes(b"")
        try:
            work = building / "work"
            work.mkdir(parents=True)
            building.chmod(0o755)  # the proof's jail must be able to search it
            rootfs = building / "rootfs"
            tools = Tools(self._log, halt=self._halt, keep_open=(lock,))
            cache = self._store.cache
            self._driver.build(recipe, Site(rootfs, work, cache, self._store.architecture, tools, self._on_stage))
            self._halt.check()
            remove_tree(work)
            manifest = self._finish(rootfs)
            for language in self._batch.languages:
                self._prove_one(language, rootfs)
            self._on_stage(Stage.PUBLISHING, 0.0, "writing to disk")
            write_manifest(building, manifest)
            tools.run(["sync", "--file-system", str(building)], purpose="write the image to disk")
            remove_tree(target)  # without a readable manifest it was no image
            building.rename(target)
            sync_directory(target.parent)
        except BaseException:
            with suppress(ImageError):  # what led here matters more; the next build removes it
                remove_tree(building)
            raise
        return Image(target, manifest)

    def _finish(self, rootfs: Path) -> Manifest:
        """Seal and audit the tree; gives the manifest it will have once its languages are proved."""
        self._on_stage(Stage.SEALING, 0.0, "sealing")
        recipe = self._batch.recipe
        packages = installed_packages(rootfs)
        packages |= {f"wheel:{wheel.name}": wheel.version for wheel in recipe.wheels}
        for package in npm_packages(recipe, architecture=self._store.architecture):
            packages[f"npm:{package.name}"] = package.version
        seal(rootfs)
        problems = audit(rootfs)
        if problems:
            raise ImageError(f"the built image is not safe: {'; '.join(problems[:5])}")
        measured = measure(rootfs)
        return Manifest(
            digest=self._batch.digest,
            architecture=self._store.architecture,
            suite=recipe.suite,
            languages=tuple(sorted(self._batch.ids)),
            packages=packages,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            size_bytes=measured.size_bytes,
            entries=measured.entries,
            builder=self._driver.name,
            tree=measured.digest,
        )

    def _prove_one(self, language: Language, rootfs: Path) -> None:
        share = self._batch.languages.index(language) / len(self._batch.languages)
        self._on_stage(Stage.PROVING, share, f"running the reference program of {language.id}")
        self._halt.check()
        self._prove(language, rootfs)

    def _wait(self) -> None:
        self._halt.check()
        if not self._waiting:
            self._waiting = True
            self._on_stage(Stage.WAITING, 0.0, "another builder is at this image")

    def _on_stage(self, stage: Stage, share: float, message: str) -> None:
        begin = _STAGE_BEGINS[stage]
        end = min((other for other in _STAGE_BEGINS.values() if other > begin), default=1.0)
        fraction = None if stage is Stage.WAITING else begin + min(max(share, 0.0), 1.0) * (end - begin)
        self._notify(BuildEvent(self._batch.digest, self._batch.ids, stage, fraction, message))
