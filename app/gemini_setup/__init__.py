"""Gemini Setup: a working, safely kept Google Gemini credential."""

__version__ = "0.1.0"
