"""Everybody else on the accessibility bus: hears every event there is, every key that is passed on, and reads whatever a
program shows in its tree, over and over. Runs under the system's Python (it needs `gi`), in a process of its own that
never imports gemini_setup: `ear.py PID [read]`, one JSON line for each thing heard or read; it ends with its standard input.
Without `read` it only listens.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from driver import application, walk  # type: ignore[import-not-found]  # noqa: E402 - beside this file
from gi.repository import Atspi, GLib  # noqa: E402 - only after the version is chosen

KINDS = (
    "object:announcement", "object:notification", "object:text-changed", "object:text-caret-moved",
    "object:text-selection-changed", "object:text-attributes-changed", "object:state-changed",
    "object:property-change", "object:children-changed", "object:visible-data-changed", "object:value-changed",
    "object:selection-changed", "object:active-descendant-changed", "object:bounds-changed",
    "object:attributes-changed", "object:link-selected", "object:model-changed", "window", "focus", "document",
    "terminal", "mouse",
)  # fmt: skip
_EVERY_KEY = None
_POLL = 150  # milliseconds


class Ear:
    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._root = application(pid, 60)
        self._known: set[str] = set()
        self._listener = Atspi.EventListener.new(self.heard)
        for kind in KINDS:
            self._listener.register(kind)
        self._keys = Atspi.DeviceListener.new(self.key)
        for modifiers in (0, 1, 4):  # none, Shift, Control
            Atspi.register_keystroke_listener(
                self._keys, _EVERY_KEY, modifiers, 1 << Atspi.EventType.KEY_PRESSED_EVENT, 0
            )

    def write(self, kind: str, text: str, **more: object) -> None:
        sys.stdout.write(json.dumps({"kind": kind, "text": text, **more}) + "\n")
        sys.stdout.flush()

    def heard(self, event: Any) -> None:
        try:
            if event.source.get_process_id() != self._pid:
                return
            said = event.any_data if isinstance(event.any_data, str) else ""
            role, name = event.source.get_role_name(), event.source.get_name()
            self.write(event.type, said, role=role, name=name, on=event.detail1)
        except GLib.GError:  # a widget that has just been deleted
            pass

    def key(self, event: Any) -> bool:
        self.write("key", event.event_string or "")
        return False

    def read(self) -> bool:
        """Everything in the tree, by every question that can be asked of a text."""
        self._root.clear_cache()
        for node in walk(self._root):
            try:
                self.note(node.get_name())
                self.note(node.get_description())
                attributes = node.get_attributes() or {}
                self.note(" ".join(f"{key}={value}" for key, value in attributes.items()))
                if "Text" in node.get_interfaces():
                    self.read_text(node)
            except GLib.GError:
                continue
        return True

    def read_text(self, node: Any) -> None:
        count = Atspi.Text.get_character_count(node)
        self.note(Atspi.Text.get_text(node, 0, -1), "text")
        self.note(Atspi.Text.get_text(node, 0, count), "text")
        for offset in (0, count // 2, max(0, count - 1)):
            self.note(chr(Atspi.Text.get_character_at_offset(node, offset) or 32), "text")
            for granularity in (
                Atspi.TextGranularity.CHAR,
                Atspi.TextGranularity.WORD,
                Atspi.TextGranularity.LINE,
            ):
                self.note(Atspi.Text.get_string_at_offset(node, offset, granularity).content, "text")
            for boundary in (Atspi.TextBoundaryType.CHAR, Atspi.TextBoundaryType.WORD_START):
                for ask in (
                    Atspi.Text.get_text_at_offset,
                    Atspi.Text.get_text_before_offset,
                    Atspi.Text.get_text_after_offset,
                ):
                    self.note(ask(node, offset, boundary).content, "text")
        for number in range(Atspi.Text.get_n_selections(node)):
            chosen = Atspi.Text.get_selection(node, number)
            self.note(Atspi.Text.get_text(node, chosen.start_offset, chosen.end_offset), "text")

    def note(self, text: str | None, kind: str = "read") -> None:
        if text and text not in self._known:
            self._known.add(text)
            self.write(kind, text)


def main() -> None:
    ear = Ear(int(sys.argv[1]))
    ear.write("ready", "")
    if "read" in sys.argv:
        GLib.timeout_add(_POLL, ear.read)
    GLib.io_add_watch(0, GLib.IOCondition.HUP | GLib.IOCondition.IN, lambda *_: Atspi.event_quit())
    Atspi.event_main()


if __name__ == "__main__":
    main()
