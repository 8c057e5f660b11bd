"""What benchmarks share: the host they measure on, medians, and how figures are written down."""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from judge import Place, Program, Source
from languages import Language
from runner import Inventory, load_settings
from runner.workspace import Workspace
from sandboxes.nsjail import NsjailSandbox

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 90th percentile and number of some values, in the values' unit."""

    median: float
    p90: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of one value or more."""
        return cls(statistics.median(values), percentile(values, 0.9), len(values))

    @property
    def text(self) -> str:
        """``median (p90)``, to a tenth."""
        return f"{self.median:.1f} ({self.p90:.1f})"


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox of our own, the host's languages and a workspace: what it takes to make programs and run them."""

    sandbox: NsjailSandbox
    inventory: Inventory
    workspace: Path

    @classmethod
    @contextlib.contextmanager
    def open(cls, *, slots: int) -> Iterator[Bench]:
        """Assemble from this process's settings. Raises :class:`sandboxes.IsolationError`."""
        settings = load_settings()
        with NsjailSandbox.open(settings.home, slots=slots) as sandbox:
            workspace = Workspace(settings.home / "work")
            try:
                yield cls(sandbox, Inventory.open(settings), workspace.path)
            finally:
                workspace.close()

    def language_of(self, path: Path) -> Language:
        """The language of a file, by its extension."""
        return next(language for language in self.inventory.languages.values() if path.suffix in language.extensions)

    def source(self, path: Path) -> Source:
        """A file as a submission of one file."""
        return Source(self.language_of(path), {path.name: path.read_bytes()}, path.name)

    def place(self, language: Language) -> Place:
        """Where programs of that language run. Raises :class:`sandboxes.ImageError`."""
        return Place(self.sandbox, self.inventory.rootfs(language), self.workspace)

    def prepare(self, path: Path) -> Program:
        """A compiled program. Raises ``ValueError`` when it does not compile."""
        source = self.source(path)
        program = Program.prepare(source, self.place(source.language))
        if not program.ready:
            raise ValueError(f"{path} does not compile: {program.compilation and program.compilation.stderr.decode()}")
        return program


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def machine() -> str:
    """This machine in a line: processors, memory, kernel, Python, load."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{os.cpu_count()} x {model[1].strip() if model else platform.machine()}, {memory:.1f} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start"
    )


def today() -> str:
    """Date and time of a measurement."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def write(name: str, text: str, raw: object) -> None:
    """Write ``<name>.md`` and ``<name>.json`` beside this file, and print the text."""
    (HERE / f"{name}.md").write_text(text)
    (HERE / f"{name}.json").write_text(json.dumps(raw, separators=(",", ":")) + "\n")
    print(text)
