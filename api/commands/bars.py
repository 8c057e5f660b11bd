"""Progress bars where somebody watches, and none where nobody does."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import Progress, ProgressColumn, TimeElapsedColumn

from api.commands.terminal import remarks


class Bars:
    """Bars on standard error while the ``with`` lasts; :attr:`bars` is ``None`` when that is no terminal."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self.console = remarks()
        self.bars: Progress | None = None
        if self.console.is_terminal:
            self.bars = Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True)

    def __enter__(self) -> Self:
        if self.bars is not None:
            self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.bars is not None:
            self.bars.stop()
