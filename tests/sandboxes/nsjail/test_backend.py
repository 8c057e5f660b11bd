"""Opening the backend on hosts and as users that cannot isolate."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from sandboxes import IsolationError
from sandboxes.nsjail import NsjailSandbox


@pytest.mark.parametrize("allow_degraded", [False, True])
def test_without_root_it_refuses_in_one_sentence_whatever_the_settings(
    sandbox: NsjailSandbox, home: Path, allow_degraded: bool
) -> None:
    assert sandbox.slots  # it can be opened here by root
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads; the child touches none
        child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            NsjailSandbox.open(home, slots=1, allow_degraded=allow_degraded).close()
        except IsolationError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said.startswith("runs need root, for control groups and user ids of their own; this process is user 65534")
    assert "\n" not in said
