"""Control groups: what the host offers, and the engine's own groups in it."""

from sandboxes.cgroups.group import Cgroup, left_of, sweep
from sandboxes.cgroups.layout import Layout, Place, detect

__all__ = ["Cgroup", "Layout", "Place", "detect", "left_of", "sweep"]
