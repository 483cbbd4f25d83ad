"""Handing a kept credential over to other tools' own stores, proving it, following a rotation, and taking it away again.

`plan` says what would be written where and writes nothing; `deliver` writes and reads back; `undo` brings back, byte for
byte, what was there; `follow` rewrites every place after a rotation. Blocking. Knows no network and no words.
"""

from __future__ import annotations

from gemini_setup.delivery.destinations.directory import DESTINATIONS
from gemini_setup.delivery.dispatch import forget, plan_sending, send
from gemini_setup.delivery.offers import Offer, offer, offers, wish
from gemini_setup.delivery.service import Note, Plan, Undone, deliver, follow, plan, undo
from gemini_setup.delivery.status import behind, delivered, ending, rename, resume, tidy
from gemini_setup.delivery.tools.base import DeliveryError, DeliveryOptions, NotForThisTool
from gemini_setup.delivery.tools.registry import TOOLS, named, repeated
from gemini_setup.delivery.tools.untried import TEXTS, filled
from gemini_setup.model.events import Delivered

__all__ = [
    "DESTINATIONS",
    "TEXTS",
    "TOOLS",
    "Delivered",
    "DeliveryError",
    "DeliveryOptions",
    "NotForThisTool",
    "Note",
    "Offer",
    "Plan",
    "Undone",
    "behind",
    "deliver",
    "delivered",
    "ending",
    "filled",
    "follow",
    "forget",
    "named",
    "offer",
    "offers",
    "plan",
    "plan_sending",
    "rename",
    "repeated",
    "resume",
    "send",
    "tidy",
    "undo",
    "wish",
]
