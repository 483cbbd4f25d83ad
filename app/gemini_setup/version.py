"""The version, in a module that imports nothing: every other one may ask for it."""

__version__ = "0.1.0"
