"""Real tools from their registries, started with what we keep, against the loopback Google: `make interop`.

`python -m tests.interop [--only WORD] [--table]`. The tools are installed into throw-away places below the folder that
`INTEROP_CACHE` names (default: a temporary one); versions stand in `installing.py`, registries in no file of ours. Each
tool runs in a network of its own (`apart.py`) in which Google's host names are the loopback Google and nothing else
exists, so Google's own addresses, unmodified tools and real TLS are used, and what goes elsewhere goes nowhere.
"""
