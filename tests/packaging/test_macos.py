"""The bundle and the disk image of macOS, as far as they can be told on another system."""

from __future__ import annotations

import importlib
import os
import plistlib
import re
import runpy
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ds_store import DSStore
from packaging.utils import parse_wheel_filename

from gemini_setup import __version__
from tests.packaging.locks import read

ROOT = Path(__file__).parents[2]
MACOS = ROOT / "packaging" / "macos"
INFO = plistlib.loads((MACOS / "Info.plist").read_bytes())


# ---- what the bundle says of itself


def test_the_oldest_macos_is_that_of_the_wheels() -> None:
    needed = (11, 0)  # Apple silicon itself
    for locked in read("macos").values():
        for file in locked.files:
            platforms = {tag.platform for tag in parse_wheel_filename(file)[3]}
            found = [
                re.fullmatch(r"macosx_(\d+)_(\d+)_(?:arm64|universal2)", platform) for platform in platforms
            ]
            if platforms != {"any"}:
                needed = max(needed, min((int(tag[1]), int(tag[2])) for tag in found if tag))
    assert INFO["LSMinimumSystemVersion"] == f"{needed[0]}.{needed[1]}"


def test_the_bundle_says_what_finder_needs_and_asks_for_nothing() -> None:
    assert re.fullmatch(r"[A-Za-z0-9.-]+", INFO["CFBundleIdentifier"])
    assert INFO["NSHighResolutionCapable"] is True
    assert INFO["LSApplicationCategoryType"].startswith("public.app-category.")
    assert not [key for key in INFO if key.endswith("UsageDescription")]


def test_the_entitlements_are_few() -> None:
    granted = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    assert granted == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


# ---- the disk image: dmgbuild's own code with a stand-in for macOS's tools


def test_dmgbuild_lays_out_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.mac_ver", lambda: ("15.5", ("", "", ""), "arm64"))
    core = importlib.import_module("dmgbuild.core")
    volume = tmp_path / "volume"
    volume.mkdir()
    app = tmp_path / "Gemini Setup.app"
    (app / "Contents").mkdir(parents=True)
    commands: list[tuple[str, ...]] = []

    def hdiutil(*arguments: str, **_: object) -> tuple[int, dict[str, Any]]:
        commands.append(("hdiutil", *arguments))
        return 0, {"system-entities": [{"dev-entry": "disk9", "mount-point": str(volume)}]}

    def call(arguments: list[str], **_: object) -> int:
        commands.append(tuple(arguments))
        return 0

    monkeypatch.setattr(core, "hdiutil", hdiutil)
    monkeypatch.setattr(core.subprocess, "call", call)
    monkeypatch.setattr(core.subprocess, "check_call", call)
    icon = ROOT / "packaging" / "icons" / "icon.icns"
    core.build_dmg(
        str(tmp_path / "image.dmg"), "Gemini Setup", settings_file=str(MACOS / "dmg_settings.py"),
        defines={"app": f"{app}/", "icon": str(icon)},
    )  # fmt: skip

    assert os.readlink(volume / "Applications") == "/Applications"
    assert (volume / ".VolumeIcon.icns").read_bytes() == icon.read_bytes()
    assert ("/usr/bin/ditto", f"{app}/", f"{volume}/Gemini Setup.app") in commands
    assert ("/usr/bin/SetFile", "-a", "E", f"{volume}/Gemini Setup.app") in commands
    assert [c for c in commands if c[:2] == ("hdiutil", "convert") and "ULMO" in c]
    with DSStore.open(str(volume / ".DS_Store"), "r") as shown:
        program, folder = shown["Gemini Setup.app"]["Iloc"], shown["Applications"]["Iloc"]
        window = shown["."]["bwsp"]["WindowBounds"]
    width, height = map(int, re.findall(r"\d+", window)[2:])
    assert 0 < program[0] < folder[0] < width  # to be dragged from left to right, both in the window
    assert 0 < program[1] == folder[1] < height


def test_the_settings_use_only_names_that_dmgbuild_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one would be passed over in silence."""
    monkeypatch.setattr("platform.mac_ver", lambda: ("15.5", ("", "", ""), "arm64"))
    core = importlib.import_module("dmgbuild.core")
    known = set(re.findall(r'options(?:\[|\.get\()"(\w+)"', Path(str(core.__file__)).read_text()))
    assert {"files", "format", "icon_size"} < known
    made: dict[str, Any] = {"defines": {}}
    core.load_settings(str(MACOS / "dmg_settings.py"), made)
    set_ = {
        name for name, value in made.items() if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert set_ - {"defines", "application"} <= known


# ---- the bundle, by check-bundle, on one that is made here


def mach_o(*oldest: tuple[int, int, int], fat: bool = False) -> bytes:
    """A Mach-O file that holds nothing but its header, of each (processor, major, minor)."""
    thin = []
    for processor, major, minor in oldest:
        build = struct.pack("<6I", 0x32, 24, 1, major << 16 | minor << 8, 15 << 16, 0)
        thin.append(struct.pack("<8I", 0xFEEDFACF, processor, 0, 6, 1, len(build), 0, 0) + build)
    if not fat:
        return thin[0]
    at = 8 + 20 * len(thin)
    head = struct.pack(">2I", 0xCAFEBABE, len(thin))
    for (processor, _, _), content in zip(oldest, thin, strict=True):
        head += struct.pack(">5I", processor, 0, at, len(content), 0)
        at += len(content)
    return head + b"".join(thin)


ARM, INTEL = 0x0100000C, 0x01000007


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """As PyInstaller's BUNDLE lays one out."""
    made = tmp_path / "Gemini Setup.app"
    contents = made / "Contents"
    info = {
        **INFO, "CFBundleExecutable": "Gemini Setup", "CFBundleShortVersionString": __version__,
        "CFBundleIconFile": "icon.icns", "LSBackgroundOnly": False,
    }  # fmt: skip
    framework = "Frameworks/PySide6/Qt/lib/QtCore.framework"
    for name, content in {
        "Info.plist": plistlib.dumps(info),
        "MacOS/Gemini Setup": mach_o((ARM, 11, 0)),
        "MacOS/gemini-setup": mach_o((ARM, 11, 0)),
        "Resources/icon.icns": (ROOT / "packaging" / "icons" / "icon.icns").read_bytes(),
        "Resources/gemini_setup/resources/en/window.toml": b"",
        "Resources/certifi/cacert.pem": b"",
        "Resources/keyring-25.7.0.dist-info/entry_points.txt": b"",
        "Frameworks/PySide6/QtCore.abi3.so": mach_o((INTEL, 15, 0), (ARM, 15, 0), fat=True),
        "Frameworks/PySide6/Qt/plugins/platforms/libqcocoa.dylib": mach_o(
            (INTEL, 13, 0), (ARM, 13, 0), fat=True
        ),
        f"{framework}/Versions/A/QtCore": mach_o((ARM, 13, 0)),
    }.items():
        path = contents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (contents / framework / "Versions" / "Current").symlink_to("A")
    (contents / framework / "QtCore").symlink_to("Versions/Current/QtCore")
    (contents / "Frameworks" / "certifi").symlink_to("../Resources/certifi")
    return made


def checked(app: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(MACOS / "check-bundle"), str(app)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_good_bundle_is_good(app: Path) -> None:
    assert checked(app) == (0, f"{app} is as it should be\n")


def spoil(app: Path, what: str) -> None:
    contents = app / "Contents"
    library = contents / "Frameworks" / "lib.dylib"
    match what:
        case "the console is what opens":
            info = plistlib.loads((contents / "Info.plist").read_bytes())
            (contents / "Info.plist").write_bytes(
                plistlib.dumps(info | {"CFBundleExecutable": "gemini-setup"})
            )
        case "no version":
            info = plistlib.loads((contents / "Info.plist").read_bytes())
            (contents / "Info.plist").write_bytes(
                plistlib.dumps(info | {"CFBundleShortVersionString": "0.0"})
            )
        case "Intel only":
            library.write_bytes(mach_o((INTEL, 13, 0)))
        case "too new":
            library.write_bytes(mach_o((INTEL, 13, 0), (ARM, 14, 2), fat=True))
        case "a library among the data":
            (contents / "Resources" / "lib.dylib").write_bytes(mach_o((ARM, 13, 0)))
        case "links flattened":
            current = contents / "Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/Current"
            current.unlink()
            current.mkdir()
        case "a link to where it was built":
            library.symlink_to("/opt/homebrew/lib/libintl.dylib")
        case "a link to nothing":
            library.symlink_to("gone.dylib")
        case "a file beside the programs":
            (contents / "MacOS" / "notes.txt").write_text("")
        case "no backend":
            (contents / "Resources/keyring-25.7.0.dist-info/entry_points.txt").unlink()
        case "no words":
            (contents / "Resources/gemini_setup/resources/en/window.toml").unlink()
        case "no command":
            (contents / "MacOS" / "gemini-setup").unlink()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("the console is what opens", "a double click would not open the window"),
        ("no version", "no version of three numbers: 0.0"),
        ("Intel only", "not for Apple silicon: Contents/Frameworks/lib.dylib"),
        ("too new", "for macOS 14.2 and later only: Contents/Frameworks/lib.dylib"),
        ("a library among the data", "where no signature reaches it: Contents/Resources/lib.dylib"),
        ("links flattened", "no framework as codesign wants it"),
        ("a link to where it was built", "a link out of the bundle"),
        ("a link to nothing", "a link to nothing"),
        ("a file beside the programs", "not a program: Contents/MacOS/notes.txt"),
        ("no backend", "missing: keyring's metadata"),
        ("no words", "missing: gemini_setup/resources/en/window.toml"),
        ("no command", "in Contents/MacOS: ['Gemini Setup']"),
    ],
)
def test_each_fault_of_a_bundle_is_named(app: Path, what: str, said: str) -> None:
    spoil(app, what)
    code, output = checked(app)
    assert code == 1
    assert said in output


# ---- signing, with a stand-in for Apple's programs that writes down how it was called


@pytest.fixture
def apple(tmp_path: Path) -> Path:
    """`codesign`, `xcrun`… in a folder for PATH; each call is a line of `calls`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    calls = tmp_path / "calls"
    said = f'printf "%s" "$(basename "$0")" >>"{calls}"; printf "|%s" "$@" >>"{calls}"; echo >>"{calls}"\n'
    for name, does in {
        "codesign": "", "ditto": 'touch "$5"\n', "spctl": "", "python": "",
        "xcrun": 'if [ "$2" = submit ]; then echo "$ANSWER"; fi\n',
        "file": 'case "$3" in *.abi3.so|*.dylib|*/QtCore) echo application/x-mach-binary;; *) echo text/plain;; esac\n',
    }.items():  # fmt: skip
        (tools / name).write_text(f"#!/bin/sh\n{said}{does}")
        (tools / name).chmod(0o755)
    return tools


def signed(app: Path, apple: Path, **environment: str) -> tuple[int, str, list[list[str]]]:
    script = app.parent / "sign-and-notarize"
    text = (MACOS / "sign-and-notarize").read_text().replace("/usr/libexec/PlistBuddy", "plistbuddy")
    assert "plistbuddy" in text
    script.write_text(text.replace("here=$(", f"here={MACOS} # $("))
    (apple / "plistbuddy").write_text("#!/bin/sh\necho app.example\n")
    (apple / "plistbuddy").chmod(0o755)
    done = subprocess.run(
        ["bash", str(script), str(app), str(app.parent / "image.dmg")],
        env={"PATH": f"{apple}:/usr/bin:/bin", "PYTHON": str(apple / "python"), **environment},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    calls = [line.split("|") for line in (app.parent / "calls").read_text().splitlines()]
    return done.returncode, done.stdout, calls


ACCEPTED = '{"id":"1-2","status":"Accepted","message":"Processing complete"}'
IDENTITY = {"MACOS_IDENTITY": "Developer ID Application: Somebody (TEAM)"}
NOTARY = {"NOTARY_KEY": "/nowhere/key.p8", "NOTARY_KEY_ID": "K", "NOTARY_ISSUER": "I"}


def test_it_is_signed_from_the_inside_out_and_both_are_notarized(app: Path, apple: Path) -> None:
    code, said, calls = signed(app, apple, **IDENTITY, **NOTARY, ANSWER=ACCEPTED)
    assert (code, said) == (0, "notarized\n")
    targets = [
        os.path.relpath(call[-1], app.parent) for call in calls if call[0] == "codesign" and "--sign" in call
    ]
    contents, frameworks = f"{app.name}/Contents", f"{app.name}/Contents/Frameworks/PySide6"
    assert targets[-4:] == [
        f"{frameworks}/Qt/lib/QtCore.framework", f"{contents}/MacOS/gemini-setup", app.name, "image.dmg",
    ]  # fmt: skip
    assert set(targets[:-4]) == {
        f"{frameworks}/QtCore.abi3.so",
        f"{frameworks}/Qt/plugins/platforms/libqcocoa.dylib",
        f"{frameworks}/Qt/lib/QtCore.framework/Versions/A/QtCore",
    }
    for call in calls:
        if call[0] == "codesign" and "--sign" in call and not call[-1].endswith(".dmg"):
            assert "runtime" in call
            assert "--timestamp" in call
            assert ("--entitlements" in call) is (call[-1].endswith((".app", "/gemini-setup")))
    done = [call[1:3] for call in calls if call[0] in ("xcrun", "python")]
    submitted, stapled = ["notarytool", "submit"], ["stapler", "staple"]
    assert done == [
        submitted, stapled, ["-m", "dmgbuild"], submitted, stapled, ["stapler", "validate"],
    ]  # fmt: skip


def test_what_apple_refuses_is_not_released(app: Path, apple: Path) -> None:
    refused = '{"id":"1-2","status":"Invalid","message":"…"}'
    code, said, calls = signed(app, apple, **IDENTITY, **NOTARY, ANSWER=refused)
    assert (code, said) == (1, "")
    assert ["xcrun", "notarytool", "log", "1-2"] in [call[:4] for call in calls]  # for whoever has to mend it
    assert not [call for call in calls if call[0] == "python"]


def test_without_an_identity_it_is_unsigned_and_says_so(app: Path, apple: Path) -> None:
    code, said, calls = signed(app, apple)
    assert (code, said) == (0, "unsigned\n")
    assert not [call for call in calls if "--sign" in call or call[0] == "xcrun"]
    assert [call for call in calls if call[0] == "python"]


def test_without_apples_key_it_is_signed_and_no_more(app: Path, apple: Path) -> None:
    code, said, calls = signed(app, apple, **IDENTITY)
    assert (code, said) == (0, "signed\n")
    assert not [call for call in calls if call[0] == "xcrun"]


def test_what_is_no_mach_o_file_is_taken_for_none() -> None:
    slices = runpy.run_path(str(MACOS / "check-bundle"))["slices"]
    assert slices(b"") == {}
    assert slices(b"\xca\xfe\xba\xbe" + struct.pack(">2I", 65, 0) + bytes(40)) == {}  # a Java class
    assert slices(Path(sys.executable).read_bytes()) == {}  # an ELF file
