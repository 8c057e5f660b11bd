# ruff: noqa: INP001 # a script for the image, not a module of this project
"""Says whether files are Python, without running them.

Writes ``file:line:column: error: message`` for each that is not. Runs inside the image, as a script.
"""

import sys


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


results = [check(path) for path in sys.argv[1:]]
sys.exit(0 if all(results) else 1)
