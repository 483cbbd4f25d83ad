"""A frozen library names no folder of the computer that it was built on."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("gcc"), reason="makes an ELF library with gcc"
)
@pytest.mark.parametrize("tag", ["--enable-new-dtags", "--disable-new-dtags"])
def test_a_search_path_is_taken_out_and_the_library_still_works(tag: str, tmp_path: Path) -> None:
    library = tmp_path / "lib.so"
    source = tmp_path / "lib.c"
    source.write_text("#include <math.h>\ndouble half(double x) { return floor(x / 2); }\n")
    link = ["-shared", "-fPIC", "-Wl,-rpath,/home/builder/lib", f"-Wl,{tag}", "-lm"]
    subprocess.run(["gcc", str(source), "-o", str(library), *link], check=True)
    dynamic = ["readelf", "-dW", str(library)]
    assert "/home/builder/lib" in subprocess.run(dynamic, capture_output=True, text=True, check=True).stdout
    script = types.ModuleType("package")
    script.__file__ = str(ROOT / "packaging" / "package")
    exec(compile(Path(script.__file__).read_text(), script.__file__, "exec"), script.__dict__)
    script.drop_search_paths(library)
    told = subprocess.run(dynamic, capture_output=True, text=True, check=True).stdout
    assert "/home/builder/lib" not in told
    assert "libm.so" in told
    half = ctypes.CDLL(str(library)).half
    half.argtypes, half.restype = [ctypes.c_double], ctypes.c_double
    assert half(7.0) == 3.0
