"""What the tests share: a Google on the loopback address, a real keyring, and an environment without this machine's own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from gemini_setup.i18n import messages
from tests.crashes import pytest_runtest_protocol, pytest_terminal_summary
from tests.loopback import Google
from tests.secretservice import SecretService, is_possible

__all__ = ["pytest_runtest_protocol", "pytest_terminal_summary"]  # found here by pytest

# No folder of examples in the checkout, and no failing because a shared computer is slow for a moment.
settings.register_profile("ours", database=None, deadline=None)
settings.load_profile("ours")

os.environ["LC_ALL"] = "C.UTF-8"  # English, here and in every program that is started
messages.use("en")
# Whatever the computer that runs the tests has set must not decide what they find.
_FOREIGN = re.compile(
    r"(?i)(?:https?|all|no|ftp)_proxy|(?:GOOGLE|GEMINI|GCLOUD|CLOUDSDK|GENAI|VERTEX)_\w+|SSL_CERT_(?:FILE|DIR)"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSLKEYLOGFILE|PYTHON_KEYRING_BACKEND"
)


def without_foreign_variables(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not _FOREIGN.fullmatch(name)}


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process without proxies, certificates, keys and endpoints of the computer it runs on."""
    for name in set(os.environ) - set(without_foreign_variables(dict(os.environ))):
        monkeypatch.delenv(name)


@pytest.fixture
def google(bare_environment: None) -> Iterator[Google]:
    with Google() as running:
        yield running
        assert all(seen.source for seen in running.requests if seen.status is not None)


@pytest.fixture
def secret_service(bare_environment: None) -> Iterator[SecretService]:
    """A private session with an unlocked GNOME Keyring, and a home directory of its own."""
    if not is_possible():
        # On Linux the set-up installs it: a skip there would hide the keyring's tests.
        missing = "needs dbus-daemon, dbus-send, gnome-keyring-daemon and secret-tool"
        pytest.fail(missing) if sys.platform.startswith("linux") else pytest.skip(missing)
    with SecretService(base=without_foreign_variables(dict(os.environ))) as running:
        yield running
        print(running.state_of_it)  # shown beside a test that failed
