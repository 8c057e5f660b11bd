"""Rules that hold for the project as a whole, read from its files."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from api.settings import ServiceSettings
from runner.distributed.settings import WorkerSettings

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("api", "judge", "languages", "runner", "sandboxes")
TOP_LEVEL: Final = frozenset(
    {
        *PACKAGES,
        ".ci",
        ".gitignore",
        "CHANGELOG.md",
        "Makefile",
        "README.md",
        "benchmarks",
        "deploy",
        "docs",
        "pyproject.toml",
        "requirements.lock",
        "tests",
    }
)


def project_files() -> list[Path]:
    """Every file of the project, as git knows them (new ones included, ignored ones not)."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip(f"not a git checkout: {listing.stderr.decode().strip()}")
    return [path for name in listing.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for path in project_files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def modules() -> list[Path]:
    """Modules of the packages; what lies in ``assets`` is put into images and runs there."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES and "assets" not in path.parts
    ]


def offending_lines(pattern: str) -> list[str]:
    # The patterns are put together here so that this file does not match them.
    expression = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if expression.search(line)
    ]


def test_top_level_is_the_one_the_readme_describes() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert found <= TOP_LEVEL, found - TOP_LEVEL
    readme = (ROOT / "README.md").read_text()
    assert [name for name in PACKAGES if f"`{name}/`" not in readme] == []


def test_no_package_registry_is_named() -> None:
    hosts = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org", "crates" + ".io")
    assert offending_lines("|".join(map(re.escape, hosts))) == []


def test_lock_pins_every_package_with_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert not re.search(r"^\s*--(?!hash=)", lock, re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert [block for block in blocks if not re.match(r"[a-z0-9-]+==\S+ .*\\\n    --hash=sha256:", block)] == []


def test_lock_covers_what_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    names = {re.split(r"[\[<>=!~ ]", requirement)[0].lower().replace("_", "-") for requirement in declared}
    assert names <= locked, names - locked


def test_no_path_of_one_machine() -> None:
    places = ("/wo" + r"rk/(?:main|shared|\.)", "/tm" + "p/scratch", "/ro" + r"ot/\.", r"\.py" + "env")
    assert offending_lines("|".join(places)) == []


def test_nothing_is_left_for_later() -> None:
    assert offending_lines(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b") == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_annotate_lazily_and_import_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    defines = any(isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) for node in tree.body)
    assert imports or not defines, "from __future__ import annotations is missing"
    inner = [
        f"line {node.lineno}"
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom) and _first_party(node)
    ]
    assert inner == [], "first-party import inside a function"


def _first_party(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name.split(".")[0] in PACKAGES for name in names)


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "api"])  # which is entered by app and cli
def test_a_package_exports_its_surface_sorted_and_in_full(name: str) -> None:
    package = importlib.import_module(name)
    exported: list[str] = package.__all__
    # The order of ruff's rule RUF022: constants, then classes, then the rest.
    order = sorted(exported, key=lambda item: (0 if item.isupper() else 1 if item[0].isupper() else 2, item))
    assert exported == order
    assert [item for item in exported if not hasattr(package, item)] == []
    init = ast.parse((ROOT / name / "__init__.py").read_bytes())
    imported = {
        alias.asname or alias.name
        for node in init.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    assert imported <= set(exported), imported - set(exported)


def test_arrows_between_packages_point_down() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_version_is_the_installed_one() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    program = "import importlib.metadata, json; print(json.dumps(importlib.metadata.version('syncode')))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert json.loads(result.stdout) == declared


def test_make_help_names_every_target() -> None:
    result = subprocess.run(["make", "-s", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make (\w+)", result.stdout, re.MULTILINE)
    assert listed == ["help", "run", "test", "lint", "format", "bench", "fuzz", "clean"]


def test_every_setting_is_documented_with_its_default() -> None:
    readme, service = (ROOT / "README.md").read_text(), (ROOT / "docs" / "service.md").read_text()
    fields = {**ServiceSettings.model_fields, **WorkerSettings.model_fields}
    for name, field in fields.items():
        variable = f"`SYNCODE_{name.upper()}`"
        (row, *_) = [line for line in service.splitlines() + readme.splitlines() if line.startswith(f"| {variable} |")]
        if isinstance(field.default, int | str) and not isinstance(field.default, bool):
            assert f"`{field.default}`" in row, row
    documented = set(re.findall(r"^\| `SYNCODE_([A-Z_]+)` \|", service, re.MULTILINE))
    assert documented <= {name.upper() for name in fields}
