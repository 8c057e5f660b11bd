"""The nsjail backend of the sandbox."""

from sandboxes.nsjail.backend import NsjailSandbox

__all__ = ["NsjailSandbox"]
