"""Gemini Setup: a working, safely kept Google Gemini credential.

For programs: `gemini_setup.load(profile)` gives the kept credential, `gemini_setup.bearer_token(profile)` a callable for
`openai.OpenAI(api_key=...)`. Importing this module loads nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_setup.version import __version__ as __version__

if TYPE_CHECKING:
    from gemini_setup.usage.api import Changed, Loaded, NotKept, TokenRefused, VaultFault, bearer_token, load

__all__ = ["Changed", "Loaded", "NotKept", "TokenRefused", "VaultFault", "bearer_token", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gemini_setup.usage import api

    return getattr(api, name)
