# ruff: noqa: INP001 # a script for the image, not a module of this project
"""Says whether files are Python, without running them.

Writes ``file:line:column: error: message`` for each that is not. Runs inside the image, as a script: with the files as
its arguments, or with ``--preload`` to be told later what they are (see ``languages/SCHEMA.md``, Preloads).
"""

import posix
import sys


def wait() -> list[str]:
    """The files, once they are known. Another vector than this interpreter's own is executed instead."""
    vector = b""
    posix.write(3, b"!")
    while chunk := posix.read(3, 65536):
        vector += chunk
    posix.close(3)
    argv = [argument.decode("utf-8", "surrogateescape") for argument in vector.split(b"\0")[:-1]]
    if not argv:
        sys.exit(1)
    if argv[: len(sys.orig_argv) - 1] != sys.orig_argv[:-1]:
        posix.execv(sys.executable, argv)
    return argv[len(sys.orig_argv) - 1 :]


def check(path: str) -> bool:
    """Compile one file and forget the result; write what is wrong with it."""
    with open(path, "rb") as file:
        source = file.read()
    try:
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        sys.stderr.write(f"{path}:{line}:{column}: error: {error.msg} ({type(error).__name__})\n")
        if error.text:
            text = error.text.rstrip("\n")
            pad = "".join("\t" if letter == "\t" else " " for letter in text[: column - 1])
            sys.stderr.write(f"{text}\n{pad}^\n")
        return False
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        sys.stderr.write(f"{path}:1:1: error: cannot be compiled: {str(error) or type(error).__name__}\n")
        return False
    return True


results = [check(path) for path in (wait() if sys.argv[1:] == ["--preload"] else sys.argv[1:])]
sys.stderr.flush()
# Nothing is left that an interpreter would have to take down in order.
posix._exit(0 if all(results) else 1)  # noqa: SLF001  its official name is in os, which is not loaded here
