"""Every page in every state that exists, each as a function that brings a window there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from PySide6.QtWidgets import QPushButton

from gemini_setup.about import Part
from gemini_setup.actions.rotate import Asked, Proof
from gemini_setup.delivery import Delivered, DeliveryError, Note, Offer
from gemini_setup.google import urls
from gemini_setup.gui.backend import Place, Story
from gemini_setup.gui.background.worker import Work
from gemini_setup.gui.components.tool_list import ToolList
from gemini_setup.gui.pages.about import AboutPage
from gemini_setup.gui.pages.all_set import UsePage
from gemini_setup.gui.pages.doctor import DoctorPage
from gemini_setup.gui.pages.explain import ExplainPage
from gemini_setup.gui.pages.file import FilePage
from gemini_setup.gui.pages.key import KeyPage
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Endpoints, Kind, Profile, Service
from gemini_setup.model.events import Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.system.git import GitStatus
from gemini_setup.vault.faults import VaultFault
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT, DOCTOR, EXPLAIN
from tests.gui import made_up, states_google
from tests.gui.driver import Driver, open_window
from tests.gui.made_up import (
    FACTS,
    STUDIO_STEPS,
    MadeUpCore,
    StillWork,
    account_file,
    account_row,
    key,
    old,
    old_key,
    report,
    row,
)


def window(core: MadeUpCore | None = None, stories: list[Story] | None = None) -> Driver:
    made = open_window(core or MadeUpCore(), work=cast(Work, StillWork()), stories=stories, opener=_nowhere)
    made.build_pages()
    return made


def _nowhere(url: str) -> bool:
    return True


def _work(shown: Driver) -> StillWork:
    return cast(StillWork, shown.work)


def _core(shown: Driver) -> MadeUpCore:
    return cast(MadeUpCore, shown.core)


def choose(shown: Driver) -> None:
    shown.go(Page.CHOOSE)


def choose_vertex(shown: Driver) -> None:
    shown.change(shown.draft.with_service(Service.VERTEX))
    shown.go(Page.CHOOSE)


def key_empty(shown: Driver) -> None:
    shown.go(Page.KEY)


def key_pasted(shown: Driver) -> None:
    shown.take_text(key())


def key_stripped(shown: Driver) -> None:
    shown.take_text(f'export GEMINI_API_KEY="{key()}"\n')


def key_short(shown: Driver) -> None:
    shown.take_text(old_key()[:31])


def key_shown(shown: Driver) -> None:
    shown.take_text(key())
    cast(KeyPage, shown.page(Page.KEY)).field.show_button.setChecked(True)


def key_wrong(shown: Driver) -> None:
    shown.go(Page.KEY)
    cast(KeyPage, shown.page(Page.KEY)).field.edit.pasted.emit("somebody@example.com")


def key_error(shown: Driver) -> None:
    shown.go(Page.KEY)
    cast(KeyPage, shown.page(Page.KEY)).field.edit.pasted.emit("Error: the request failed with status 400")


def key_json(shown: Driver) -> None:
    shown.go(Page.KEY)
    cast(KeyPage, shown.page(Page.KEY)).field.edit.pasted.emit(account_file())


def key_help(shown: Driver) -> None:
    shown.go(Page.KEY)
    cast(KeyPage, shown.page(Page.KEY)).help.set_open(True)


def _file_page(shown: Driver) -> FilePage:
    shown.change(shown.draft.with_service(Service.VERTEX))
    shown.go(Page.FILE)
    return cast(FilePage, shown.page(Page.FILE))


def _chosen(shown: Driver, text: str = "", status: GitStatus = GitStatus.NONE) -> None:
    _core(shown).git_status = status
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "my-project-123-0123abcd.json"
        path.write_text(text or account_file(), encoding="utf-8")
        shown.take_path(path)


def file_empty(shown: Driver) -> None:
    _file_page(shown)


def file_chosen(shown: Driver) -> None:
    _chosen(shown)


def file_tracked(shown: Driver) -> None:
    _chosen(shown, status=GitStatus.TRACKED)


def file_untracked(shown: Driver) -> None:
    _chosen(shown, status=GitStatus.UNTRACKED)


def file_ignored(shown: Driver) -> None:
    _chosen(shown, status=GitStatus.IGNORED)


def file_pasted(shown: Driver) -> None:
    shown.take_text(account_file())


def file_bad_location(shown: Driver) -> None:
    _chosen(shown)
    cast(FilePage, shown.page(Page.FILE)).location.setCurrentText("evil.example/#")


def file_wrong(shown: Driver) -> None:
    _chosen(shown, '{"installed": {"client_id": "1"}}')


def file_sign_in(shown: Driver) -> None:
    _core(shown).signed_in = made_up.PROJECT
    _file_page(shown)


def file_signed_in(shown: Driver) -> None:
    file_sign_in(shown)
    cast(FilePage, shown.page(Page.FILE)).sign_in.click()


def doctor(shown: Driver) -> None:
    shown.go(DOCTOR)


def doctor_places(shown: Driver) -> None:
    doctor(shown)
    cast(DoctorPage, shown.page(DOCTOR)).details.set_open(True)


def file_none(shown: Driver) -> None:
    page = _file_page(shown)
    page.none.set_open(True)
    page.none.project.setText(made_up.PROJECT)


def file_none_admin(shown: Driver) -> None:
    file_none(shown)
    page = cast(FilePage, shown.page(Page.FILE))
    page.none.open_all()
    page.verticalScrollBar().setValue(10_000)


def _start(shown: Driver) -> None:
    if shown.draft.credential is None:
        shown.take_text(key())
    shown.check_again()


def checking(shown: Driver) -> None:
    _start(shown)
    accepts = Started(Step.ACCEPTS)
    first = (Finding(step, report().cause, ms) for step, ms in ((Step.SHAPE, 1), (Step.REACH, 84)))
    _work(shown).tell([Planned(STUDIO_STEPS), *first, accepts])


def ends(shown: Driver, result: Report, *, vertex: bool = False) -> None:
    if vertex:
        _chosen(shown)
    _start(shown)
    _work(shown).tell(made_up.events_of(result, vertex=vertex))


def works(shown: Driver) -> None:
    ends(shown, report())


def partly(shown: Driver) -> None:
    ends(shown, report(openai="api-keys-not-supported"))


def limited(shown: Driver) -> None:
    ends(shown, report("quota-zero", facts=FACTS))


def limited_steps(shown: Driver) -> None:
    limited(shown)
    shown.check_page.fold.setChecked(True)


def blocked(shown: Driver) -> None:
    account = f"gemini@{made_up.PROJECT}.iam.gserviceaccount.com"
    facts = {"permission": "aiplatform.endpoints.predict", "project": made_up.PROJECT, "account": account}
    ends(shown, report("role-missing", vertex=True, at=Step.GENERATE, facts=facts), vertex=True)


def blocked_admin(shown: Driver) -> None:
    blocked(shown)
    shown.check_page._show_admin()


def kept_anyway(shown: Driver) -> None:
    ends(shown, report("location-not-supported", kept=True))


def refused(shown: Driver) -> None:
    ends(shown, report("key-not-valid", facts={"hint": "a1b2"}))


def refused_steps(shown: Driver) -> None:
    refused(shown)
    shown.check_page.fold.setChecked(True)


def unanswered(shown: Driver) -> None:
    ends(shown, report("dns-failed"))


def unknown(shown: Driver) -> None:
    ends(shown, report("unknown", facts={"status": "418"}))


def cancelled(shown: Driver) -> None:
    checking(shown)
    shown.cancel()


def internal(shown: Driver) -> None:
    checking(shown)
    _work(shown).failed.emit(_work(shown).run, RuntimeError("made up"))


def waiting(shown: Driver) -> None:
    _start(shown)
    _work(shown).tell([*made_up.events_of(report())[:-3], Started(Step.KEEP)])
    shown.check.waits.emit("asks")


def missing(shown: Driver) -> None:
    ends(shown, report(fault=Fault.MISSING))


def denied(shown: Driver) -> None:
    ends(shown, report(fault=Fault.DENIED))


def trap(shown: Driver) -> None:
    ends(shown, report("api-disabled", trap=True, facts=FACTS))


def trap_website(shown: Driver) -> None:
    ends(shown, report("key-restricted-to-websites", trap=True, facts=FACTS))


def trap_behind(shown: Driver) -> None:
    trap(shown)
    shown.go_back()


def trap_before(shown: Driver) -> None:
    shown.go(Page.KEY)
    shown.open_trap(None, {})


def use_key(shown: Driver) -> None:
    works(shown)
    shown.go_on()


def use_vertex(shown: Driver) -> None:
    ends(shown, report(vertex=True), vertex=True)
    shown.go_on()


def use_no_path(shown: Driver) -> None:
    """The command is not on the PATH: it is called where it is."""
    _core(shown).command = "/home/somebody/.local/share/gemini-setup/bin/gemini-setup"
    use_key(shown)


def about(shown: Driver) -> None:
    """With parts that do not change with what is installed."""
    shown.go(ABOUT)
    parts = (
        Part("Gemini Setup", "1.0.0", "Apache-2.0"),
        Part("Python", "3.11.7", "PSF-2.0"),
        Part("PySide6_Essentials", "6.11.3", "LGPL-3.0-only"),
        Part("cryptography", "46.0.0", "Apache-2.0 OR BSD-3-Clause"),
        Part("httpx", "0.28.1", "BSD-3-Clause"),
    )
    page = cast(AboutPage, shown.page(ABOUT))
    page.set_title(say("about.title"), say("about.lead", version="1.0.0"))
    page.show_parts(parts)


def about_parts(shown: Driver) -> None:
    about(shown)
    cast(AboutPage, shown.page(ABOUT)).parts_button.setChecked(True)


def use_partly(shown: Driver) -> None:
    partly(shown)
    shown.go_on()


def use_open(shown: Driver) -> None:
    use_key(shown)
    from gemini_setup.gui.components.widgets import Fold

    for fold in shown.page(Page.USE).findChildren(Fold)[:1]:
        fold.set_open(True)


def unchanged(shown: Driver) -> None:
    ends(shown, report(unchanged=True))
    shown.go_on()


def explain_empty(shown: Driver) -> None:
    shown.go(EXPLAIN)


def explained(shown: Driver) -> None:
    shown.go(EXPLAIN)
    page = cast(ExplainPage, shown.page(EXPLAIN))
    page.box.setPlainText(
        "google.genai.errors.ClientError: 400 API key not valid. Please pass a valid API key."
    )
    page.explain()


# ---- what is kept already


def _kept(*rows: Profile, place: Place | None = None) -> Driver:
    """A window that opens at what is kept."""
    core = MadeUpCore()
    core.profiles = list(rows)
    core.place = place or core.place
    made = window(core)
    made.look_around()
    return made


def home() -> Driver:
    return _kept(row())


def home_several() -> Driver:
    rows = [
        row(checked=made_up.days_ago(0.1)),
        account_row(),
        row("studio", hint="e5f6", cause="quota-zero", standard=True),
        row("tests", hint="9z8y", outcome=None, checked=None, cause=None),
        account_row(
            "old-project", outcome=Outcome.UNANSWERED, cause="dns-failed", kept=made_up.days_ago(123)
        ),
    ]
    return _kept(*rows)


def home_old_alive() -> Driver:
    return _kept(row(old=old()), account_row())


def home_old_said() -> Driver:
    before = old(kind=Kind.SERVICE_ACCOUNT, project=made_up.PROJECT, deleted=made_up.days_ago(0.2))
    return _kept(account_row("default", old=before))


def home_old_dead() -> Driver:
    return _kept(row(old=old(dead=True, deleted=made_up.days_ago(1))))


def home_leaked() -> Driver:
    return _kept(row(outcome=Outcome.REFUSED, cause="key-leaked", standard=True), account_row())


def home_refused() -> Driver:
    return _kept(row(outcome=Outcome.REFUSED, cause="key-not-valid", kept=made_up.days_ago(250)))


def home_plain() -> Driver:
    file = MadeUpCore().plain_file()
    return _kept(row(backend="a plain-text file"), place=Place(made_up.READERS, file, keyring=True))


def found_unlisted() -> Driver:
    core = MadeUpCore()
    core.lost = ("default", "work")
    made = window(core)
    made.look_around()
    return made


def home_unlisted() -> Driver:
    made = found_unlisted()
    made.go(Page.HOME)
    return made


def home_removing() -> Driver:
    return _kept(row(removing=True), row("studio", hint="e5f6"))


def offline() -> Driver:
    made = window()
    ends(made, report("dns-failed", at=Step.REACH, facts={"offline": "yes"}))
    return made


def foreign_certificate() -> Driver:
    made = window()
    issuer = "Zscaler Root CA, Zscaler Inc."
    ends(made, report("tls-intercepted", at=Step.REACH, facts={"issuer": issuer}))
    return made


def home_menu() -> Driver:
    """Its menu is opened once the window is laid out (`MENUS`)."""
    return _kept(row("shop", old=old()), account_row())


def rename() -> Driver:
    made = _kept(row(), account_row(delivered=(("llm", "/home/somebody/x", ""),)))
    made.profiles.rename(made.core.listed()[1])
    return made


def rename_taken() -> Driver:
    made = rename()
    made.fill("rename.field", "default")
    return made


def rename_default() -> Driver:
    made = _kept(row(), account_row())
    made.profiles.make_default(made.core.listed()[1])
    return made


def history() -> Driver:
    what = (
        (40, "kept"), (38, "delivered to llm"), (30, "replaced"), (29, "rolled back"), (28, "replaced"),
        (2, "renamed from work"),
    )  # fmt: skip
    events = tuple((made_up.days_ago(days), said) for days, said in what)
    places = (("llm", "/home/somebody/x", ""), ("aider", "/home/somebody/y", ""))
    known = row(
        old=old(), model="gemini-3-flash", events=events, delivered=places, worked=made_up.days_ago(3)
    )
    made = _kept(known)
    made.profiles.show_history(known)
    return made


def removed() -> Driver:
    made = _kept(account_row())
    said = say("home.removed", profile="default")
    made.profiles._announcer.say(said, good=True, undo=lambda: None)
    return made


def no_browser() -> Driver:
    made = window()
    made.go(Page.KEY)
    made.banners.show_address("https://aistudio.google.com/api-keys")
    return made


def use_limited() -> Driver:
    made = window()
    ends(made, report("quota-zero", facts=FACTS))
    made.go(Page.USE)
    return made


def home_said() -> Driver:
    made = home()
    made.tell(say("home.erased", hint="c3d4"), good=True)
    return made


def rechecking() -> Driver:
    made = home()
    made.check_kept(_first(made))
    return made


def recheck_works() -> Driver:
    return _rechecked(report())


def recheck_refused() -> Driver:
    return _rechecked(report("key-not-valid", facts={"hint": "a1b2"}))


def recheck_limited() -> Driver:
    return _rechecked(report("quota-zero", facts=FACTS))


def recheck_locked() -> Driver:
    made = rechecking()
    _work(made).failed.emit(_work(made).run, VaultFault(Fault.LOCKED, made_up.STORE, "made up"))
    return made


def _rechecked(result: Report) -> Driver:
    made = rechecking()
    _work(made).tell(made_up.events_of(made_up.rechecked(result), keeps=False))
    return made


def _first(shown: Driver) -> Profile:
    return shown.core.listed()[0]


def replace_key() -> Driver:
    made = home()
    made.replace(_first(made))
    return made


def replace_leaked() -> Driver:
    made = home_leaked()
    made.replace(_first(made))
    return made


def replace_other() -> Driver:
    made = replace_key()
    made.take_text(account_file())
    return made


def another() -> Driver:
    made = home()
    made.add_another()
    made.take_text(key()[:-4] + "e5f6")
    return made


def another_twin() -> Driver:
    """It ends as the one that is saved."""
    made = another()
    made.take_text(key())
    return made


def _named(name: str) -> Driver:
    made = another()
    naming = cast(KeyPage, made.page(Page.KEY)).naming
    naming.set_open(True)
    naming.field.setText(name)
    return made


def another_named() -> Driver:
    return _named("my-tests")


def another_taken() -> Driver:
    return _named("default")


def another_bad_name() -> Driver:
    return _named("My Key")


def _rotating(*events: Asked | Proof) -> Driver:
    made = home_old_alive()
    made.prove(_first(made))
    for event in events:
        _work(made).happened.emit(_work(made).run, event)
    return made


def rotation_asking() -> Driver:
    return _rotating()


def rotation_once() -> Driver:
    return _rotating(made_up.asked("key-not-valid", 1, 27))


def rotation_alive() -> Driver:
    return _rotating(made_up.asked("works"))


def rotation_unclear() -> Driver:
    return _rotating(made_up.asked("dns-failed", new_one="dns-failed"))


def rotation_dead() -> Driver:
    return _rotating(made_up.asked("key-not-valid", 1, 27), made_up.proof(True))


def rotation_ended() -> Driver:
    return _rotating(made_up.asked("works"), made_up.proof(False, "works"))


def rotation_fault() -> Driver:
    made = _rotating()
    _work(made).failed.emit(_work(made).run, VaultFault(Fault.GONE, made_up.STORE, "made up"))
    return made


def remove() -> Driver:
    made = home_old_alive()
    made.remove(_first(made))
    return made


def remove_account() -> Driver:
    made = home_old_alive()
    made.remove(made.core.listed()[1])
    return made


def erase() -> Driver:
    made = home_old_alive()
    made.erase_old(_first(made))
    return made


def fault_denied() -> Driver:
    made = home_old_alive()
    made.open_fault(VaultFault(Fault.DENIED, made_up.STORE, "made up"), made.refresh)
    return made


def use_old(shown: Driver) -> None:
    ends(shown, report(before=old()))
    shown.go_on()


def use_old_account(shown: Driver) -> None:
    before = old(kind=Kind.SERVICE_ACCOUNT, project=made_up.PROJECT)
    ends(shown, report(vertex=True, before=before), vertex=True)
    shown.go_on()


def use_old_later(shown: Driver) -> None:
    use_old(shown)
    button = shown.findChild(QPushButton, "use.old_later")
    assert button is not None
    button.click()


def use_old_dead(shown: Driver) -> None:
    ends(shown, report(before=old(), old_dead=True))
    shown.go_on()


def use_readers(shown: Driver) -> None:
    use_key(shown)
    cast(UsePage, shown.page(Page.USE)).readers.set_open(True)


def missing_wsl(shown: Driver) -> None:
    ends(shown, report(fault=Fault.MISSING, reason="wsl"))


def plain_text(shown: Driver) -> None:
    missing(shown)
    shown.ask_for_plain_text()


def locked(shown: Driver) -> None:
    ends(shown, report(fault=Fault.LOCKED))


def slow(shown: Driver) -> None:
    ends(shown, report(fault=Fault.SLOW))


def full(shown: Driver) -> None:
    ends(shown, report(fault=Fault.FULL))


def gone(shown: Driver) -> None:
    ends(shown, report(fault=Fault.GONE))


def endpoint() -> Driver:
    made = window(MadeUpCore(Endpoints(gemini="https://gateway.example.com/gemini")))
    made.take_text(key())
    return made


class _BadEndpoint(MadeUpCore):
    def endpoints(self) -> Endpoints:
        raise urls.NotAnAddress("address_more", name="GOOGLE_GEMINI_BASE_URL")


def endpoint_bad() -> Driver:
    made = window(_BadEndpoint())
    made.take_text(key())
    return made


def demonstration() -> Driver:
    return window(stories=[Story("A key that works", key()), Story("The Cloud Console trap", old_key())])


def passing_word() -> Driver:
    made = window()
    made.take_text("some words that are no key")
    return made


#: Where tools keep it, as they are shown.
_LLM = "~/.config/io.datasette.llm/keys.json"
_GEMINI = ("gemini-cli-api-key/default-api-key", "~/.gemini/settings.json")
_DOTENV = Path("/home/somebody/work/my-project/.env")


def _note(name: str, place: str, **facts: str) -> Note:
    return Note(name, {"place": place, "store": made_up.STORE, **facts})


def _handed(tool: str, *places: str, trouble: str = "") -> Delivered:
    return Delivered(tool, "default", places, made_up.days_ago(1), tool != "gemini-cli", trouble)


def _tools() -> list[Offer]:
    """Two that are free, one with another key in it."""
    return [
        Offer(
            "gemini-cli", None, _GEMINI, notes=(_note("keychain", _GEMINI[0]), _note("setting", _GEMINI[1]))
        ),
        Offer("llm", None, (_LLM,), True, (_note("plain-text", _LLM), _note("replaces", _LLM))),
        Offer(
            "opencode",
            None,
            ("~/.local/share/opencode/auth.json",),
            True,
            (_note("plain-text", "auth.json"),),
        ),
    ]


def _env(**changes: Any) -> Offer:
    made = Offer(
        "dotenv",
        _DOTENV,
        (str(_DOTENV),),
        True,
        (_note("plain-text", str(_DOTENV)),),
        git=GitStatus.UNTRACKED,
    )
    return replace(made, **changes)


def _with_tools(shown: Driver, *tools: Offer) -> ToolList:
    _core(shown).profiles = [row()]
    _core(shown).tools = list(tools)
    use_key(shown)
    return cast(UsePage, shown.page(Page.USE)).handing


def use_tools(shown: Driver) -> None:
    """One of them has just been handed over to."""
    first, second, third = _tools()
    mine = replace(second, mine=_handed("llm", _LLM), notes=second.notes[:1])
    handing = _with_tools(shown, first, mine, third)
    done = say("handing.done", proof=cause_texts.text("delivery.proof", "own-reader", {"tool": "llm"}))
    handing.rows["llm", ""].show_offer(mine, ("green", done))
    shown.page(Page.USE).bring_into_view(handing)


def use_tools_running(shown: Driver) -> None:
    handing = _with_tools(shown, *_tools()[:2])
    found = handing.rows["llm", ""]
    _work(shown).stands = True
    found.do.click()
    shown.page(Page.USE).bring_into_view(found)


def use_tools_env(shown: Driver) -> None:
    handing = _with_tools(shown, _env())
    shown.page(Page.USE).bring_into_view(handing)


def _handing(*tools: Offer, delivered: tuple[tuple[str, str, str], ...] = ()) -> Driver:
    made = window(MadeUpCore())
    _core(made).profiles = [row(delivered=delivered)]
    _core(made).tools = list(tools)
    made.go(Page.HOME)
    made.hand_over(_core(made).profiles[0])
    return made


def handing() -> Driver:
    """One that has it, one that did not follow, one that is another profile's, and a project's file."""
    first, second, third = _tools()
    return _handing(
        replace(first, mine=_handed("gemini-cli", *_GEMINI), notes=()),
        replace(second, mine=_handed("llm", _LLM, trouble="not-ours"), notes=second.notes[:1]),
        replace(third, notes=(), owner="work"),
        _env(git=GitStatus.IGNORED, mine=_handed("dotenv", str(_DOTENV))),
    )


def handing_faults() -> Driver:
    """What stands in the way of each: git, a value that wins, a file that is none, the keyring, another system."""
    first, second, third = _tools()
    names = {"names": "GOOGLE_API_KEY", "place": str(_DOTENV)}
    return _handing(
        replace(first, fault=DeliveryError("not-here", tool="Gemini CLI"), places=(), notes=()),
        replace(second, fault=DeliveryError("odd", place=_LLM, should="JSON"), notes=()),
        replace(third, fault=VaultFault(Fault.LOCKED, made_up.STORE, "made up"), notes=()),
        _env(fault=DeliveryError("tracked", place=str(_DOTENV)), notes=(), git=GitStatus.NONE),
        _env(file=Path("/b/.env"), fault=DeliveryError("shadowed", **names), notes=(), git=GitStatus.NONE),
    )


def handing_none() -> Driver:
    made = window(MadeUpCore())
    _core(made).profiles = [account_row()]
    made.go(Page.HOME)
    made.hand_over(_core(made).profiles[0])
    return made


def handing_lost() -> Driver:
    made = _handing(replace(_tools()[1], owner="earlier", notes=()))
    found = made.findChild(QPushButton, "handing.llm.undo")
    assert found is not None
    found.click()
    return made


_DELIVERED = (
    ("gemini-cli", _GEMINI[0], ""),
    ("llm", _LLM, "not-ours"),
    ("dotenv", str(_DOTENV), ""),
)


def home_delivered() -> Driver:
    core = MadeUpCore()
    core.profiles = [row(delivered=_DELIVERED), account_row()]
    return window(core)


def remove_delivered() -> Driver:
    made = home_delivered()
    made.remove(_first(made))
    return made


def rotation_delivered() -> Driver:
    core = MadeUpCore()
    core.profiles = [row(old=old(), delivered=_DELIVERED)]
    made = window(core)
    made.prove(_first(made))
    _work(made).happened.emit(_work(made).run, made_up.asked("works"))
    return made


def explained_on_the_way(shown: Driver) -> None:
    explain_empty(shown)
    page = cast(ExplainPage, shown.page(EXPLAIN))
    page.box.setPlainText("connect ECONNREFUSED 127.0.0.1:3128")
    page.explain()


def file_replace_sign_in() -> Driver:
    core = MadeUpCore()
    core.signed_in = made_up.PROJECT
    core.profiles = [account_row(kind=Kind.ADC, hint="")]
    made = window(core)
    made.replace(core.profiles[0])
    return made


STATES: dict[str, Callable[[Driver], None]] = {
    state.__name__.replace("_", "-"): state
    for state in (
        choose, choose_vertex, key_empty, key_pasted, key_stripped, key_short, key_shown, key_wrong, key_error,
        key_json, key_help, file_empty, file_chosen, file_tracked, file_untracked, file_ignored, file_pasted,
        file_bad_location, file_wrong, file_sign_in, file_signed_in, doctor, doctor_places, file_none, file_none_admin, checking, works, partly, limited, limited_steps,
        blocked, blocked_admin, kept_anyway, refused, refused_steps, unanswered, unknown, cancelled, internal,
        waiting, missing, denied, trap, trap_website, trap_behind, trap_before, use_key, use_vertex, use_partly,
        use_open, unchanged, explain_empty, explained, use_old, use_old_account, use_old_later, use_old_dead,
        use_readers, missing_wsl, plain_text, locked, slow, full, gone,
        use_tools, use_tools_running, use_tools_env, explained_on_the_way, use_no_path, about, about_parts,
    )
}  # fmt: skip
WINDOWS: dict[str, Callable[[], Driver]] = {
    made.__name__.replace("_", "-"): made
    for made in (
        endpoint, endpoint_bad, demonstration, passing_word, home, home_several, home_old_alive, home_old_said, home_old_dead,
        home_leaked, home_refused, home_plain, home_unlisted, found_unlisted, home_removing, no_browser, use_limited, home_said, rechecking, recheck_works, recheck_refused, recheck_limited,
        recheck_locked, replace_key, replace_leaked, replace_other, another, another_twin, another_named, another_taken,
        another_bad_name, rotation_asking, rotation_once, rotation_alive, rotation_unclear, rotation_dead,
        rotation_ended, rotation_fault, remove, remove_account, erase, fault_denied,
        handing, handing_faults, handing_none, handing_lost, home_delivered, remove_delivered, rotation_delivered,
        file_replace_sign_in, offline, foreign_certificate, home_menu, rename, rename_taken, rename_default, history, removed,
    )
}  # fmt: skip
WINDOWS |= states_google.WINDOWS
SCROLLED = (
    "file-none-admin",
    "blocked-admin",
    "refused-steps",
    "use-tools",
    "use-tools-running",
    "use-tools-env",
    "handing-faults",
    "handing-none",
)  # shown to their end
#: The button whose menu is open.
MENUS = {"home-menu": "home.shop.more"}
#: One of each kind of page: also at fractional scales, with text at 200 %, on a 4K screen and in other languages.
MAIN = (
    "choose",
    "key-pasted",
    "file-chosen",
    "checking",
    "refused",
    "trap",
    "use-key",
    "use-tools",
    "home-several",
    "home-old-alive",
    "home-delivered",
    "home-menu",
    "rename-default",
    "history",
    "rotation-alive",
    "remove",
    "use-old",
    "handing",
    "about",
    "doctor",
    "explained",
    *states_google.MAIN,
)
#: Every state that the look is agreed on: what it is called there, and here.
AGREED = {
    "choose": ("choose", "choose-vertex"),
    "key empty": ("key-empty",),
    "key pasted": ("key-pasted",),
    "key stripped": ("key-stripped",),
    "wrong kind of thing": ("key-wrong", "key-error"),
    "service-account JSON in the key box": ("key-json",),
    "file empty": ("file-empty",),
    "file chosen": ("file-chosen",),
    "wrong file": ("file-wrong",),
    "no file yet": ("file-none", "file-none-admin"),
    "gcloud sign-in found": ("file-sign-in", "file-signed-in"),
    "tracked by git": ("file-tracked",),
    "checking": ("checking",),
    "works": ("works",),
    "works natively, not OpenAI-compatible": ("partly",),
    "limited": ("limited",),
    "blocked": ("blocked",),
    "refused": ("refused",),
    "unanswered, offline": ("unanswered",),
    "cancelled": ("cancelled",),
    "trap from a diagnosis": ("trap", "trap-website"),
    "trap before pasting": ("trap-before",),
    "keyring waiting to be unlocked": ("waiting",),
    "keyring missing": ("missing", "missing-wsl"),
    "keyring denied": ("denied",),
    "start using it, key": ("use-key",),
    "start using it, Vertex": ("use-vertex",),
    "start using it, nothing on PATH": ("use-no-path",),
    "start using it, tools found": ("use-tools", "use-tools-env"),
    "this computer, one": ("home",),
    "this computer, several": ("home-several",),
    "this computer, old one still alive": ("home-old-alive",),
    "this computer, leaked": ("home-leaked",),
    "same key pasted": ("unchanged",),
    "explain an error": ("explain-empty", "explained"),
    "custom endpoint": ("endpoint", "endpoint-bad"),
    "demonstration": ("demonstration",),
    "text at 200 %": MAIN,
}


#: Facts as long as they come, so that a card shows whether its words have room.
LONGEST = {
    "account": "a-service-account-of-long-name@a-project-with-a-long-id-98765.iam.gserviceaccount.com",
    "address": "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "clock": "-7200",
    "hint": "a1b2",
    "issuer": "A Company Root Certificate Authority 2026, A Company with a Long Name",
    "kind": "an external account (workload identity federation)",
    "limit": "10000",
    "location": "northamerica-northeast2",
    "model": "gemini-3.8-flash-lite-preview-11-2026-customtools",
    "permission": "cloudaicompanion.instances.completeTask",
    "project": "a-project-with-a-long-id-98765",
    "quota": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
    "resets": "America/Los_Angeles",
    "retry": "3599",
    "service": "generativelanguage.googleapis.com",
    "status": "403",
    "tried": "gemini-3.8-flash, gemini-3.5-flash-lite, gemini-3.5-flash",
    "unlisted_key": "c3d4",
}
_ASKED = {
    "service-account-key-revoked": "key-unlisted", "key-restricted-to-other-apis": "vertex-no",
    "api-keys-not-supported": "studio-no", "model-not-found": "models", "model-retired": "models",
    "clock-wrong": "clock-differs",
}  # fmt: skip
#: Causes of a file or an account; the others are shown with a key.
_OF_A_FILE = frozenset(
    {
        "role-missing", "file-not-json", "file-not-service-account", "private-key-unreadable", "billing-disabled",
        "scope-not-valid", "token-request-not-valid", "sign-in-expired", "no-credentials-found", "clock-wrong",
        "service-starting", "capacity-exhausted", "model-needs-publisher", "model-not-allowed", "project-not-found",
    }
)  # fmt: skip


def of_a_file(cause: str) -> bool:
    return cause in _OF_A_FILE or cause.startswith(("service-account", "oauth", "quota-project"))


def card_of(shown: Driver, identifier: str) -> None:
    """The card of a cause with the longest facts that it may have, also where the trap page would stand over it."""
    vertex = of_a_file(identifier)
    facts = {**LONGEST, "asked": _ASKED.get(identifier, "")}
    result = report(identifier, vertex=vertex, at=Step.GENERATE if vertex else None, facts=facts)
    ends(shown, result, vertex=vertex)


def bring(state: str) -> Driver:
    """A window in that state; `cause-ID` is the card of that cause."""
    if state.startswith("cause-"):
        made = window()
        card_of(made, state.removeprefix("cause-"))
        return made
    if state in WINDOWS:
        return WINDOWS[state]()
    made = window()
    STATES[state](made)
    return made


__all__ = ["AGREED", "MAIN", "SCROLLED", "STATES", "WINDOWS", "bring", "window"]
