"""What circuit breakers say of themselves."""

from __future__ import annotations

from enum import IntEnum


class CircuitState(IntEnum):
    """What a circuit does with calls; the numbers are those of metrics."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2

    @property
    def word(self) -> str:
        """As pybreaker says it."""
        return self.name.lower().replace("_", "-")
