"""Tests of the window, with a made-up core: no network and no keyring."""
