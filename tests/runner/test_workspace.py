from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runner.workspace import Workspace, sweep
from sandboxes import SetupError

HOLD = """
import sys
from pathlib import Path
from runner.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
(workspace.path / "artefact").mkdir()
print(workspace.path, flush=True)
sys.stdin.read()
"""


def test_a_workspace_can_be_searched_but_not_listed_by_others(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "work")
    assert workspace.path.stat().st_mode & 0o777 == 0o711
    workspace.close()
    assert list((tmp_path / "work").iterdir()) == []


def test_the_living_keep_theirs_and_the_dead_lose_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        held = Path(holder.stdout.readline().strip())
        sweep(tmp_path)
        assert (held / "artefact").is_dir()
        holder.kill()
        holder.wait()
        assert held.is_dir()
        mine = Workspace(tmp_path)
        assert list(tmp_path.iterdir()) == [mine.path]
        mine.close()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "engine-link").symlink_to(tmp_path / "notes")
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes", "engine-link"}


def test_a_place_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SetupError, match="no working directory"):
        Workspace(tmp_path / "file" / "work")
