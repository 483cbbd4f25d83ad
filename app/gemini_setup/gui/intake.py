"""A key, a file or an error message, pasted or dropped anywhere: recognized, and taken to the page where it belongs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from gemini_setup.gui.texts import say
from gemini_setup.model.recognised import Recognised, What
from gemini_setup.wizard.flow import Page, receive

if TYPE_CHECKING:
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Story
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.controller import Controller


class Receiver:
    """What belongs nowhere is said, and changes nothing."""

    def __init__(self, controller: Controller, worker: LazyWorker, announcer: Announcements) -> None:
        self._controller, self._worker, self._announcer = controller, worker, announcer

    def take_mime(self, data: QMimeData) -> None:
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        keys = files if len(files) == 1 else [file for file in files if file.lower().endswith(".json")]
        if files and len(keys) != 1:
            self._announcer.say(say("window.one_file"))
        elif keys:
            self.take_path(Path(keys[0]))
        elif data.hasText() and data.text().strip():
            self.take_text(data.text())
        else:
            self._announcer.say(say("window.nothing_there"))

    def take_story(self, story: Story) -> None:
        if isinstance(story.value, Path):
            self.take_path(story.value)
        else:
            self.take_text(story.value)

    def take_text(self, text: str) -> None:
        from gemini_setup.google.recognition import recognise

        self.take(recognise(text), text=text)

    def take_path(self, path: Path) -> None:
        from gemini_setup.google.recognition import read_file
        from gemini_setup.system.threads import blocking

        self._worker.ask(partial(blocking, partial(read_file, path)), partial(self._read, path))

    def _read(self, path: Path, found: Recognised) -> None:
        if found.what is What.NOTHING:
            self._announcer.say(say("what.nothing"))
            return
        if found.what in (What.ERROR_MESSAGE, What.NOT_JSON):
            from gemini_setup.google.recognition import error_in
            from gemini_setup.system.threads import blocking

            whole = partial(blocking, partial(error_in, path))
            self._worker.ask(whole, partial(self._read_error, found, path))
            return
        self.take(found, path)

    def _read_error(self, found: Recognised, path: Path, text: str) -> None:
        if text:
            self._explain(text)
        else:
            self.take(found, path)

    def _explain(self, text: str) -> None:
        if self._controller.provision.running:
            return
        self._announcer.say("")
        self._controller.explain(text)

    def take(self, found: Recognised, path: Path | None = None, *, text: str = "") -> None:
        if self._controller.provision.running:  # what is being done at Google is canceled or ends first
            return
        draft, place = receive(self._controller.ready_to_receive(), found, path)
        if place == Page.EXPLAIN:
            self._explain(text)
        elif place is not None:
            self._announcer.say("")
            self._controller.receive(draft, place)
        elif found.what is What.NOTHING:
            self._announcer.say(say("window.nothing_there"))
        else:
            sentence = say(f"what.{found.what}", name=found.name, project="")
            self._announcer.say(f"{say('window.not_ours')} {sentence}")
