"""A person with a screen reader: finds things by what they are and what they are called, as the tree tells it, and acts on
them there. Runs under the system's Python (it needs `gi`), in a process of its own that never imports gemini_setup:
`reader.py PID`, one JSON question a line on stdin, one JSON answer a line on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from driver import application, walk  # type: ignore[import-not-found]  # noqa: E402 - beside this file
from gi.repository import Atspi, GLib  # noqa: E402 - only after the version is chosen

BUTTON, FIELD = "push button", "text"
#: Roles that can be operated; whatever else can have the keyboard is told as well.
CONTROLS = frozenset(
    {"push button", "toggle button", "button", "radio button", "check box", "text", "entry", "password text",
     "combo box", "link", "menu item", "check menu item", "slider", "spin button", "page tab"}
)  # fmt: skip
_STATES = (
    "sensitive",
    "focusable",
    "focused",
    "checked",
    "expandable",
    "expanded",
    "collapsed",
    "editable",
    "selected",
)


def _label(node: Any) -> str:
    """What stands beside it and is for it: the name of a field whose own name is what is in it."""
    for relation in node.get_relation_set():
        if relation.get_relation_type() == Atspi.RelationType.LABELLED_BY and relation.get_n_targets():
            return str(relation.get_target(0).get_name())
    return ""


def _told(node: Any) -> dict[str, Any]:
    states = {state.value_nick for state in node.get_state_set().get_states()}
    actions = node.get_n_actions() if "Action" in node.get_interfaces() else 0
    return {
        "role": node.get_role_name(),
        "inside": node.get_parent().get_role_name() if node.get_parent() else "",
        "name": node.get_name(),
        "label": _label(node),
        "description": node.get_description(),
        "actions": [Atspi.Action.get_action_name(node, number) for number in range(actions)],
        "editable": "EditableText" in node.get_interfaces(),
        **{state: state in states for state in _STATES if state != "editable"},
    }


class Reader:
    def __init__(self, pid: int) -> None:
        self._root = application(pid, 60)

    def _nodes(self) -> Any:
        self._root.clear_cache()
        return walk(self._root)

    def _find(self, role: str, name: str, seconds: float) -> Any:
        """The one that is called so, or is labelled so."""
        end = time.monotonic() + seconds
        while True:
            seen = []
            for node in self._nodes():
                try:
                    if node.get_role_name() == role:
                        if name in (node.get_name(), _label(node)):
                            return node
                        seen.append(node.get_name())
                except GLib.GError:  # a widget that has just been deleted
                    continue
            if time.monotonic() > end:
                raise LookupError(f"no {role} is called {name!r}; there are {seen}")
            time.sleep(0.05)

    def find(self, role: str, name: str, seconds: float = 60) -> dict[str, Any]:
        return _told(self._find(role, name, seconds))

    def gone(self, role: str, name: str) -> bool:
        try:
            self._find(role, name, 0)
        except LookupError:
            return True
        return False

    def controls(self) -> list[dict[str, Any]]:
        """Everything that shows and can be operated or have the keyboard, in order."""
        told = []
        for node in self._nodes():
            try:
                focusable = node.get_state_set().contains(Atspi.StateType.FOCUSABLE)
                if node.get_role_name() in CONTROLS or focusable:
                    told.append(_told(node))
            except GLib.GError:
                continue
        return told

    def roles(self) -> list[tuple[str, str]]:
        """(role, name) of all that shows."""
        return [(node.get_role_name(), node.get_name()) for node in self._nodes()]

    def press(self, role: str, name: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            node = self._find(role, name, max(0.0, end - time.monotonic()))
            if node.get_state_set().contains(Atspi.StateType.SENSITIVE):
                break
            if time.monotonic() > end:
                raise LookupError(f"the {role} {name!r} cannot be pressed")
            time.sleep(0.05)
        for number in range(node.get_n_actions()):
            if Atspi.Action.get_action_name(node, number) in ("Press", "Toggle"):
                node.do_action(number)
                return
        raise LookupError(f"the {role} {name!r} has no action")

    def centre(self, role: str, name: str) -> tuple[int, int]:
        """Where it is on the screen, for a person's mouse."""
        box = Atspi.Component.get_extents(self._find(role, name, 60), Atspi.CoordType.SCREEN)
        return box.x + box.width // 2, box.y + box.height // 2

    def fill(self, role: str, name: str, text: str) -> str:
        """Write into a field, and read what stands in it then."""
        node = self._find(role, name, 60)
        Atspi.EditableText.set_text_contents(node, text)
        time.sleep(0.05)
        return str(Atspi.Text.get_text(node, 0, -1))


def main() -> None:
    reader = Reader(int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = getattr(reader, question["do"])(*question["with"])
            print(json.dumps({"answer": answer}), flush=True)
        except Exception as error:  # noqa: BLE001 - the test on the other side raises it again
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main()
