"""What is offered to be copied once a credential is kept: it runs as it stands, holds no secret, and only what works."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

from gemini_setup.credentials import Access, Endpoints, Service
from gemini_setup.recognise import recognise
from gemini_setup.uses import command, uses
from tests.core import samples

KEY = samples.random_key()
FILE = json.dumps(samples.service_account())


def access(service: Service, endpoints: Endpoints | None = None) -> Access:
    credential = recognise(KEY if service is Service.STUDIO else FILE).credential
    assert credential is not None
    project, location = (None, None) if service is Service.STUDIO else ("my-project-123", "global")
    return Access(credential, service, project, location, endpoints or Endpoints())


@pytest.mark.parametrize("service", list(Service))
def test_every_snippet_is_python_without_a_secret(service: Service) -> None:
    found = {use.id: use.text for use in uses(access(service), "gemini-3.5-flash-lite")}
    for name in ("google-genai", "openai"):
        compile(found[name], name, "exec")
        assert "gemini-3.5-flash-lite" in found[name]
        assert repr([*command(), "get"]) in found[name]
    for text in found.values():
        assert KEY not in text
        assert "PRIVATE KEY" not in text


def test_own_endpoints_stand_in_the_snippets() -> None:
    own = Endpoints(gemini="https://one.example.com", vertex="https://two.example.com")
    for service, host in ((Service.STUDIO, "one.example.com"), (Service.VERTEX, "two.example.com")):
        found = {use.id: use.text for use in uses(access(service, own), None)}
        for name in ("google-genai", "openai"):
            compile(found[name], name, "exec")
            assert host in found[name]


def test_the_first_is_what_helps_most() -> None:
    assert uses(access(Service.STUDIO), None)[0].id == "terminal"
    assert uses(access(Service.VERTEX), None)[0].id == "google-genai"


def test_a_route_that_does_not_work_is_not_offered() -> None:
    assert "openai" not in [use.id for use in uses(access(Service.STUDIO), None, openai=False)]


@pytest.mark.skipif(sys.platform == "win32", reason="shlex speaks the other shells")
def test_the_check_is_a_command_of_ours() -> None:
    for profile in ("default", "work"):
        text = next(use.text for use in uses(access(Service.VERTEX), None, profile) if use.id == "check")
        arguments = shlex.split(text)[len(command()) :]
        assert arguments[0] == "check"
        assert arguments[1:] == ([] if profile == "default" else [profile])
