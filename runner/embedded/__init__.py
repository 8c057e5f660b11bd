"""Jobs done in this process: a bounded queue, threads, and events in memory."""

from runner.embedded.dispatcher import EmbeddedDispatcher

__all__ = ["EmbeddedDispatcher"]
