"""What to keep ready of each language, so that nobody waits for a jail, an interpreter or a compiler to start."""

from __future__ import annotations

from collections.abc import Iterable

from judge import compile_limits, run_limits
from languages import CompileOptions, Language, compile_environment, compile_preload, run_environment, run_preload
from runner.execution import DEFAULT_MEMORY_MIB
from runner.inventory import Inventory
from sandboxes import MIB, Standby, WarmImage


def warm_images(inventory: Inventory, languages: Iterable[Language], *, jails: int) -> tuple[WarmImage, ...]:
    """One for each of ``languages`` whose image is there: ``jails`` of it, each for a compilation and a run.

    Languages of the same image have jails of their own, because what is preloaded in them differs.
    """
    return tuple(
        WarmImage(language.id, inventory.rootfs(language), standbys(language), jails)
        for language in languages
        if inventory.lacks(language) is None
    )


def standbys(language: Language) -> tuple[Standby, ...]:
    """What a submission in ``language`` will ask for: its compilation, if there is one, and a run.

    A run is expected to have the memory of a run whose request says nothing, or of a problem that says nothing.
    """
    compiling, entrypoint, memory_mib = language.compile, language.entrypoint, DEFAULT_MEMORY_MIB
    limits = run_limits(language, cpu_ms=1, wall_ms=1, memory_mib=memory_mib, output_bytes=MIB).limits
    environment = run_environment(language, entrypoint=entrypoint, memory_mib=memory_mib)
    run = Standby(limits, run_preload(language, memory_mib=memory_mib), environment)
    if compiling is None:
        return (run,)
    options = CompileOptions()
    environment = compile_environment(language, entrypoint=entrypoint, options=options)
    return Standby(compile_limits(compiling), compile_preload(language), environment), run
