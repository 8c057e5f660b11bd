"""Control groups: what the host offers, and the engine's own groups in it."""

from sandboxes.cgroups.group import Cgroup, left_of, sweep
from sandboxes.cgroups.layout import OURS, Layout, Place, detect, layout_of

__all__ = ["OURS", "Cgroup", "Layout", "Place", "detect", "layout_of", "left_of", "sweep"]
