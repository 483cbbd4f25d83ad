"""Python's collector takes nothing of the window apart outside its own thread."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from gemini_setup.gui.background import collector


class Circle:
    """Only the collector can end it."""

    def __init__(self) -> None:
        self.itself = self
        self.ended_in: list[str] = []
        weakref.finalize(self, lambda where: where.append(threading.current_thread().name), self.ended_in)


@pytest.fixture
def begun() -> Iterator[QTimer]:
    parent = QObject()
    timer = QTimer(parent)
    collector.begin(timer)
    yield timer
    timer.stop()
    gc.unfreeze()


def make_much() -> None:
    """Many times what makes Python's own collector run, in every generation that a thread could reach."""
    kept = [[number] for number in range(200_000)]
    assert kept


def test_a_worker_that_makes_many_objects_collects_nothing_and_the_timer_does(
    begun: QTimer, qtbot: QtBot
) -> None:
    where = Circle().ended_in
    worker = threading.Thread(target=make_much, name="worker")
    worker.start()
    worker.join()
    assert where == [], "the worker has taken apart what belongs to the window"
    begun.setInterval(10)
    kept = [[number] for number in range(2 * gc.get_threshold()[0])]  # so much that a look through it is due
    qtbot.waitUntil(lambda: where == [threading.main_thread().name], timeout=20_000)
    assert kept


def test_without_new_objects_nothing_is_looked_through(begun: QTimer) -> None:
    gc.collect()
    before = [generation["collections"] for generation in gc.get_stats()]
    collector.collect_due()
    assert [generation["collections"] for generation in gc.get_stats()] == before
