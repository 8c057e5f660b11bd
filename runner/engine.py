"""One host, assembled from its settings: languages, images, sandbox, judge."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from judge import (
    MOST_ATTEMPTS,
    CaseResult,
    CompileCache,
    JudgeResult,
    OnCompile,
    Package,
    Place,
    Problem,
    Source,
    judge,
    prove,
    read_package,
)
from judge.validation import Authored, Validation
from languages import Language
from runner.backend import open_backend
from runner.batch import ItemResult, OnItem, OnStart, run_batch
from runner.canary import CanaryReport, OnImage, fly
from runner.cancellations import Cancellations
from runner.errors import RequestError, SettingsError
from runner.execution import UNHEARD, Listener, RunRequest, RunResult, execute
from runner.inventory import Inventory
from runner.jobs import BatchTask
from runner.settings import Settings
from runner.validation import Means, OnEvent, validate
from runner.verification import OnPackageEvent, PackageReport, languages_of, verify
from runner.warmth import warm_images
from runner.workspace import Workspace
from sandboxes import MIB, Backend, Cancellation, Sandbox
from sandboxes.images import BuildEvent, BuildReport, VerifyReport, build, choose_driver
from sandboxes.images import verify as verify_images

OnBuild = Callable[[BuildEvent], None]
_WORK: Final = "work"
_CACHE: Final = "cache/programs"


class Engine:
    """Runs and judges on this host. Made by :meth:`open`; a context manager that leaves nothing behind.

    Its methods may be called from several threads; they share the sandbox's slots.
    """

    def __init__(self, settings: Settings, inventory: Inventory, sandbox: Backend, workspace: Path) -> None:
        self.settings = settings
        self.inventory = inventory
        self.sandbox = sandbox
        self._workspace = workspace
        limit_bytes = settings.compile_cache_mb * MIB
        self._cache = CompileCache(settings.home / _CACHE, limit_bytes=limit_bytes) if limit_bytes else None
        self._owned = contextlib.ExitStack()

    @classmethod
    def open(cls, settings: Settings) -> Engine:
        """Assemble, after clearing away what engines killed earlier have left.

        Raises :class:`sandboxes.IsolationError` when this host cannot isolate runs as the settings require,
        :class:`SettingsError` when there can be no home, and :class:`languages.LanguageError` when a language file is
        wrong.
        """
        inventory = Inventory.open(settings)
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"SYNCODE_HOME: {settings.home} cannot be used: {error.strerror}") from error
        with contextlib.ExitStack() as owned:
            sandbox = owned.enter_context(open_backend(settings))
            workspace = Workspace(settings.home / _WORK)
            owned.callback(workspace.close)
            engine = cls(settings, inventory, sandbox, workspace.path)
            engine._owned = owned.pop_all()
        return engine

    @property
    def slots(self) -> int:
        """How many programs may run at once."""
        return self.sandbox.slots

    def keep_warm(self, languages: Sequence[str] = ()) -> None:
        """From now on keep jails of these languages ready, of all when none is named, as the settings allow.

        Returns at once; :meth:`settle` waits. Raises :class:`runner.errors.UnknownLanguageError`.
        """
        settings = self.settings
        if settings.warm_jails and settings.warm_memory_mb:
            images = warm_images(self.inventory, self.inventory.select(languages), jails=settings.warm_jails)
            self.sandbox.keep_warm(images, memory_bytes=settings.warm_memory_mb * MIB)

    def settle(self) -> None:
        """Wait until what is kept ready is ready, and nothing of finished submissions is left."""
        self.sandbox.settle()

    def language(self, name: str) -> Language:
        """The language of that id. Raises :class:`runner.errors.UnknownLanguageError`."""
        return self.inventory.language(name)

    def run(
        self,
        request: RunRequest,
        *,
        listener: Listener = UNHEARD,
        cancellation: Cancellation | None = None,
        attempts: int = MOST_ATTEMPTS,
    ) -> RunResult:
        """Compile and run one program. Raises :class:`sandboxes.SandboxError` when we failed, so often in a row."""
        cache = self._cache if request.cache else None
        place = self._place(request.source.language, cache=cache, attempts=attempts)
        return execute(request, place, listener=listener, cancellation=cancellation)

    def judge(
        self,
        source: Source,
        problem: Problem,
        *,
        on_compile: OnCompile | None = None,
        on_case: Callable[[CaseResult], None] | None = None,
        sandbox: Sandbox | None = None,
        cancellation: Cancellation | None = None,
        attempts: int = MOST_ATTEMPTS,
    ) -> JudgeResult:
        """Compile once and run every test, within ``sandbox`` where that is a share of this engine's.

        ``attempts``: how often anything is tried when the sandbox fails. Raises :class:`sandboxes.ImageError` when the
        image is missing.
        """
        places = partial(self._place, cache=self._cache, sandbox=sandbox, attempts=attempts)
        return judge(
            source,
            problem,
            places(source.language),
            judges=places,
            on_compile=on_compile,
            on_case=on_case,
            cancellation=cancellation,
        )

    def place(self, language: Language, *, sandbox: Sandbox | None = None) -> Place:
        """Where programs of a language are compiled and run, for whoever runs one many times; ``sandbox`` as above.

        Raises :class:`sandboxes.ImageError` when the image is missing.
        """
        return self._place(language, cache=self._cache, sandbox=sandbox)

    def run_batch(
        self,
        task: BatchTask,
        *,
        created_at: datetime,
        on_compile: OnCompile,
        on_start: OnStart,
        on_item: OnItem,
        sandbox: Sandbox | None = None,
        cancellations: Cancellations,
        attempts: int = MOST_ATTEMPTS,
    ) -> tuple[ItemResult, ...]:
        """Compile once and run on every input. See :func:`runner.batch.run_batch`; raises as :meth:`judge`."""
        place = self._place(task.source.language, cache=self._cache, sandbox=sandbox, attempts=attempts)
        return run_batch(
            task,
            place,
            created_at=created_at,
            on_compile=on_compile,
            on_start=on_start,
            on_item=on_item,
            cancellations=cancellations,
        )

    def read_package(self, path: Path) -> Package:
        """Read a problem package. Raises :class:`judge.PackageError`."""
        return read_package(path, self.inventory.languages)

    def verify(
        self,
        packages: Sequence[Package],
        *,
        repeat: int = 1,
        jobs: int | None = None,
        on_event: OnPackageEvent,
        cancellation: Cancellation | None = None,
    ) -> tuple[PackageReport, ...]:
        """Validate packages; ``jobs`` solutions at once (``None``: one per slot), each ``repeat`` times.

        Raises :class:`sandboxes.ImageError` before anything is judged when an image is missing,
        :class:`RequestError` when a package is named twice.
        """
        paths = [package.path for package in packages]
        for path in paths:
            if paths.count(path) > 1:
                raise RequestError(f"{path} is named more than once")
        for language in {language.id: language for each in packages for language in languages_of(each)}.values():
            self.inventory.rootfs(language)
        with Cancellation(cancellation) as own:
            return verify(
                packages,
                self._means(),
                repeat=repeat,
                jobs=jobs or self.slots,
                on_event=on_event,
                cancellation=own,
            )

    def validate(
        self,
        authored: Authored,
        *,
        repeat: int = 1,
        jobs: int | None = None,
        solutions: Collection[str] | None = None,
        sandbox: Sandbox | None = None,
        on_event: OnEvent,
        cancellation: Cancellation | None = None,
    ) -> Validation:
        """Validate a problem. See :func:`runner.validation.validate`; ``jobs`` and ``sandbox`` as in the others.

        What is in a language whose image is missing could not be judged, and says so.
        """
        with Cancellation(cancellation) as own:
            means = self._means(sandbox)
            return validate(
                means,
                authored,
                repeat=repeat,
                jobs=jobs or means.width,
                solutions=solutions,
                on_event=on_event,
                cancellation=own,
            )

    def build_images(
        self, languages: Sequence[Language], *, jobs: int | None = None, on_progress: OnBuild | None = None
    ) -> tuple[BuildReport, ...]:
        """Build and prove what is missing; one report per image that was, none when there is nothing to do.

        Raises :class:`sandboxes.ImageError` when this host cannot build images at all.
        """
        wanted = [language for language in languages if self.inventory.lacks(language) is not None]
        if not wanted:
            return ()
        driver = choose_driver(mirror=self.settings.image_mirror)
        store = self.inventory.store
        # what needs no compiler is built soonest, so that a newcomer's first program runs soonest
        soonest = sorted(wanted, key=lambda language: language.compiled)
        return build(soonest, store=store, driver=driver, prove=self._prove, jobs=jobs, on_progress=on_progress)

    def verify_images(self, languages: Sequence[Language], *, jobs: int | None = None) -> tuple[VerifyReport, ...]:
        """Check that images are what was built, safe, and still run their languages; one report per image."""
        return verify_images(languages, store=self.inventory.store, prove=self._prove, jobs=jobs)

    def fly_canaries(
        self,
        languages: Sequence[Language],
        *,
        jobs: int | None = None,
        on_image: OnImage | None = None,
        cancellation: Cancellation | None = None,
    ) -> CanaryReport:
        """Try with bounded abuse whether the images' walls hold; ``jobs`` images at once (``None``: one per slot).

        Raises :class:`sandboxes.ImageError` before anything runs when an image is missing.
        """
        places = [(language, self._place(language)) for language in languages]
        return fly(places, jobs=jobs or self.slots, on_image=on_image, cancellation=cancellation)

    def close(self) -> None:
        """Remove the workspace, then give the slots back. Nothing may be running."""
        self._owned.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _means(self, sandbox: Sandbox | None = None) -> Means:
        """What validating takes, within ``sandbox`` where that is a share of this engine's."""
        return Means(
            judge=partial(self.judge, sandbox=sandbox),
            place=partial(self._place, cache=self._cache, sandbox=sandbox),
            width=(sandbox or self.sandbox).slots,
        )

    def _place(
        self,
        language: Language,
        *,
        cache: CompileCache | None = None,
        sandbox: Sandbox | None = None,
        attempts: int = MOST_ATTEMPTS,
    ) -> Place:
        with self.sandbox.observers.of_failures():
            image = self.inventory.image(language)
        return Place(sandbox or self.sandbox, image.rootfs, self._workspace, cache, image.manifest.tree, attempts)

    def _prove(self, language: Language, rootfs: Path) -> None:
        prove(language, Place(self.sandbox, rootfs, self._workspace))
