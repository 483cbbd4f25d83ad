"""A decoy in every place that the doctor knows: each is named, each is masked, and who wins follows each tool's order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_setup.doctor import sources as places
from gemini_setup.doctor import system_info as surroundings
from gemini_setup.doctor.report import Computer, Examination, Keyring, Mask, Way, examine, removal
from gemini_setup.doctor.sources import SECRETS, SWITCHES, llm_folder
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.model.outcomes import Outcome
from tests.core import samples

KEPT = samples.random_key()
PROFILE = Profile("default", Kind.API_KEY, Service.STUDIO, KEPT[-4:], outcome=Outcome.ACCEPTED, cause="works")
RING = Keyring("GNOME Keyring", "")


def _examined(computer: Computer, *profiles: Profile) -> Examination:
    return examine(computer, profiles or (PROFILE,), way=Way("works", 0), keyring=RING)


def _computer(tmp_path: Path, environ: Mapping[str, str] | None = None, **user: str) -> Computer:
    home = tmp_path / "home" / "alice"
    folder = home / "work" / "project"
    folder.mkdir(parents=True, exist_ok=True)
    _install(home, folder)
    return Computer(environ or {}, home, folder, tmp_path / "root", "linux", lambda: user)


#: Where the tools that the doctor knows are seen to be installed.
PROGRAMS = ("gemini", "aider", "llm")
PACKAGES = ("google_genai", "langchain_google_genai", "litellm", "openai", "google_auth")


def _install(home: Path, folder: Path) -> None:
    for name in PROGRAMS:
        program = home / ".local" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    for name in PACKAGES:
        (folder / f".venv/lib/python3.12/site-packages/{name}-1.0.dist-info").mkdir(
            parents=True, exist_ok=True
        )
    (folder / "node_modules/@ai-sdk/google").mkdir(parents=True, exist_ok=True)


def test_only_what_is_installed_is_told_of_and_a_command_only_of_a_program(tmp_path: Path) -> None:
    computer = _computer(tmp_path)
    bare = replace(computer, folder=tmp_path, home=tmp_path)
    assert _examined(bare).verdicts == ()
    assert _examined(bare).unused
    found = {one.tool: (one.do, one.program) for one in _examined(computer).verdicts}
    assert found["gemini-cli"] == ("exec", "gemini")
    assert found["google-genai"] == found["vercel-ai"] == ("library", "")
    assert "openai" not in found, "its key is OpenAI's, unless it is told of Google's address"
    shell = {"OPENAI_API_KEY": "sk-an-openai-key-of-theirs"}
    assert "openai" not in {one.tool for one in _examined(replace(computer, environ=shell)).verdicts}
    shell["OPENAI_BASE_URL"] = "https://generativelanguage.googleapis.com/v1beta/openai/"
    assert "openai" in {one.tool for one in _examined(replace(computer, environ=shell)).verdicts}
    assert not _examined(_computer(tmp_path, {"GEMINI_API_KEY": KEPT})).unused
    elsewhere = replace(bare, environ={"VIRTUAL_ENV": str(computer.folder / ".venv")})
    assert {one.tool for one in _examined(elsewhere).verdicts} >= {"google-genai", "langchain"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('export A="x;GEMINI_API_KEY=not-a-key-0001"', {}),
        ("export A='x && GEMINI_API_KEY=not-a-key-0001'", {}),
        ("A=1; export GEMINI_API_KEY='k;e y' && export GOOGLE_CLOUD_LOCATION=europe-west1", {"GEMINI_API_KEY": "k;e y", "GOOGLE_CLOUD_LOCATION": "europe-west1"}),
        ("export GEMINI_API_KEY=key # don't ask", {"GEMINI_API_KEY": "key"}),
        ("export GEMINI_API_KEY='a # b' # c", {"GEMINI_API_KEY": "a # b"}),
        ("A=1 # export GEMINI_API_KEY=key", {}),
        (r"GOOGLE_APPLICATION_CREDENTIALS=C:\Users\x\y.json", {"GOOGLE_APPLICATION_CREDENTIALS": r"C:\Users\x\y.json"}),
        ('set "GEMINI_API_KEY=key"', {"GEMINI_API_KEY": "key"}),
        ('$env:GEMINI_API_KEY = "key"', {"GEMINI_API_KEY": "key"}),
        ("set -gx GEMINI_API_KEY 'key'", {"GEMINI_API_KEY": "key"}),
        ("GEMINI_API_KEY=it's", {"GEMINI_API_KEY": "it's"}),
    ],
)  # fmt: skip
def test_a_line_is_read_as_a_shell_reads_it(tmp_path: Path, line: str, found: Mapping[str, str]) -> None:
    computer = _computer(tmp_path)
    _write(computer.home / ".bashrc", line + "\n")
    assert {one.name: one.value for one in _examined(computer).found if one.place == "profile"} == found


def test_no_name_of_a_company_a_project_or_a_file_is_shown(tmp_path: Path) -> None:
    """What the report promises: it can be pasted in public."""
    named = {
        "GOOGLE_CLOUD_PROJECT": "acme-merger-with-globex",
        "GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/keys/acme-secret-plan.json",
        "GOOGLE_GEMINI_BASE_URL": "https://gateway.acme.internal:8443/team-x",
        "GOOGLE_GENAI_USE_VERTEXAI": "sk-pasted-into-the-wrong-variable",
        "GOOGLE_GENAI_USE_GCA": "true",
        "GOOGLE_CLOUD_LOCATION": "acme-cellar",
        "OPENAI_BASE_URL": "https://generativelanguage.googleapis.com/v1beta/openai",
        "CLOUDSDK_ACTIVE_CONFIG_NAME": "acme-config",
    }
    network = {
        "HTTPS_PROXY": "http://alice:pw@proxy.acme.internal:3128",
        "NO_PROXY": "localhost,.acme.internal",
        "SSL_CERT_FILE": "/etc/ssl/acme-root.pem",
    }
    computer = _computer(tmp_path, {**named, **network})
    _write(
        Path(named["GOOGLE_APPLICATION_CREDENTIALS"]),
        json.dumps({"type": "service_account", "project_id": "acme-merger"}),
    )
    _write(computer.home / ".profile", "".join(f"export {name}='{value}'\n" for name, value in named.items()))
    _write(
        computer.home / ".config/gcloud/configurations/config_acme-config", "[core]\nproject = acme-merger\n"
    )
    examined = _examined(computer)
    shown = json.dumps(examined.as_json(), ensure_ascii=False)
    for secret in ("acme", "pasted", "team-x", "globex"):
        assert secret not in shown.lower(), secret
    assert surroundings.network_settings(network) == {
        "https_proxy": "http://…:3128",
        "no_proxy": "localhost,…",
        "SSL_CERT_FILE": "/etc/ssl/….pem",
    }
    values = {one.name: one.shown for one in examined.found if one.place == "environment"}
    assert values["GOOGLE_GENAI_USE_GCA"] == "true"
    assert values["GOOGLE_GENAI_USE_VERTEXAI"] == "(set)"
    assert values["OPENAI_BASE_URL"] == "https://generativelanguage.googleapis.com/…"
    assert values["GOOGLE_GEMINI_BASE_URL"] == "https://…:8443/…"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _looked_into(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file of this computer that is looked into, in order: what is asked for where nothing is there yet."""
    files: list[Path] = []

    def read(file: Path) -> str:
        files.append(file)
        return ""

    def globbed(folder: Path, pattern: str) -> list[Path]:
        return [folder / pattern.replace("*", "50-decoy")]

    with monkeypatch.context() as patch:
        patch.setattr(places, "_text", read)
        patch.setattr(Path, "glob", globbed)
        places.look(computer)
    own = computer.home.parent.parent
    return [file for file in dict.fromkeys(files) if file.is_relative_to(own)]


def _decoy(file: Path, key: str) -> str:
    """A key as it stands in such a file; a new kind of file needs a decoy of its own to be named."""
    by_name = {
        "active_config": "default",
        "config_default": "[core]\naccount = alice@example.com\nproject = proj-w\n",
        "application_default_credentials.json": json.dumps(
            {"type": "authorized_user", "client_id": "x", "refresh_token": key, "quota_project_id": "proj-k"}
        ),
        "settings.json": json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}}),
        "keys.json": json.dumps({"gemini": key}),
        "auth.json": json.dumps({"google": {"type": "api", "key": key}}),
        "openclaw.json": json.dumps({"models": {"providers": {"google": {"apiKey": key}}}}),
        "gemini-setup.js": 'execFileSync("/usr/bin/gemini-setup", ["get", "default"])',
        ".aider.conf.yml": f"gemini-api-key: {key}\n",
    }
    by_suffix = {".fish": f"set -gx GEMINI_API_KEY {key}\n", ".ps1": f'$env:GOOGLE_API_KEY = "{key}"\n'}
    shell = f"# mine\nexport OTHER=1; export GEMINI_API_KEY='{key}' # since May\n"
    return by_name.get(file.name) or by_suffix.get(file.suffix) or shell


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_decoy_in_each_place_is_named_and_masked(
    tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every file that the doctor looks into on such a system, and in both environments."""
    variables = {name: samples.random_key() for name in SECRETS}
    user = {name: samples.random_key(standard=True) for name in SECRETS}
    computer = replace(_computer(tmp_path, variables, **user), platform=platform)
    named_file = tmp_path / "elsewhere" / "account.json"
    account = samples.service_account()
    _write(named_file, json.dumps(account))
    computer = replace(computer, environ={**variables, "GOOGLE_APPLICATION_CREDENTIALS": str(named_file)})
    files = [file for file in _looked_into(computer, monkeypatch) if file != named_file]
    assert len(files) > 20
    keys = {file: samples.random_key(standard=bool(number % 2)) for number, file in enumerate(files)}
    for file in files:
        _write(file, _decoy(file, keys[file]))

    found = _examined(computer)

    hints = {(one.place, one.where, one.hint) for one in found.found}
    for place, held in (("environment", variables), ("user-environment", user)):
        assert {(place, "", key[-4:]) for key in held.values()} <= hints
    for file in files:
        here = [one for one in found.found if one.where == str(file)]
        assert here or file.name == "active_config", file
        assert all(one.line or file.suffix == ".json" for one in here), file
        if (
            keys[file] in file.read_text(encoding="utf-8")
            and file.name != "application_default_credentials.json"
        ):
            assert [one.hint for one in here] == [keys[file][-4:]], file
    assert str(named_file) in {one.where for one in found.found}
    shown = json.dumps(found.as_json(), ensure_ascii=False)
    for key in (*variables.values(), *user.values(), *keys.values()):
        assert key[4:-4] not in shown
    assert account["private_key"][40:80] not in shown
    assert "alice" not in shown
    assert str(computer.home) not in shown
    assert "a…@e….com" in shown


def test_every_verdict_says_whether_it_was_tried_or_read_and_at_which_version(tmp_path: Path) -> None:
    for told in _examined(_computer(tmp_path)).as_json()["tools"]:
        assert re.fullmatch(r"(tried:|source of) .+ \d+\.\d[\d.]*", told["basis"]), told


def test_whoever_follows_the_lines_is_left_with_the_kept_one_or_with_none(tmp_path: Path) -> None:
    """For each tool in turn: take out the variable that it says, and ask again."""
    stale = {name: samples.random_key() for name in SECRETS}
    for tool in [verdict.tool for verdict in _examined(_computer(tmp_path)).verdicts]:
        environ = {**stale, "GEMINI_API_KEY": KEPT}
        for _ in range(len(stale) + 1):
            examined = _examined(_computer(tmp_path, environ))
            told = next(one for one in examined.as_json()["tools"] if one["tool"] == tool)
            if told["kept"] is not False:
                break
            assert told["do"] == "unset"
            verb, name = told["fix"].split()
            assert verb == "unset"
            del environ[name]
        assert told["kept"] is not False, tool
        assert "GEMINI_API_KEY" in environ, tool


@pytest.mark.parametrize("name", [*SECRETS, *SWITCHES])
def test_every_variable_is_found_in_the_environment_and_in_a_profile(tmp_path: Path, name: str) -> None:
    computer = _computer(tmp_path, {name: "some-value-1234"})
    _write(computer.home / ".profile", f"  export {name}=some-value-1234\n")
    found = _examined(computer).found
    assert {one.place for one in found if one.name == name} == {"environment", "profile"}


@pytest.mark.parametrize(
    "line",
    [
        "# export GEMINI_API_KEY=x",
        "unset GEMINI_API_KEY",
        "echo GEMINI_API_KEY",
        "MY_GEMINI_API_KEY=1",
        "set -e GEMINI_API_KEY",
    ],
)
def test_what_sets_nothing_is_not_found(tmp_path: Path, line: str) -> None:
    computer = _computer(tmp_path)
    _write(computer.home / ".bashrc", line + "\n")
    assert _examined(computer).found == ()


def _wins(found: Examination, tool: str) -> tuple[str, bool | None, str]:
    verdict = next(verdict for verdict in found.verdicts if verdict.tool == tool)
    source = verdict.source
    return (f"{source.place}:{source.name}" if source else ""), verdict.kept, verdict.do


def test_a_stale_google_key_shadows_the_kept_one_and_the_line_that_removes_it_is_told(tmp_path: Path) -> None:
    environ = {"GOOGLE_API_KEY": samples.random_key(), "GEMINI_API_KEY": KEPT}
    found = _examined(_computer(tmp_path, environ))
    for tool in ("google-genai", "langchain", "litellm"):
        assert _wins(found, tool) == ("environment:GOOGLE_API_KEY", False, "unset")
    assert _wins(found, "gemini-cli") == ("environment:GEMINI_API_KEY", True, "fine")
    verdict = found.verdicts[0]
    assert removal(verdict.source) == "unset GOOGLE_API_KEY"
    told = found.as_json()["tools"][0]
    assert (told["fix"], told["kept"]) == ("unset GOOGLE_API_KEY", False)


def test_gemini_cli_reads_the_first_dotenv_up_the_tree(tmp_path: Path) -> None:
    computer = _computer(tmp_path)
    _write(computer.folder.parent / ".env", f"GEMINI_API_KEY={samples.random_key()}\n")
    _write(computer.home / ".gemini" / ".env", f"GEMINI_API_KEY={KEPT}\n")
    found = _examined(computer)
    assert _wins(found, "gemini-cli") == ("dotenv:GEMINI_API_KEY", False, "remove")
    assert removal(found.verdicts[1].source) == f"{computer.folder.parent / '.env'}:1"
    _write(computer.folder / ".gemini" / ".env", f"GEMINI_API_KEY={KEPT}\n")
    assert _wins(_examined(computer), "gemini-cli") == ("gemini-dotenv:GEMINI_API_KEY", True, "fine")


def test_llm_s_own_store_wins_over_its_variable(tmp_path: Path) -> None:
    computer = _computer(tmp_path, {"LLM_GEMINI_KEY": KEPT})
    assert _wins(_examined(computer), "llm") == ("environment:LLM_GEMINI_KEY", True, "fine")
    _write(llm_folder(computer) / "keys.json", json.dumps({"gemini": samples.random_key()}))
    assert _wins(_examined(computer), "llm") == ("tool:llm key", False, "remove")


def test_in_vertex_mode_the_sign_in_wins_where_a_project_is_set(tmp_path: Path) -> None:
    environ = {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_API_KEY": KEPT}
    computer = _computer(tmp_path, environ)
    _write(
        computer.home / ".config/gcloud/application_default_credentials.json",
        json.dumps({"type": "authorized_user", "quota_project_id": "proj-a"}),
    )
    assert _wins(_examined(computer), "google-genai")[0] == "environment:GOOGLE_API_KEY"
    with_project = Computer(
        {**environ, "GOOGLE_CLOUD_PROJECT": "proj-a"}, computer.home, computer.folder, computer.root, "linux"
    )
    vertex = Profile("default", Kind.ADC, Service.VERTEX, project="proj-a")
    found = _examined(with_project, vertex)
    assert _wins(found, "google-genai") == ("adc:application-default credentials", True, "fine")


def test_nothing_found_says_what_brings_it_there(tmp_path: Path) -> None:
    assert _wins(_examined(_computer(tmp_path)), "llm") == ("", None, "exec")


def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    computer = _computer(tmp_path)
    _write(computer.home / ".gemini/settings.json", "{broken")
    (computer.home / ".bashrc").mkdir()
    _write(computer.home / ".zshrc", "x" * 2_000_000)
    (computer.home / ".profile").write_bytes(b"\xff\xfe\x00export")
    _write(computer.home / ".config/gcloud/active_config", "../../etc")
    assert _examined(computer).found == ()


def test_names_mail_addresses_and_home_paths_are_masked() -> None:
    computer = Computer({}, Path("/home/alice"), Path("/home/alice/x"))
    mask = Mask(computer, "alice", "laptop.example.org")
    assert mask("/home/alice/.env") == "~/.env"
    assert mask("/home/bob/x and C:\\Users\\Carol\\y") == "/home/…/x and C:\\Users\\…\\y"
    assert mask("alice.smith@example.co.uk on LAPTOP") == "a…@e….uk on …"
    assert mask("malice and alice2") == "malice and alice2"
    assert mask(f"key {KEPT}") == f"key …{KEPT[-4:]}"


def test_a_comment_after_quotes_is_no_part_of_a_value(tmp_path: Path) -> None:
    computer = _computer(tmp_path)
    _write(computer.home / ".bashrc", f'export GEMINI_API_KEY="{KEPT}" # mine\n')
    (one,) = _examined(computer).found
    assert (one.value, one.hint) == (KEPT, KEPT[-4:])


def test_who_wins_as_the_real_tools_were_seen_to_choose(tmp_path: Path) -> None:
    both = {"GOOGLE_API_KEY": samples.random_key(), "GEMINI_API_KEY": KEPT}
    assert _wins(_examined(_computer(tmp_path, both)), "aider")[0] == "environment:GOOGLE_API_KEY"
    computer = _computer(tmp_path)
    _write(computer.home / ".gemini" / ".env", f"GEMINI_API_KEY={KEPT}\n")
    _write(computer.folder / ".env", "OTHER=1\n")
    assert _wins(_examined(computer), "gemini-cli")[0] == ""
    off = {
        "GOOGLE_GENAI_USE_ENTERPRISE": "",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_CLOUD_PROJECT": "p",
    }
    computer = _computer(tmp_path, {**off, "GEMINI_API_KEY": KEPT})
    _write(
        computer.home / ".config/gcloud/application_default_credentials.json",
        json.dumps({"type": "authorized_user"}),
    )
    assert _wins(_examined(computer), "google-genai")[0] == "environment:GEMINI_API_KEY"
    assert _wins(_examined(computer), "langchain")[0] == "adc:application-default credentials"
