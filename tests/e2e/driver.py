"""A stranger who knows only the accessibility tree. Runs under the system's Python (it needs `gi`), in a process of its
own that never imports gemini_setup: one JSON question a line on stdin, one JSON answer a line on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402 - only after the version is chosen


def application(pid: int, seconds: float) -> Any:
    """The accessible application of a process, once it has a window."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        desktop = Atspi.get_desktop(0)
        for number in range(desktop.get_child_count()):
            found = desktop.get_child_at_index(number)
            try:
                if found is not None and found.get_process_id() == pid and found.get_child_count():
                    return found
            except Exception:  # noqa: BLE001 - a program that has just gone
                pass
        time.sleep(0.05)
    raise LookupError(f"process {pid} shows no window to the accessibility bus")


def walk(root: Any) -> Any:
    """Every accessible that is showing, depth first; what is hidden is not looked into."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        try:
            if node is not root and not node.get_state_set().contains(Atspi.StateType.SHOWING):
                continue
            yield node
            stack.extend(node.get_child_at_index(i) for i in reversed(range(node.get_child_count())))
        except Exception:  # noqa: BLE001 - a widget that has just been deleted
            continue


def _shows(node: Any, key: str) -> bool:
    try:
        node.clear_cache()
        return bool(
            node.get_accessible_id() == key and node.get_state_set().contains(Atspi.StateType.SHOWING)
        )
    except Exception:  # noqa: BLE001 - a widget that has just been deleted
        return False


class Driver:
    def __init__(self, pid: int) -> None:
        self._root = application(pid, 60)
        self._listed: dict[str, Any] = {}

    def _find(self, key: str, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while True:
            self._root.clear_cache()
            for node in walk(self._root):
                try:
                    if key in (node.get_accessible_id(), node.get_name()):
                        return node
                except Exception:  # noqa: BLE001 - as above
                    continue
            if time.monotonic() > end:
                shown = [
                    f"{n.get_role_name()}:{n.get_accessible_id()}:{n.get_name()[:40]}"
                    for n in walk(self._root)
                ]
                raise LookupError(f"nothing that shows is called {key!r}; there are: {shown}")
            time.sleep(0.05)

    def find(self, key: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for what shows under an id or a name, and tell its role, name, and states."""
        node = self._find(key, seconds)
        states = node.get_state_set()
        return {
            "role": node.get_role_name(),
            "name": node.get_name(),
            "description": node.get_description(),
            "focused": states.contains(Atspi.StateType.FOCUSED),
            "sensitive": states.contains(Atspi.StateType.SENSITIVE),
            "checked": states.contains(Atspi.StateType.CHECKED),
        }

    def press(self, key: str, seconds: float = 60) -> str:
        """Press or toggle a control, when it can be: returns its name before."""
        end = time.monotonic() + seconds
        node = self._listed.get(key)  # without looking through a long page again
        if node is None or not _shows(node, key):
            node = self._find(key, seconds)
        while not node.get_state_set().contains(Atspi.StateType.SENSITIVE):
            if time.monotonic() > end:
                raise LookupError(f"{key!r} cannot be pressed")
            time.sleep(0.05)
            node = self._find(key, seconds)
        name = str(node.get_name())
        actions = [Atspi.Action.get_action_name(node, i) for i in range(node.get_n_actions())]
        wanted = next(i for i, action in enumerate(actions) if action in ("Press", "Toggle"))
        node.do_action(wanted)
        return name

    def texts(self) -> list[str]:
        """Every name that shows, in order: what a screen reader could read out."""
        self._root.clear_cache()
        return [name for node in walk(self._root) if (name := node.get_name())]

    def buttons(self) -> list[tuple[str, str]]:
        """(id, name) of every button that shows."""
        self._root.clear_cache()
        return [
            (node.get_accessible_id().rpartition("QApplication.")[2], node.get_name())
            for node in walk(self._root)
            if node.get_role_name() in ("push button", "toggle button", "button")
        ]

    def pressable(self) -> list[str]:
        """The id of every control that shows and can be pressed or switched, in order."""
        self._root.clear_cache()
        self._listed = {
            node.get_accessible_id(): node
            for node in walk(self._root)
            if node.get_role_name() in ("push button", "toggle button", "button", "check box", "page tab")
        }
        return list(self._listed)

    def nameless(self) -> list[str]:
        """Controls that show and have no name."""
        controls = {"push button", "toggle button", "radio button", "check box", "text", "password text",
                    "combo box", "list item", "link", "entry"}  # fmt: skip
        self._root.clear_cache()
        return [
            f"{node.get_role_name()}:{node.get_accessible_id()}"
            for node in walk(self._root)
            if node.get_role_name() in controls and not node.get_name()
        ]


def main() -> None:
    driver = Driver(int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = getattr(driver, question["do"])(*question["with"])
            print(json.dumps({"answer": answer}), flush=True)
        except Exception as error:  # noqa: BLE001 - the test on the other side raises it again
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main()
