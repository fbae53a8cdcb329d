"""Workflows and hooks agree with each other and with the scripts that they call."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import yaml
from _project import PYTHONS, ROOT, read

import sklearn_ser

sys.path.append(str(ROOT))

import dev

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_bytes()) for path in FOLDER.glob("*.yml")}
JOBS = {
    f"{file}: {name}": job
    for file, workflow in WORKFLOWS.items()
    for name, job in workflow["jobs"].items()
}
STEPS = [
    pytest.param(step, id=f"{name} {number}")
    for name, job in JOBS.items()
    for number, step in enumerate(job.get("steps", ()))
]
SCRIPTS = sorted(path for path in (ROOT / ".ci").iterdir() if not path.suffix)


# Workflows


def test_there_is_a_workflow_for_everything():
    names = {"tests.yml", "package.yml", "docs.yml", "nightly.yml", "release.yml"}
    assert set(WORKFLOWS) == names


@pytest.mark.parametrize("file", WORKFLOWS)
def test_a_workflow_has_a_name_and_one_run_at_a_time(file):
    assert WORKFLOWS[file]["name"] == Path(file).stem
    assert "group" in WORKFLOWS[file]["concurrency"]


@pytest.mark.parametrize("file", WORKFLOWS)
def test_permissions_are_the_least(file):
    """None for a workflow, reading for its jobs; the job that publishes may say who it is."""
    assert WORKFLOWS[file]["permissions"] == {}
    for name, job in WORKFLOWS[file]["jobs"].items():
        is_publishing = (file, name) == ("release.yml", "publish")
        expected = {"id-token": "write"} if is_publishing else {"contents": "read"}
        assert job["permissions"] == expected, name


@pytest.mark.parametrize("name", JOBS)
def test_jobs_end(name):
    assert "uses" in JOBS[name] or 0 < JOBS[name]["timeout-minutes"] <= 180


def test_actions_have_a_version_and_the_same_everywhere():
    used = [
        step["uses"]
        for step in chain(*(job.get("steps", ()) for job in JOBS.values()))
        if "uses" in step
    ]
    versions = dict(action.split("@") for action in used)
    assert {f"{name}@{version}" for name, version in versions.items()} == set(used)
    assert all(re.fullmatch(r"v\d+(\.\d+)*", version) for version in versions.values())


@pytest.mark.parametrize("step", STEPS)
def test_steps_call_the_scripts_that_are_there(step):
    if step.get("uses", "").startswith("actions/checkout"):
        assert step["with"] == {"persist-credentials": False}
    if "run" not in step:
        return
    words = shlex.split(step["run"], comments=True)
    if words[:2] == ["python", "dev.py"]:
        assert words[2:] in [[job] for job in dev.JOBS]
        return
    words = words[words[0] == "sudo" :]
    assert words[0] == "bash"
    assert ROOT / words[1] in SCRIPTS
    # What strangers choose, such as the name of a branch, is never part of a command.
    inserted = re.findall(r"\$\{\{ *(.*?) *\}\}", step["run"])
    assert set(inserted) <= {"matrix.versions"}


def test_versions_that_jobs_name_are_those_of_the_script():
    known = set(re.findall(r"^#   \.ci/versions (\w+)", read(".ci/versions"), re.MULTILINE))
    named = [
        job["strategy"]["matrix"]["versions"]
        for name, job in JOBS.items()
        if name.endswith(": versions")
    ]
    assert set(chain(*named)) == known == {"oldest", "newest", "next"}
    assert len(named) == 2


def test_every_system_tests_every_python():
    matrix = WORKFLOWS["tests.yml"]["jobs"]["pinned"]["strategy"]["matrix"]
    assert matrix["python"] == PYTHONS
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    assert WORKFLOWS["package.yml"]["jobs"]["package"]["strategy"]["matrix"]["python"] == PYTHONS


@pytest.mark.parametrize("step", STEPS)
def test_jobs_use_a_python_of_the_package(step):
    if step.get("uses", "").startswith("actions/setup-python"):
        version = step["with"]["python-version"]
        assert version in [*PYTHONS, "${{ matrix.python }}"]


def test_extremes_are_tested_with_the_oldest_and_the_newest_python():
    matrix = WORKFLOWS["tests.yml"]["jobs"]["versions"]["strategy"]["matrix"]
    pythons = {row["versions"]: row["python"] for row in matrix["include"]}
    assert pythons == {"oldest": PYTHONS[0], "newest": PYTHONS[-1]}


# Scripts


@pytest.mark.posix
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_of_bash_and_executable(path):
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n# ")
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)
    for named in re.findall(r"bash (\.ci/\w+)", path.read_text(encoding="utf-8")):
        assert ROOT / named in SCRIPTS


@pytest.fixture
def release(tmp_path):
    """A copy of what .ci/tag looks at; returns a function that runs it."""
    for name in (".ci/tag", "sklearn_ser/_version.py"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(f"## [{sklearn_ser.__version__}] - 2026-11-30\n")

    def run(*tag):
        command = ["bash", tmp_path / ".ci/tag", *tag]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    return run


@pytest.mark.posix
def test_the_tag_is_that_of_the_version(release, tmp_path):
    version = sklearn_ser.__version__
    done = release(f"v{version}")
    assert (done.returncode, done.stderr) == (0, "")
    for tag in ([version], ["v9.9.9"], [f"v{version}.0"], []):
        done = release(*tag)
        assert done.returncode == 1
        said = f"the tag is {tag[0] if tag else 'missing'}, but must be v{version}, as "
        assert done.stderr == f"{said}sklearn_ser/_version.py says\n"
    for text in ("## [Unreleased]\n", f"## [{version}]\n", f"## [1{version}] - 2026-11-30\n"):
        (tmp_path / "CHANGELOG.md").write_text(text)
        done = release(f"v{version}")
        assert done.returncode == 1
        assert done.stderr == f"CHANGELOG.md has no section {version} with a date\n"


def test_hooks_run_what_dev_runs():
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    entries = [shlex.split(hook["entry"]) for hook in repository["hooks"]]
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    # Hooks correct where dev.py only checks, and are told which files.
    hooks = [[word for word in entry[1:] if word != "--force-exclude"] for entry in entries]
    checks = [[word for word in step if word != "--check"] for step in dev.JOBS["check"]]
    assert hooks == checks


def test_ci_run_checks_code_and_builds_the_documentation():
    script = read(".ci/run")
    for line in ("python3 dev.py test", "python3 dev.py check"):
        assert f"\n{line}\n" in script
    assert "bash .ci/docs" in script
    assert "bash .ci/package" in read(".ci/docs")


@pytest.mark.parametrize("arguments", [["check"], ["check", "sklearn_ser"]])
def test_dev_runs_every_step_and_returns_a_failure(arguments, monkeypatch):
    ran = []

    def run(command, **settings):
        ran.append(command)
        return subprocess.CompletedProcess(command, int("ruff" in command))

    monkeypatch.setattr(dev, "set_up", lambda: None)
    monkeypatch.setattr(dev.subprocess, "run", run)
    assert dev.main(arguments) == 1
    assert ran == [[dev.PYTHON, *step, *arguments[1:]] for step in dev.JOBS["check"]]
    ran.clear()
    assert dev.main(["test", "-k", "x"]) == 0
    assert ran == [[dev.PYTHON, *dev.JOBS["test"][0], "-k", "x"]]
