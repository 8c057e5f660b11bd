from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandboxes import ImageError
from sandboxes.images import MmdebstrapDriver, choose_driver


def test_a_host_without_tools_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError) as caught:
        choose_driver()
    text = str(caught.value)
    assert "docker.io" in text
    assert ("install the package mmdebstrap" if os.geteuid() == 0 else "needs root") in text


@pytest.mark.usefixtures("require_mmdebstrap")
def test_root_with_mmdebstrap_uses_it() -> None:
    assert choose_driver(mirror="http://localhost:1/debian") == MmdebstrapDriver("http://localhost:1/debian")
