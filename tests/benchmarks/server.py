"""The loopback Google in a process of its own, so that it shares no interpreter with what is measured."""

from __future__ import annotations

import json
import sys

from tests.loopback import Google


def main() -> None:
    with Google() as google:
        google.latency = 0.1
        told = {
            "environ": google.environ(),
            "key": google.studio_key().text,
            "file": google.service_account().text,
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
