"""Where a credential may go, and where a link may lead: Google, or the profile's own endpoint, and nowhere else."""

from __future__ import annotations

import string
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount

KEY = ApiKey(Secret("k" * 40))
FILE = ServiceAccount(Secret("{}"), "a@b.iam.gserviceaccount.com", "some-project")
STUDIO = Access(KEY, Service.STUDIO)


def vertex(location: str = "global", project: str = "some-project", **endpoints: str) -> Access:
    return Access(FILE, Service.VERTEX, project, location, Endpoints(**endpoints))


# --- what is sent at all --------------------------------------------------------------------------------

HOSTILE = [
    "", " ", "evil.example/#", "evil.example", "x/../y", "..", "global/../..", "a?b", "a#b", "a@b", "a%2fb", "a\\b", "a b",
    "us-central1\n", "US-CENTRAL1", "us-central1.evil.example", "us_central1", "//evil.example", "us-central1/", "ｕs", "١",
]  # fmt: skip


def test_the_locations_that_are_offered_are_all_allowed() -> None:
    assert all(urls.is_location(location) for location in urls.LOCATIONS)
    assert urls.DEFAULT_LOCATION in urls.LOCATIONS
    assert len(set(urls.LOCATIONS)) == len(urls.LOCATIONS)
    assert urls.is_location("mars-north12")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_locations_projects_and_models_are_not_allowed(text: str) -> None:
    assert not urls.is_location(text)
    if text not in (
        "evil.example",
        "us-central1.evil.example",
        "..",
    ):  # dots are allowed, and harmless in a path
        assert not urls.is_project(text)
        assert not urls.is_model(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_location_builds_no_address(text: str) -> None:
    access = vertex(text) if text else None
    if access is None:
        return
    for build in (urls.vertex_base, urls.vertex_models, urls.vertex_chat, urls.openai_base):
        with pytest.raises(urls.NotAnAddress):
            build(access)
    with pytest.raises(urls.NotAnAddress):
        urls.vertex_generate(access, "gemini-3.8-flash")


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("global", "aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("europe-west1", "europe-west1-aiplatform.googleapis.com"),
    ],
)
def test_each_location_has_its_host(location: str, host: str) -> None:
    url = urls.vertex_generate(vertex(location), "gemini-3.8-flash")
    path = f"/v1/projects/some-project/locations/{location}/publishers/google/models/gemini-3.8-flash:generateContent"
    assert url == f"https://{host}{path}"
    assert urls.openai_base(vertex(location)) == (
        f"https://{host}/v1/projects/some-project/locations/{location}/endpoints/openapi"
    )


def test_a_domain_scoped_project_is_percent_encoded() -> None:
    assert "/projects/example.com%3Asome-project/" in urls.vertex_chat(
        vertex(project="example.com:some-project")
    )


def test_the_studio_routes_are_google_s() -> None:
    base = "https://generativelanguage.googleapis.com"
    assert urls.gemini_models(STUDIO).split("?")[0] == f"{base}/v1beta/models"
    assert urls.gemini_generate(STUDIO, "m-1") == f"{base}/v1beta/models/m-1:generateContent"
    assert urls.openai_base(STUDIO) == f"{base}/v1beta/openai"
    assert urls.gemini_openai_models(STUDIO) == f"{base}/v1beta/openai/models"


SOME_TEXT = st.text(alphabet=string.printable + "ä。．／＠#?%\\", max_size=90)


@given(location=SOME_TEXT, project=SOME_TEXT, model=SOME_TEXT)
def test_whatever_the_parts_are_no_address_leaves_google(location: str, project: str, model: str) -> None:
    access = Access(FILE, Service.VERTEX, project, location)
    built: list[str] = []
    builders: tuple[Callable[[], str], ...] = (
        lambda: urls.vertex_generate(access, model),
        lambda: urls.vertex_chat(access),
        lambda: urls.vertex_models(access),
        lambda: urls.gemini_generate(STUDIO, model),
        lambda: urls.openai_base(access),
    )
    for build in builders:
        try:
            built.append(build())
        except urls.NotAnAddress:
            continue
    for url in built:
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert (parts.hostname or "").endswith(".googleapis.com")
        assert parts.netloc == parts.hostname
        assert not parts.fragment
        assert urls.is_allowed(url, Endpoints())


@given(name=st.sampled_from(sorted(urls.LINK_NAMES)), project=SOME_TEXT, service=SOME_TEXT)
def test_whatever_an_answer_says_a_link_stays_on_google_s_pages(
    name: str, project: str, service: str
) -> None:
    url = urls.link(name, {"project": project, "service": service})
    if url is None:
        assert name == "activation"
        return
    parts = urlsplit(url)
    assert parts.scheme == "https"
    assert parts.netloc in (
        *urls.CONSOLE_HOSTS,
        "aistudio.google.com",
        "ai.google.dev",
        "docs.cloud.google.com",
    )
    assert not parts.fragment
    if project and "project" in parse_qs(parts.query):
        assert parse_qs(parts.query)["project"] == [project]


# --- base URLs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gateway.example", "https://gateway.example"),
        (" https://gateway.example/ ", "https://gateway.example"),
        ("https://gateway.example:8443/gemini/", "https://gateway.example:8443/gemini"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/a/b", "http://localhost:8080/a/b"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTPS://Gateway.Example", "https://gateway.example"),
    ],
)
def test_a_base_url_takes_its_normal_form(text: str, url: str) -> None:
    assert urls.base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gateway.example",
        "ftp://gateway.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "http://gateway.example",
        "http://127.0.0.1.evil.example",
        "http://127.evil.example",
        "http://127.999.999.999",
        "http://127.0.0.256",
        "http://127.0.0.010",
        "http://127.0.0.1@evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "https://user@gateway.example",
        "https://user:word@gateway.example",
        "https://@gateway.example",
        "https://gateway.example/?a=b",
        "https://gateway.example/?",
        "https://gateway.example/#a",
        "https://gateway.example#",
        "https://gateway.example:99999",
        "https://gateway.example:port",
        "https://gate way.example",
        "https://gateway.example/a b",
        "https://gateway.example\\@evil.example",
        "https://gateway.example/../x",
        "https://gateway.exаmple",
        "https://gateway.example\n.evil.example",
        "https://[::1",
    ],
)
def test_anything_else_is_no_base_url(text: str) -> None:
    with pytest.raises(urls.NotAnAddress) as caught:
        urls.base_url(text, "GOOGLE_GEMINI_BASE_URL")
    assert str(caught.value).startswith("GOOGLE_GEMINI_BASE_URL ")
    assert str(caught.value).endswith(".")


@given(SOME_TEXT)
def test_a_base_url_is_encrypted_or_on_this_computer(text: str) -> None:
    for offered in (text, f"https://{text}", f"http://{text}", f"http://127.0.0.1{text}"):
        try:
            url = urls.base_url(offered)
        except urls.NotAnAddress:
            continue
        parts = urlsplit(url)
        assert parts.username is None
        assert not parts.query
        assert not parts.fragment
        assert parts.scheme == "https" or urls.is_loopback(parts.hostname or "")
        assert urls.base_url(url) == url


def test_the_environment_names_endpoints_and_google_s_own_are_none() -> None:
    environ = {
        "GOOGLE_GEMINI_BASE_URL": "https://gateway.example/g/",
        "GOOGLE_VERTEX_BASE_URL": "https://aiplatform.googleapis.com/",
        "GEMINI_SETUP_TOKEN_URL": " ",
    }
    assert urls.endpoints_from(environ) == Endpoints(gemini="https://gateway.example/g")
    assert not urls.endpoints_from({})
    with pytest.raises(urls.NotAnAddress, match="GOOGLE_VERTEX_BASE_URL"):
        urls.endpoints_from({"GOOGLE_VERTEX_BASE_URL": "http://gateway.example"})


def test_a_variable_that_differs_from_the_kept_endpoint_is_named() -> None:
    kept = Endpoints(gemini="https://gateway.example")
    assert urls.differing_variables(kept, {}) == []
    assert urls.differing_variables(kept, {"GOOGLE_GEMINI_BASE_URL": "https://gateway.example/"}) == []
    assert urls.differing_variables(kept, {"GOOGLE_GEMINI_BASE_URL": "https://other.example"}) == [
        "GOOGLE_GEMINI_BASE_URL"
    ]
    assert urls.differing_variables(kept, {"GOOGLE_GEMINI_BASE_URL": "nonsense"}) == [
        "GOOGLE_GEMINI_BASE_URL"
    ]
    assert urls.differing_variables(Endpoints(), {"GEMINI_SETUP_TOKEN_URL": urls.TOKEN}) == []
    assert urls.differing_variables(Endpoints(), {"GEMINI_SETUP_TOKEN_URL": "https://x.example/t"}) == [
        "GEMINI_SETUP_TOKEN_URL"
    ]


OWN = Endpoints(gemini="https://gateway.example:8443/g", token="http://127.0.0.1:9000/token")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://generativelanguage.googleapis.com/v1beta/models", True),
        ("https://generativelanguage.googleapis.com:443/v1beta/models", True),
        ("https://europe-west1-aiplatform.googleapis.com/x", True),
        ("https://gateway.example:8443/anything", True),
        ("http://127.0.0.1:9000/token", True),
        ("http://generativelanguage.googleapis.com/", False),
        ("https://generativelanguage.googleapis.com:444/", False),
        ("https://googleapis.com.evil.example/", False),
        ("https://evilgoogleapis.com/", False),
        ("https://generativelanguage.googleapis.com@evil.example/", False),
        ("https://evil.example/generativelanguage.googleapis.com", False),
        ("https://evil.example#.googleapis.com", False),
        ("https://evil.example?.googleapis.com", False),
        ("https://evil.example\\.googleapis.com", False),
        ("https://evil.example\\@generativelanguage.googleapis.com/", False),
        ("https://user@generativelanguage.googleapis.com/", False),
        ("https://gateway.example/g", False),
        ("http://gateway.example:8443/g", False),
        ("http://127.0.0.1:9001/token", False),
        ("http://localhost:9000/token", False),
        ("https://127.0.0.1:9000/token", False),
        ("", False),
        ("https://", False),
        ("https://x.googleapis.com:port/", False),
        ("https://[x.googleapis.com/", False),
    ],
)
def test_a_credential_may_go_to_google_and_the_own_endpoint_only(url: str, allowed: bool) -> None:
    assert urls.is_allowed(url, OWN) is allowed


# --- pages for people -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "may_open"),
    [
        ("https://console.developers.google.com/apis/api/x.googleapis.com/overview?project=1", True),
        ("https://console.cloud.google.com/", True),
        ("https://console.cloud.google.com:443/", True),
        ("http://console.cloud.google.com/", False),
        ("https://console.cloud.google.com:8443/", False),
        ("https://console.cloud.google.com.evil.example/", False),
        ("https://x.console.cloud.google.com/", False),
        ("https://console.cloud.google.com@evil.example/", False),
        ("https://user@console.cloud.google.com/", False),
        ("https://user:word@console.cloud.google.com/", False),
        ("https://@console.cloud.google.com/", False),
        ("https://evil.example\\@console.cloud.google.com/", False),
        ("https://evil.example/https://console.cloud.google.com/", False),
        ("//console.cloud.google.com/", False),
        ("https:console.cloud.google.com", False),
        ("https:/console.cloud.google.com/", False),
        ("https:\\\\console.cloud.google.com\\", False),
        ("javascript://console.cloud.google.com/%0aalert(1)", False),
        ("https://console.cloud.google.com/ x", False),
        ("https://console.cloud.google.com/\nx", False),
        ("https://console.cloud.google.com\t/", False),
        ("https://console.cloud.google.com:port/", False),
        ("https://сonsole.cloud.google.com/", False),
        ("https://[console.cloud.google.com]/", False),
        ("", False),
    ],
)
def test_a_link_from_a_server_is_opened_on_the_console_s_hosts_only(url: str, may_open: bool) -> None:
    assert urls.is_console_link(url) is may_open


def test_links_carry_the_project_percent_encoded() -> None:
    hostile = "1&x=y#z/..%2f ü"
    for name in (
        "activation",
        "enable-vertex",
        "enable-gemini",
        "credentials",
        "iam",
        "service-accounts",
        "billing",
    ):
        url = urls.link(name, {"project": hostile}) or ""
        assert parse_qs(urlsplit(url).query)["project"] == [hostile]
        assert not urlsplit(url).fragment
        assert "x=y" not in url


def test_the_activation_link_names_the_service_and_the_project() -> None:
    facts = {"project": "123456789", "service": "aiplatform.googleapis.com"}
    where = "https://console.developers.google.com/apis/api"
    assert urls.link("activation", facts) == f"{where}/aiplatform.googleapis.com/overview?project=123456789"
    assert urls.link("activation", {}) == f"{where}/generativelanguage.googleapis.com/overview"
    assert urls.link("activation", {"service": "x.googleapis.com/../.."}) is None
    assert urls.link("credentials", {"project": "123456789"}) == (
        "https://console.cloud.google.com/apis/credentials?project=123456789"
    )
    assert urls.link("credentials", {}) == "https://console.cloud.google.com/apis/credentials"
    assert urls.link("no-such-page", {}) is None


def test_an_account_s_keys_are_opened_by_its_number_and_nothing_else() -> None:
    list_of_all = "https://console.cloud.google.com/iam-admin/serviceaccounts"
    facts = {"project": "my-project"}
    assert urls.link("account-keys", {**facts, "client_id": "1" * 21}) == (
        f"{list_of_all}/details/{'1' * 21}/keys?project=my-project"
    )
    for odd in ("", "../..", "1/2", "１"):
        assert urls.link("account-keys", {**facts, "client_id": odd}) == f"{list_of_all}?project=my-project"


def test_every_name_has_a_page() -> None:
    assert all(urls.link(name, {}) for name in urls.LINK_NAMES)
