"""Checking that finished images still are what was built."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from languages.model import Language
from sandboxes.errors import SandboxError
from sandboxes.images.audit import audit
from sandboxes.images.builder import Batch, Prove, batches
from sandboxes.images.store import ImageStore
from sandboxes.images.tree import measure


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found about one image: nothing in ``problems`` means that it is as built, safe and works."""

    digest: str
    languages: tuple[str, ...]
    problems: tuple[str, ...]
    seconds: float


def verify(
    languages: Sequence[Language], *, store: ImageStore, prove: Prove, jobs: int | None = None
) -> tuple[VerifyReport, ...]:
    """Audit the images of ``languages``, compare their content with the manifest and prove each language again.

    One report per distinct image. ``prove`` as in :func:`sandboxes.images.builder.build`.
    """
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1, thread_name_prefix="verify") as executor:
        return tuple(executor.map(lambda batch: _verify(batch, store, prove), batches(languages, store)))


def _verify(batch: Batch, store: ImageStore, prove: Prove) -> VerifyReport:
    begin = time.monotonic()
    try:
        problems = _problems(batch, store, prove)
    except (SandboxError, OSError) as error:
        problems = (str(error),)
    return VerifyReport(batch.digest, batch.ids, problems, time.monotonic() - begin)


def _problems(batch: Batch, store: ImageStore, prove: Prove) -> tuple[str, ...]:
    rootfs = store.rootfs(batch.recipe, language=batch.languages[0].id)
    image = store.image(batch.recipe)
    problems = list(audit(rootfs))
    if image is not None and measure(rootfs).digest != image.manifest.tree:
        problems.append(f"{rootfs} is not what was built: delete {image.directory} and build the image again")
    for language in batch.languages:
        try:
            prove(language, store.rootfs(batch.recipe, language=language.id))
        except SandboxError as error:
            problems.append(str(error))
    return tuple(problems)
