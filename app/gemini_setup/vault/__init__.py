"""Saving credentials in the system's own keyring: the contract `gemini-credentials:v1` (DESIGN §4)."""
