"""What has changed in a git repository since a revision, and which packages that touches."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runner import RequestError

# A hook that calls us says by these which repository it is in, and that need not be the one of the package.
_OF_A_HOOK: Final = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}
)

_NO_COMMIT: Final = re.compile("0{40}|0{64}")


def changed_since(revision: str, places: Sequence[Path]) -> tuple[Path, ...]:
    """Those of the places (packages) in which anything changed since ``revision``, in their order.

    What counts: contents that differ from the revision's, whether committed, staged or neither; files that are gone or
    new, renamed ones being both; files that git does not track and is not told to ignore. Of a revision on another
    branch the point counts where the branches parted, if there is one. Each place is looked up in the repository it
    lies in. The name of no commit, all zeros (as hooks and hosts call what was before the first), finds every place.
    Raises :class:`RequestError` outside of any repository, for an unknown revision, and without git.
    """
    if _NO_COMMIT.fullmatch(revision):
        return tuple(places)
    changed: dict[Path, frozenset[Path]] = {}
    found = []
    for place in places:
        resolved = place.resolve()
        root = _repository(resolved if resolved.is_dir() else resolved.parent)
        if root not in changed:
            changed[root] = _changed(root, revision)
        # A directory stands for all below it where git keeps it as one thing, a repository in the repository.
        if any(path.is_relative_to(resolved) or resolved.is_relative_to(path) for path in changed[root]):
            found.append(place)
    return tuple(found)


def _repository(directory: Path) -> Path:
    answer = _git(directory, "rev-parse", "--show-toplevel")
    if answer.returncode:
        raise RequestError(f"--changed-since: {directory} is in no git repository that can be used: {_said(answer)}")
    return Path(os.fsdecode(answer.stdout.removesuffix(b"\n"))).resolve()


def _changed(root: Path, revision: str) -> frozenset[Path]:
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        raise RequestError(f"--changed-since: {revision!r} is no revision of the repository {root}{_shallow(root)}")
    since = os.fsdecode(commit.stdout.strip())
    base = _git(root, "merge-base", since, "HEAD")
    if base.returncode == 0:
        since = os.fsdecode(base.stdout.split()[0])
    listings = (
        ("diff", "--name-only", "--no-renames", "--no-relative", "--no-ext-diff", "-z", since, "--"),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    )
    changed: set[Path] = set()
    for listing in listings:
        answer = _git(root, *listing)
        if answer.returncode:
            raise RequestError(f"--changed-since: git {listing[0]} failed in {root}: {_said(answer)}")
        changed.update(root / os.fsdecode(name) for name in answer.stdout.split(b"\0") if name)
    return frozenset(changed)


def _shallow(root: Path) -> str:
    answer = _git(root, "rev-parse", "--is-shallow-repository")
    return ", which was cloned without its history" if answer.stdout.strip() == b"true" else ""


def _git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env=environment,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise RequestError(f"--changed-since: git cannot be run: {error.strerror}") from error


def _said(answer: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(answer.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ") or "it said nothing"
