"""Telling Python's garbage collector what is no garbage.

A full collection looks through everything: with a service loaded that is some 250 000 objects, which takes a sixth of a
second in which nothing else of the process goes on. Nearly all of them are modules, classes and routes, which stay.
"""

from __future__ import annotations

import gc


def collect_later() -> None:
    """Collect nothing until :func:`collect_again`: while modules are loaded there is nothing to be found."""
    gc.disable()


def collect_again() -> None:
    """After :func:`collect_later`; what is in memory now is never looked at again. Else does nothing."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def keep_what_is_used() -> None:
    """Of what is in memory now, free what nobody uses; the rest is never looked at again. For what runs long."""
    gc.collect()
    gc.freeze()
