"""The workflows: what linters say of them, what they may do, and the page that a release gets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
TOOLS = Path(sys.executable).parent


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    return found


def jobs() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(RELEASE)["jobs"]
    return found


def steps() -> list[tuple[str, dict[str, Any]]]:
    """Each step of each workflow, with a name of it for messages."""
    return [
        (f"{path.name}: {job}: {step.get('name', step.get('uses', number))}", step)
        for path in WORKFLOWS
        for job, content in read(path)["jobs"].items()
        for number, step in enumerate(content.get("steps", ()))
    ]


def run(*command: str | Path) -> str:
    """What the command says on both streams, with its exit code where that is not 0."""
    done = subprocess.run(
        [str(TOOLS / command[0]), *map(str, command[1:])],
        capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
    )  # fmt: skip
    return (f"exit code {done.returncode}: " if done.returncode else "") + done.stdout + done.stderr


# ---- linters


def test_they_are_what_github_takes() -> None:
    assert run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS) == (
        "ok -- validation done\n"
    )


def test_zizmor_finds_nothing() -> None:
    assert "No findings to report" in run("zizmor", "--offline", "--no-progress", *WORKFLOWS)


def test_shellcheck_finds_nothing_in_scripts_and_steps(tmp_path: Path) -> None:
    scripts = [ROOT / "packaging" / "macos" / "sign-and-notarize", ROOT / "packaging" / "linux" / "install"]
    assert run("shellcheck", *scripts) == ""
    # Each step's script as the runner starts it, with the variables that it is given.
    for number, (name, step) in enumerate(steps()):
        if "run" in step:
            given = "".join(f"export {variable}=given\n" for variable in step.get("env", {}))
            script = tmp_path / f"{number}.sh"
            script.write_text(f"#!/bin/bash\n# {name}\nset -eo pipefail\n{given}{step['run']}\n")
            scripts.append(script)
    assert len(scripts) > 20
    assert run("shellcheck", *scripts) == ""


# ---- what they may do


def test_every_action_is_pinned_by_its_commit_and_names_its_version() -> None:
    used = [line for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line]
    pinned = re.compile(r"\s+(- )?uses: ([\w-]+/[\w-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+")
    known: dict[str, str] = {}
    for line in used:
        if line.split("uses: ")[1].startswith("./"):
            continue
        found = pinned.fullmatch(line)
        assert found, line
        assert known.setdefault(found[2], found[3]) == found[3], line  # one version of each
    assert len(known) == 7


def test_no_step_puts_an_expression_into_a_script_or_keeps_a_token() -> None:
    for name, step in steps():
        assert "${{" not in step.get("run", ""), name
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


def test_rights_are_few_and_secrets_stay_where_a_person_lets_them() -> None:
    assert read(RELEASE)["permissions"] == {}
    writes = {
        (name, right)
        for name, job in jobs().items()
        for right, level in job["permissions"].items()
        if level == "write"
    }
    assert writes == {
        ("windows-installer", "id-token"),
        ("draft", "contents"), ("draft", "id-token"), ("draft", "attestations"),
    }  # fmt: skip
    for name, job in jobs().items():
        if "secrets." in str(job) or name == "draft":
            assert job["environment"] == "release", name
        else:
            assert "environment" not in job, name


def test_nothing_is_drafted_that_was_not_tested_installed_and_asked() -> None:
    needed = {name: set([job["needs"]] if isinstance(job["needs"], str) else job["needs"])
              for name, job in jobs().items() if "needs" in job}  # fmt: skip
    reached, todo = set[str](), {"draft"}
    while todo:
        reached |= todo
        todo = {before for name in todo for before in needed.get(name, ())} - reached
    assert reached == set(jobs())
    for name in ("linux", "windows-installed", "macos-installed"):
        scripts = "".join(step.get("run", "") for step in jobs()[name]["steps"])
        assert scripts.count("--smoke") >= 2, name


def test_the_python_of_a_release_is_one_that_the_locks_are_for() -> None:
    version = read(RELEASE)["env"]["PYTHON_VERSION"]
    tag = f"cp{version.replace('.', '')}"
    for system in ("linux", "windows", "macos"):
        assert f"-{tag}-" in (ROOT / "packaging" / "locks" / f"{system}.txt").read_text()
    assert (
        version
        in read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    )


def test_every_secret_is_told_in_the_documentation() -> None:
    told = (ROOT / "docs" / "releasing.md").read_text()
    used = set(re.findall(r"secrets\.(\w+)", RELEASE.read_text()))
    assert len(used) > 8
    assert [name for name in sorted(used) if f"`{name}`" not in told] == []


# ---- the page of a release


def page(windows: str, macos: str) -> str:
    return run("python", ROOT / "packaging" / "release-page", "9.8.7", "--windows", windows, "--macos", macos)


@pytest.mark.parametrize("windows", ["unsigned", "signed"])
@pytest.mark.parametrize("macos", ["unsigned", "signed", "notarized"])
def test_the_page_says_what_is_true_of_the_release(windows: str, macos: str) -> None:
    text = page(windows, macos)
    assert not re.search(r"[{}]|<!--|exit code", text)
    on_windows, on_macos = re.findall(r"### (?:Windows|macOS)\n\n(.*?)\n### ", text + "\n### ", re.S)[0], ""
    on_macos = text.split("### macOS\n")[1].split("### Linux")[0]
    assert ("**unsigned**" in on_windows) is (windows == "unsigned")
    assert "**Run anyway**" in on_windows
    assert ("**unsigned**" in on_macos) is (macos == "unsigned")
    assert ("**not notarized**" in on_macos) is (macos == "signed")
    assert ("**Open Anyway**" in on_macos) is (macos != "notarized")
    all_signed = windows == "signed" and macos == "notarized"
    assert ("**Not every file of this release is signed.**" in text) is not all_signed


def test_the_page_names_the_files_that_are_uploaded() -> None:
    text = page("unsigned", "unsigned")
    uploaded = re.findall(r"path: dist/(gemini-setup-\*\S+)", RELEASE.read_text())
    assert len(uploaded) == 3
    for name in uploaded:
        assert name.replace("*", "9.8.7") in text
