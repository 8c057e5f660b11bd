"""The GitHub Action and the hooks: well formed, of one mind with the command, and run for real."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import yaml

from api.commandline.authoring import app

ROOT: Final = Path(__file__).parents[2]
CI: Final = ROOT / "deploy/ci"
ACTION: Final[dict[str, Any]] = yaml.safe_load((CI / "action.yml").read_text())
WORKFLOW: Final[dict[Any, Any]] = yaml.safe_load((CI / "example-workflow.yml").read_text())
HOOKS: Final[list[dict[str, Any]]] = yaml.safe_load((CI / "pre-commit-hooks.yaml").read_text())
OUR_OWN: Final = {"packages", "summary", "languages", "token"}
"""Inputs that are no options."""

Step = Callable[..., subprocess.CompletedProcess[str]]

YAML: Final = "problem_format_version: 2025-09\nname: Double\nuuid: 00000000-0000-4000-8000-000000000000\n"


def options() -> set[str]:
    """Those of ``syncode verify``."""
    command = typer.main.get_group(app)
    verify = command.commands["verify"]
    return {name for parameter in verify.params for name in parameter.opts if name.startswith("--")}


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    """A directory with a package in it."""
    package = tmp_path / "a b"
    files = {
        "problem.yaml": f"{YAML}limits: {{time_limit: 1}}\n",
        "data/sample/1.in": "4\n",
        "data/sample/1.ans": "8\n",
        "data/secret/1.in": "2\n",
        "data/secret/1.ans": "4\n",
        "submissions/accepted/right.py": "print(2 * int(input()))\n",
        "submissions/wrong_answer/wrong.py": "print(4 + int(input()))\n",
    }
    for name, content in files.items():
        path = package / "double" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return package


@pytest.fixture
def step(tmp_path: Path) -> Step:
    """Run a step of the action as a workflow with these inputs does, the others being as by default."""

    def run(number: int, **inputs: str) -> subprocess.CompletedProcess[str]:
        given = {name: about["default"] for name, about in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        content = ACTION["runs"]["steps"][number]
        context = {**{f"inputs.{name}": value for name, value in given.items()}, "github.action_path": str(CI)}
        variables = {name: filled(value, context) for name, value in content["env"].items()}
        files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", content["run"]],
            env={**os.environ, **files, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def filled(text: str, context: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: context[found[1]], text)


class TestAction:
    def test_it_has_what_an_action_needs(self) -> None:
        assert {"name", "description", "inputs", "outputs", "runs"} == ACTION.keys()
        assert ACTION["runs"]["using"] == "composite"
        assert all(each["shell"] == "bash" for each in ACTION["runs"]["steps"])
        assert all(isinstance(about["default"], str) and about["description"] for about in ACTION["inputs"].values())

    def test_its_inputs_are_options_of_the_command(self) -> None:
        inputs = set(ACTION["inputs"])
        assert {f"--{name}" for name in inputs - OUR_OWN} <= options()
        assert {f"--{name}" for name in inputs & OUR_OWN} & options() == set()
        assert options() - {f"--{name}" for name in inputs} == {"--json", "--token-file"}

    def test_no_input_is_read_by_a_shell_as_code(self) -> None:
        steps = ACTION["runs"]["steps"]
        assert [each["run"] for each in steps] == ['"$ACTION_PATH/install"', '"$ACTION_PATH/verify"']
        used = {
            name for each in steps for value in each["env"].values() for name in re.findall(r"inputs\.(\S+)", value)
        }
        assert used == set(ACTION["inputs"])

    def test_variables_are_used_and_none_is_a_setting_of_ours(self) -> None:
        for each in ACTION["runs"]["steps"]:
            script = (CI / Path(each["run"].strip('"')).name).read_text()
            for name in each["env"].keys() - {"ACTION_PATH", "SYNCODE_TOKEN"}:
                assert name.startswith("VERIFY_")
                assert f"${{{name}:-" in script, name

    @pytest.mark.usefixtures("engine")
    def test_a_package_that_holds_is_summed_up(
        self, step: Step, problems: Path, tmp_path: Path, image: Callable[[str], Path]
    ) -> None:
        image("python")
        done = step(
            1, packages=f"\n{problems.name}/double\n", junit="out $(id).xml", sarif="out.sarif", repeat="2", jobs="2"
        )
        assert done.returncode == 0, done.stderr
        assert "2 solutions in 1 package: all as expected" in done.stderr
        assert (tmp_path / "GITHUB_OUTPUT").read_text() == "exit-code=0\n"
        assert "## ✅ double: Double" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()
        assert (tmp_path / "out $(id).xml").read_text().startswith("<?xml")
        assert (tmp_path / "out.sarif").stat().st_size > 1000

    @pytest.mark.usefixtures("engine")
    def test_one_that_does_not_is_a_failure_all_the_same_summed_up(
        self, step: Step, problems: Path, tmp_path: Path, image: Callable[[str], Path]
    ) -> None:
        image("python")
        done = step(1, packages=problems.name, warnings_as_errors="true", markdown="report.md", summary="false")
        assert done.returncode == 1, done.stderr
        assert (tmp_path / "GITHUB_OUTPUT").read_text() == "exit-code=1\n"
        assert not (tmp_path / "GITHUB_STEP_SUMMARY").exists()
        assert "## ❌ double: Double" in (tmp_path / "report.md").read_text()

    @pytest.mark.parametrize(
        ("inputs", "sentence"),
        [
            ({"mutate": "yes"}, "--mutate must be true or false, not: yes"),
            ({"packages": "--json $(touch broken-out)", "jobs": "1"}, "--json $(touch broken-out) is not there"),
        ],
    )
    def test_wrong_inputs_are_told(self, step: Step, tmp_path: Path, inputs: dict[str, str], sentence: str) -> None:
        done = step(1, **inputs)
        assert done.returncode == 2
        assert sentence in done.stderr
        assert not (tmp_path / "broken-out").exists()

    @pytest.mark.parametrize(
        ("variables", "called"),
        [
            ({"VERIFY_LANGUAGES": " python\n cpp "}, ["prepare", "syncode images build python cpp"]),
            ({"VERIFY_LANGUAGES": ""}, ["prepare", "syncode images build"]),
            ({"VERIFY_SERVER": "https://judge.example.org", "VERIFY_LANGUAGES": "c"}, ["prepare"]),
        ],
    )
    def test_the_first_step_puts_the_machine_in_order(
        self, tmp_path: Path, variables: dict[str, str], called: list[str]
    ) -> None:
        # Another checkout, whose commands only say what they are called with: this one's is in use.
        (tmp_path / "deploy/ci").mkdir(parents=True)
        (tmp_path / ".venv/bin").mkdir(parents=True)
        shutil.copy(CI / "install", tmp_path / "deploy/ci/install")
        for name in ("deploy/prepare", ".venv/bin/syncode"):
            (tmp_path / name).write_text('#!/bin/sh\necho "$(basename "$0")" "$@"\n')
            (tmp_path / name).chmod(0o755)
        command = [str(tmp_path / "deploy/ci/install")]
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
        assert [line.strip() for line in done.stdout.splitlines()] == called

    def test_its_scripts_can_be_run_and_read(self) -> None:
        assert os.access(ROOT / "deploy/prepare", os.X_OK)
        for name in ("install", "verify"):
            assert os.access(CI / name, os.X_OK)
            subprocess.run(["bash", "-n", CI / name], check=True)


class TestWorkflow:
    def test_the_example_uses_inputs_that_there_are(self) -> None:
        (job,) = WORKFLOW["jobs"].values()
        uses = {each["uses"].split("@")[0]: each.get("with", {}) for each in job["steps"]}
        given = uses["OWNER/syncode/deploy/ci"]
        assert given.keys() <= ACTION["inputs"].keys()
        assert uses["github/codeql-action/upload-sarif"]["sarif_file"] == given["sarif"]
        assert uses["actions/upload-artifact"]["path"] == given["junit"]
        assert uses["actions/checkout"]["fetch-depth"] == 0
        assert set(WORKFLOW[True]) == {"push", "pull_request"}  # YAML 1.1 takes "on" for true


class TestHooks:
    def test_each_has_what_pre_commit_needs(self) -> None:
        for hook in HOOKS:
            assert {"id", "name", "entry", "language"} <= hook.keys()
            assert (hook["language"], hook["pass_filenames"]) == ("system", False)
        assert len({hook["id"] for hook in HOOKS}) == len(HOOKS)

    def test_they_call_the_command_by_options_that_it_has(self) -> None:
        for hook in HOOKS:
            words = " ".join((hook["entry"], *hook["args"]))
            assert set(re.findall(r"--[a-z-]+", words)) <= options()

    @pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
    @pytest.mark.parametrize(("ref", "since"), [(None, []), ("a b", ["--changed-since", "a b"])])
    def test_what_is_pushed_is_what_is_looked_at(
        self, tmp_path: Path, *, hook: dict[str, Any], ref: str | None, since: list[str]
    ) -> None:
        for name, content in (("sudo", '#!/bin/sh\nexec "$@"\n'), ("syncode", '#!/bin/sh\nprintf "%s\\n" "$@"\n')):
            (tmp_path / name).write_text(content)
            (tmp_path / name).chmod(0o755)
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **({"PRE_COMMIT_FROM_REF": ref} if ref else {})}
        command = [*shlex.split(hook["entry"]), *hook["args"]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == ["verify", *since, *hook["args"]]

    def test_the_documentation_shows_them_as_they_are(self) -> None:
        text = (ROOT / "docs/authoring.md").read_text()
        (shown,) = (
            hook
            for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
            if "repo: local" in block
            for hook in yaml.safe_load(block)["repos"][0]["hooks"]
        )
        (ours,) = (hook for hook in HOOKS if hook["id"] == shown["id"])
        for name in ("name", "entry", "language", "pass_filenames", "require_serial"):
            assert shown[name] == ours[name]


def test_the_documentation_knows_every_option_and_every_input_that_it_names() -> None:
    text = (ROOT / "docs/authoring.md").read_text()
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--hook-type"}
    assert named <= options()
    (steps,) = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(- uses.*?)```", text, re.DOTALL))
    assert steps[1]["with"].keys() <= ACTION["inputs"].keys()
