"""The states of doing it at Google: each opens a window that stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from gemini_setup.actions.errands import NotPossible, Offer, Wish
from gemini_setup.actions.fulfilment import Checking, Ended, NotYet
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.gui.background.worker import Work
from gemini_setup.model.credentials import Profile, Service
from gemini_setup.model.events import Started, Step
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.provision.plan import Flow, Plan, Retire
from gemini_setup.provision.progress import Began, Waits, Wrote
from gemini_setup.provision.refusals import Stopped, permission_missing
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import MADE
from tests.gui import made_up
from tests.gui.driver import Driver, open_window
from tests.gui.made_up import FACTS, MadeUpCore, StillWork
from tests.gui.made_up_google import OLD, PLANS, SHOP, everything, listed, made

READY = Offer(ready=True, quota_project=SHOP.id)


def _core(*rows: Profile, offer: Offer = READY) -> MadeUpCore:
    core = MadeUpCore()
    core.profiles = list(rows)
    core.hands.offered = offer
    return core


def _open(core: MadeUpCore, place: str = "") -> Driver:
    shown = open_window(core, work=cast(Work, StillWork()), opener=lambda url: True)
    shown.build_pages()
    shown.look_around()
    if place:
        shown.go(place)
    return shown


def _work(shown: Driver) -> StillWork:
    return cast(StillWork, shown.work)


def _vertex(shown: Driver) -> None:
    shown.change(shown.draft.with_service(Service.VERTEX))
    shown.go(Page.FILE)


def key_offer() -> Driver:
    return _open(_core(), Page.KEY)


def key_offer_sign_in() -> Driver:
    return _open(_core(offer=Offer(gcloud=True)), Page.KEY)


def file_offer() -> Driver:
    core = _core()
    core.signed_in = made_up.PROJECT
    shown = _open(core)
    _vertex(shown)
    return shown


def plan_looking() -> Driver:
    shown = key_offer()
    _work(shown).stands = True
    shown.google.create()
    return shown


def plan_key() -> Driver:
    shown = key_offer()
    shown.google.create()
    return shown


def plan_key_details() -> Driver:
    shown = plan_key()
    shown.plan_page.view.details.set_open(True)
    return shown


def plan_account() -> Driver:
    shown = file_offer()
    shown.google.create()
    return shown


def _wished(wish: Wish, core: MadeUpCore | None = None, *, saved: bool = False) -> Driver:
    shown = _open(core or _core(made_up.row()))
    shown.controller.provision.start(wish, saved=saved)
    shown.go("plan")
    return shown


def plan_enable() -> Driver:
    return _wished(Wish(Flow.ENABLE, "default", project=SHOP.number))


def plan_grant() -> Driver:
    core = _core(made_up.account_row())
    return _wished(Wish(Flow.GRANT, "work", Service.VERTEX, SHOP.id, account=f"gemini@{SHOP.id}"), core)


def plan_rotate() -> Driver:
    shown = _open(_core(made_up.row()))
    shown.google.rotate(shown.core.listed()[0])
    return shown


def plan_rotate_foreign() -> Driver:
    core = _core(made_up.row())
    rotation = PLANS[Flow.ROTATE]
    core.hands.plans[Flow.ROTATE] = replace(
        rotation, writes=PLANS[Flow.CREATE_KEY].writes, old=None, retire=None
    )
    return _wished(Wish(Flow.ROTATE, "default", project=SHOP.id), core, saved=True)


def plan_restore() -> Driver:
    shown = _open(_core(made_up.row(old=made_up.old())))
    shown.google.restore(shown.core.listed()[0])
    return shown


def plan_unsure() -> Driver:
    core = _core()
    core.hands.plans[Flow.CREATE_KEY] = replace(PLANS[Flow.CREATE_KEY], unsure=True, replaces=True)
    shown = _open(core, Page.KEY)
    shown.google.create()
    return shown


def plan_sign_in() -> Driver:
    shown = key_offer_sign_in()
    shown.google.create()
    return shown


def plan_signing_in() -> Driver:
    shown = plan_sign_in()
    _work(shown).stands = True
    shown.google.sign_in()
    return shown


def plan_unsigned() -> Driver:
    shown = plan_sign_in()
    cast(MadeUpCore, shown.core).hands.signed_in = False
    shown.google.sign_in()
    return shown


def _agreed(shown: Driver, *events: object) -> Driver:
    shown.controller.provision.agree()
    work = _work(shown)
    for event in events:
        work.happened.emit(work.run, event)
    return shown


def _begun(plan: Plan, count: int) -> list[object]:
    """That many writes are done, and the next one has begun."""
    said: list[object] = []
    for number, write in enumerate(plan.before[: count + 1], 1):
        said.append(Began(write, number, len(plan.before)))
        if number <= count:
            said.append(Wrote(write))
    return said


def plan_working() -> Driver:
    said = _begun(PLANS[Flow.CREATE_KEY], 1)
    return _agreed(plan_key(), *said, Waits("account", 62))


def plan_not_yet() -> Driver:
    said = _begun(PLANS[Flow.CREATE_KEY], 3)
    return _agreed(plan_key(), *said, Checking(), NotYet(20, 480))


def plan_saving() -> Driver:
    said = _begun(PLANS[Flow.CREATE_KEY], 3)
    return _agreed(plan_key(), *said, Checking(), Started(Step.KEEP))


def plan_waits() -> Driver:
    end = Ended(PLANS[Flow.CREATE_KEY], "waits", CAUSES["credential-too-new"], made=_mine())
    return _agreed(plan_key(), end)


def _mine() -> tuple[Made, ...]:
    account = PLANS[Flow.CREATE_KEY].writes[1].name
    return (made(MadeKind.SERVICE_ACCOUNT, account, stage=Stage.MADE), made(stage=Stage.PENDING))


def _missing() -> Stopped:
    return permission_missing(
        ("apikeys.keys.create", "iam.serviceAccountApiKeyBindings.create"), {"project": SHOP.id}
    )


def plan_refused() -> Driver:
    core = _core()
    core.hands.error = _missing()
    shown = _open(core, Page.KEY)
    shown.google.create()
    return shown


def plan_unfinished() -> Driver:
    facts = {
        "project": SHOP.id,
        "permission": "apikeys.keys.create",
        "role": "roles/serviceusage.apiKeysAdmin",
    }
    account = made(MadeKind.SERVICE_ACCOUNT, PLANS[Flow.CREATE_KEY].writes[1].name, stage=Stage.MADE)
    end = Ended(
        PLANS[Flow.CREATE_KEY], "stopped", CAUSES["account-permission-missing"], facts, made=(account,)
    )
    return _agreed(plan_key(), end)


def plan_offline() -> Driver:
    end = Ended(PLANS[Flow.CREATE_KEY], "stopped", CAUSES["dns-failed"], {}, made=())
    return _agreed(plan_key(), end)


def plan_stopped() -> Driver:
    shown = plan_working()
    cast(MadeUpCore, shown.core).hands.mine = [
        listed(made(MadeKind.SERVICE_ACCOUNT, PLANS[Flow.CREATE_KEY].writes[1].name), "in-use")
    ]
    shown.cancel()
    return shown


def plan_no_project() -> Driver:
    core = _core()
    core.hands.found = []
    shown = _open(core, Page.KEY)
    shown.google.create()
    return shown


def plan_impossible() -> Driver:
    core = _core(made_up.row(old=made_up.old()))
    core.hands.error = NotPossible("provision_too_late", days="30")
    shown = _open(core)
    shown.google.restore(shown.core.listed()[0])
    return shown


def plan_nothing() -> Driver:
    core = _core(made_up.row())
    core.hands.plans[Flow.ENABLE] = None
    return _wished(Wish(Flow.ENABLE, "default", project=SHOP.id), core)


def made_at_google() -> Driver:
    core = _core(made_up.row())
    core.hands.mine = everything()
    return _open(core, MADE)


def made_nothing() -> Driver:
    return _open(_core(), MADE)


def _found(cause: str, wish: Wish, *, trap: bool, vertex: bool = False) -> Driver:
    core = _core()
    core.hands.mends = wish
    shown = _open(core)
    shown.take_text(made_up.account_file() if vertex else made_up.key())
    shown.check_again()
    facts = {**FACTS, "project": SHOP.number}
    result = made_up.report(cause, trap=trap, vertex=vertex, facts=facts)
    _work(shown).tell(made_up.events_of(result, vertex=vertex))
    return shown


def mend_api() -> Driver:
    return _found("api-disabled", Wish(Flow.ENABLE, "default", project=SHOP.number), trap=True)


def mend_website() -> Driver:
    return _found("key-restricted-to-websites", Wish(Flow.ROTATE, "default"), trap=True)


def mend_expired() -> Driver:
    return _found("key-expired", Wish(Flow.ROTATE, "default", retire=Retire.NOW), trap=False)


def mend_role() -> Driver:
    wish = Wish(Flow.GRANT, "default", Service.VERTEX, SHOP.id, account=f"gemini@{made_up.PROJECT}")
    return _found("role-missing", wish, trap=False, vertex=True)


def home_ours() -> Driver:
    """A key of ours that has just been rotated, an account whose certificate ends, and a key of somebody else's."""
    before = made_up.old(hint="c3d4")
    core = _core(
        made_up.row(old=before, kept=made_up.days_ago(1), retiring=True),
        made_up.account_row(hint="e5f6", kept=made_up.days_ago(60), expires="2027-01-20T17:00:00Z"),
        made_up.row("studio", hint="9z8y", standard=True),
    )
    certificate = made(
        MadeKind.SERVICE_ACCOUNT_KEY, "0123abcd", profile="work", hint="e5f6", expires="2027-01-20T17:00:00Z"
    )
    core.hands.mine = [*everything(), listed(certificate, "in-use")]
    return _open(core, Page.HOME)


def home_ours_deleted() -> Driver:
    before = made_up.old(hint="c3d4", dead=True, deleted=made_up.days_ago(3))
    core = _core(made_up.row(old=before))
    gone = replace(OLD, stage=Stage.DELETED, deleted="2026-11-25T09:00:00Z")
    core.hands.mine = [listed(made(), "in-use"), listed(gone, "deleted")]
    return _open(core, Page.HOME)


def use_created() -> Driver:
    """A key that was created is saved; it was never in the window."""
    core = _core()
    shown = _open(core, Page.KEY)
    shown.google.create()
    core.profiles = [made_up.row()]
    result = made_up.report()
    _agreed(shown, Ended(PLANS[Flow.CREATE_KEY], "done", made=_mine(), report=result))
    shown.go_on()
    return shown


WINDOWS: dict[str, Callable[[], Driver]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        key_offer, key_offer_sign_in, file_offer, plan_looking, plan_key, plan_key_details, plan_account, plan_enable,
        plan_grant, plan_rotate, plan_rotate_foreign, plan_restore, plan_unsure, plan_sign_in, plan_signing_in,
        plan_unsigned, plan_working, plan_not_yet, plan_saving, plan_waits, plan_refused, plan_unfinished, plan_offline,
        plan_stopped, plan_no_project, plan_impossible, plan_nothing, made_at_google, made_nothing, mend_api, mend_website,
        mend_expired, mend_role, home_ours, home_ours_deleted, use_created,
    )
}  # fmt: skip
#: Those that are also shown in the other sizes, languages and contrasts.
MAIN = (
    "key-offer", "plan-key", "plan-account", "plan-rotate", "plan-working", "plan-refused", "plan-unfinished", "mend-api",
    "mend-website", "home-ours", "made-at-google",
)  # fmt: skip
