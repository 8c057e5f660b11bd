# ruff: noqa: INP001 # a script for the image, not a module of this project
"""Lets an interpreter wait, started and ready, until it is told what to run (see ``languages/SCHEMA.md``, Preloads).

The interpreter imports this module at the very end of its start, before it looks at the program. The preload is
``python3 main.py`` with ``SYNCODE_PRELOAD`` in its environment: what has not happened by then the interpreter does
itself, as ever. Without the variable this module does nothing; programs and their children never see it.
"""

import os
import sys


def wait() -> None:
    """Wait for an argument vector and take it for this interpreter's own; execute it if it has another main file."""
    vector = b""
    os.write(3, b"!")
    while chunk := os.read(3, 65536):
        vector += chunk
    os.close(3)
    argv = [os.fsdecode(argument) for argument in vector.split(b"\0")[:-1]]
    if not argv:
        os._exit(1)  # an exception would be reported here
    if argv[:2] != sys.orig_argv:
        # The interpreter has settled on its main file already.
        os.execvp(argv[0], argv)  # noqa: S606  its vector is given, not made
    sys.orig_argv[2:] = sys.argv[1:] = argv[2:]


if os.environ.pop("SYNCODE_PRELOAD", None):
    wait()
