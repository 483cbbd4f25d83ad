"""For Python programs: `gemini_setup.load()` and `gemini_setup.bearer_token()` (DESIGN §5).

Imports no Qt, no httpx and no google-auth; a service account's `genai_kwargs` imports google-auth, as the SDK does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, ApiKey, Service, ServiceAccount
from gemini_setup.usage import reader
from gemini_setup.usage.reader import NotKept
from gemini_setup.usage.tokens import Changed, TokenRefused, bearer_token
from gemini_setup.vault.faults import VaultFault

__all__ = ["Changed", "Loaded", "NotKept", "TokenRefused", "VaultFault", "bearer_token", "load"]

_KEY_ONLY: Final = "An API key of Vertex AI has no OpenAI-compatible route."


class Loaded:
    """A kept credential, ready to be used. Its text never shows the secret."""

    def __init__(self, profile: str, access: Access) -> None:
        self.profile = profile
        self._access = access

    def __repr__(self) -> str:
        return f"<gemini_setup.Loaded {self.profile!r} {self.kind} for {self.service}>"

    @property
    def kind(self) -> str:
        """ "api_key", "service_account" or "adc"."""
        return self._access.credential.kind.value

    @property
    def service(self) -> str:
        """ "studio" or "vertex"."""
        return self._access.service.value

    @property
    def project(self) -> str | None:
        return self._access.project

    @property
    def location(self) -> str | None:
        return self._access.location

    @property
    def base_url(self) -> str:
        """The OpenAI-compatible base. ValueError for an API key of Vertex AI, which has none."""
        try:
            return urls.openai_base(self._access)
        except urls.NotAnAddress:
            raise ValueError(_KEY_ONLY) from None

    def env(self, tool: str = "", environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """`environ` (default: this process's) with the variables of the credential, for `subprocess.run(env=...)`.

        A service account's file is not in it: that takes `gemini-setup exec`, which takes it away again. Raises
        TokenRefused where the tool wants an access token and none could be had, and Changed.
        """
        from gemini_setup.usage import execution, tokens, tool_names

        base = os.environ if environ is None else environ
        named = tool_names.find(tool) if tool else ""
        if named is None:
            raise ValueError("no tool is known by that name")
        selection = execution.Selection(named)
        held = tokens.held(self.profile, base, needs=lambda access: selection.variables(access).what)
        if not tokens.same_place(held.access, self._access):
            raise Changed
        made = execution.environment(held, selection, base)
        wanted = selection.variables(held.access)
        return {name: made[name] for name in made if wanted.what != "file" or name not in wanted.secret}

    def openai_kwargs(self) -> dict[str, Any]:
        """For `openai.OpenAI(**kwargs)`: a service account's token is asked for before each request, past its hour."""
        credential = self._access.credential
        if isinstance(credential, ApiKey):
            return {"api_key": credential.secret.reveal(), "base_url": self.base_url}
        return {"api_key": bearer_token(self.profile, bound=self._access), "base_url": self.base_url}

    def genai_kwargs(self) -> dict[str, Any]:
        """For `google.genai.Client(**kwargs)`."""
        access, credential = self._access, self._access.credential
        vertex = access.service is Service.VERTEX
        own = access.endpoints.vertex if vertex else access.endpoints.gemini
        kwargs: dict[str, Any] = {"http_options": {"base_url": own}} if own else {}
        if vertex:
            kwargs["vertexai"] = True
        if isinstance(credential, ApiKey):
            return {**kwargs, "api_key": credential.secret.reveal()}
        kwargs |= {"project": access.project, "location": access.location}
        if isinstance(credential, ServiceAccount):
            from google.oauth2.service_account import Credentials

            info = json.loads(credential.document.reveal())
            # google-auth's types are partial; the SDK wants exactly this object.
            kwargs["credentials"] = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=[urls.SCOPE]
            )
        return kwargs


def load(profile: str = "default") -> Loaded:
    """The credential that is kept under that name. Blocking: about 20 ms. Raises NotKept and VaultFault."""
    return Loaded(profile, reader.read_access(profile).access)
