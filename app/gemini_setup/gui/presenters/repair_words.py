"""What the button says by which a result is repaired at Google. Makes no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.actions.errands import Wish

_KEEPS = ("enable", "grant")


def mend_label(wish: Wish | None) -> str:
    """ "" for nothing to be repaired."""
    if wish is None:
        return ""
    return say(f"plan.mend_{wish.flow.value}" if keeps_key(wish) else "plan.mend_rotate")


def keeps_key(wish: Wish | None) -> bool:
    """Whether the credential itself stays, and what it needs is put right."""
    return wish is not None and wish.flow.value in _KEEPS
