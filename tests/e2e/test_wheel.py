"""The built wheel, installed in an environment of its own, far from the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.e2e.connecting import ROOT, environment


def done(*arguments: str | Path, cwd: Path) -> str:
    """Run a command that must succeed and return what it printed."""
    ran = subprocess.run(  # noqa: S603 - our own commands
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [built] = folder.glob("*.whl")
    return built


def test_wheel_holds_the_specs_the_sample_video_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    specs = {path.relative_to(ROOT / "tool_specs") for path in _files(ROOT / "tool_specs")}
    packed = {Path(name) for name in names if name.startswith("vapi_mcp/_tool_specs/")}
    assert {path.relative_to("vapi_mcp/_tool_specs") for path in packed} == specs
    modules = {path.relative_to(ROOT) for path in (ROOT / "vapi_mcp").rglob("*.py")}
    assert modules | {Path("vapi_mcp/sandbox/media/sample.mp4")} <= {Path(name) for name in names}
    tops = {name.partition("/")[0].partition("-")[0] for name in names}
    assert tops == {"vapi_mcp"}
    assert not any("test" in Path(name).name for name in names)


def test_installed_wheel_lists_the_same_tools_as_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=True)
    [packages] = home.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install"]
    done(*pip, "--no-deps", "--no-index", "--no-compile", wheel, cwd=tmp_path)
    # The dependencies come from where this runs; a path file read later than the wheel's own
    # packages, and without the checkout, which an editable install names in a file of its own.
    (packages / "zz-dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = done(
        home / "bin" / "python", "-c", "import vapi_mcp; print(vapi_mcp.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(packages)
    installed = done(home / "bin" / "vapi-mcp", "tools", "list", "--json", cwd=tmp_path)
    assert installed == done(sys.executable, "-m", "vapi_mcp", "tools", "list", "--json", cwd=ROOT)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
