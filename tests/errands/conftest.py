"""A bench for each test; or a whole computer, with its files, for those who look at what is on the disk."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from gemini_setup.google import oauth
from gemini_setup.vault.factory import memory_vault
from tests.loopback import Google, User
from tests.loopback.management import Cloud, CloudProject

from .bench import PROJECT, Bench
from .stage import Stage, furnish


@pytest.fixture
def bench(google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The project has what a new one has: hardly any API is on."""
    cloud = google.cloud
    project = cloud.project(PROJECT, services=())
    person = cloud.person("someone@example.com", roles={project: "owner"}, quota_project=project)
    environ = {**google.environ(real_hosts=True), "CLOUDSDK_CONFIG": str(tmp_path), "HOME": str(tmp_path)}
    bench = Bench(google, cloud, project, person, tmp_path, memory_vault(), environ)
    bench.sign_in()
    # What signs goes by this computer's clock, which is Google's here, wherever a test moves it.
    monkeypatch.setattr(oauth, "time", SimpleNamespace(time=google.now))
    return bench


@pytest.fixture
def cloud(google: Google) -> Cloud:
    return google.cloud


@pytest.fixture
def project(cloud: Cloud) -> CloudProject:
    """As a new one: none of the APIs that we need is on."""
    return cloud.project(PROJECT)


@pytest.fixture
def person(cloud: Cloud, project: CloudProject) -> User:
    return cloud.person(roles={project: "owner"}, quota_project=project)


@pytest.fixture
def stage(google: Google, person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """What `google` counts as now is what this computer's clock shows."""
    home = tmp_path / "home"
    furnish(home, person)
    made = Stage(home, google.environ(real_hosts=True), google.cloud.clock)
    monkeypatch.setattr(time, "time", google.cloud.clock.now)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    return made
