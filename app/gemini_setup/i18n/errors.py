"""An error whose sentence stands with all the others in the words; it is looked up when somebody reads it."""

from __future__ import annotations


class Worded(Exception):
    """`str()` is the sentence `errors.<key>` in the person's language, with its facts.

    `key` and `facts` are for programs; facts hold no secret.
    """

    def __init__(self, key: str, **facts: str) -> None:
        super().__init__(key, facts)
        self.key = key
        self.facts = facts

    def __str__(self) -> str:
        from gemini_setup.i18n.messages import text  # here, as the fast reader must not load it for nothing

        return text("errors", self.key, self.facts)
