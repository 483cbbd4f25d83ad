"""A Google on the loopback address: real HTTP and TLS, real checks, and the answers of the Gemini hosts."""

from __future__ import annotations

from .google import CALLER, ROUTES, Google
from .states import Account, Fault, Key, Project, Seen, User
from .stories import Story, tell

__all__ = [
    "CALLER",
    "ROUTES",
    "Account",
    "Fault",
    "Google",
    "Key",
    "Project",
    "Seen",
    "Story",
    "User",
    "tell",
]
