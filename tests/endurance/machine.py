"""The monkey as hypothesis moves it: each rule is something that a person, Google or a keyring does."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.endurance.monkey import FAULTS, KEYS, ROUTES, Monkey
from tests.endurance.world import Kind, world
from tests.loopback import Google

#: What a person would do next is done more often than the rest: else most lives end on the first page.
_DEEDS: Final = (
    *("use",) * 12, *("use without typing",) * 12, *("key",) * 10, *("paste",) * 6, *("check",) * 8, *("drop",) * 3,
    *("go on",) * 4, "go back", "menu", "resize", "dress", "speak", "font", "away", "close", *("google does",) * 3,
    *("google is well",) * 2, "google is gone", "keyring fails", *("wait",) * 2, *("rest",) * 3,
)  # fmt: skip
_LETTERS: Final = "abcXYZ019-_. \"'{}\u00e9\u4e2d\u0627"
#: Texts that are likely to be kept, so that lives reach what comes after.
_GOOD: Final = ("good", "second", "standard", "express", "account", "day", "assignment")


def machine(google: Google, kind: Kind) -> type[RuleBasedStateMachine]:
    """A machine whose every life begins in a new world beside that Google.

    One rule and a number, not a rule for each deed: hypothesis leaves most rules out of a life, and repeats a few.
    """

    class Life(RuleBasedStateMachine):
        steps = 0

        def __init__(self) -> None:
            super().__init__()
            self._stack = ExitStack()
            google.down = False
            google.clear_faults()
            self.monkey = Monkey(self._stack.enter_context(world(google, kind)))

        @rule(deed=st.sampled_from(_DEEDS), seed=st.integers(0, 2**24))
        def live(self, deed: str, seed: int) -> None:
            act(self.monkey, deed, random.Random(seed))

        def teardown(self) -> None:
            Life.steps += self.monkey.steps
            try:
                self.monkey.end()
            finally:
                self._stack.close()

    return Life


def act(monkey: Monkey, deed: str, dice: random.Random) -> None:
    world = monkey.world
    match deed:
        case "use":
            text = "".join(dice.choices(_LETTERS, k=dice.randint(0, 12)))
            monkey.use(dice.randrange(10_000), text, mouse=dice.random() < 0.5)
        case "use without typing":
            monkey.use(dice.randrange(10_000), "", mouse=dice.random() < 0.5)
        case "key":
            monkey.key(dice.choice(list(KEYS)))
        case "go on":
            monkey.key(dice.choice(("Ctrl+Return", "Ctrl+Enter", "Return")))
        case "go back":
            monkey.key("Alt+Left")
        case "paste":
            monkey.paste(dice.choice(list(world.texts)))
        case "check":  # the short way, as most people go it
            monkey.paste(dice.choice(_GOOD if dice.random() < 0.5 else tuple(world.texts)))
            monkey.key(dice.choice(("Ctrl+Return", "Ctrl+Enter")))
            if dice.random() < 0.7:
                monkey.until_rest()
        case "drop":
            names = dice.sample(list(world.files), k=1 + (dice.random() < 0.2))
            text = dice.choice(list(world.texts)) if dice.random() < 0.4 else ""
            monkey.drop(names, text=text, at_field=dice.random() < 0.5)
        case "menu":
            monkey.context_menu(dice.randrange(10))
        case "resize":
            monkey.resize(dice.randint(880, 1800), dice.randint(600, 1200))
        case "dress":
            monkey.dress(dice.choice(["dark", "light", None]))
        case "speak":
            monkey.speak(dice.choice(["de", "ar", "ja", "en", ""]))
        case "font":
            monkey.font(dice.choice([8.0, 10.5, 14.0, 21.0]))
        case "away":
            monkey.away_and_back()
        case "close":
            monkey.close()
        case "google does":
            monkey.google_does(dice.choice(list(FAULTS)), dice.choice(ROUTES), dice.randint(1, 3))
        case "google is well":
            monkey.google_is(down=False)
        case "google is gone":
            monkey.google_is(down=True)
        case "keyring fails":
            monkey.keyring_fails(dice)
        case "wait":
            monkey.wait(dice.choice([1, 10, 50]))
        case "rest":
            monkey.until_rest()
        case _:
            raise ValueError(deed)
