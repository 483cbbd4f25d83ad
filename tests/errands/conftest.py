"""A bench for each test."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from gemini_setup.google import oauth
from gemini_setup.vault.factory import memory_vault
from tests.loopback import Google

from .bench import PROJECT, Bench


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
