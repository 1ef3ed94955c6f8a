"""The wheel: built without the network, installed into an empty environment, and run from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui import __version__
from chimera_tui.client.start import request_shutdown
from tests.support import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=repository, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def short_folder() -> Iterator[Path]:
    """A folder with a short path: the daemon's socket lies in it."""
    folder = Path(tempfile.mkdtemp(prefix="ch-"))
    yield folder
    sockets = [socket for socket in (folder / "run").glob("*.sock") if request_shutdown(socket, "now")]
    wait_until(lambda: not any(socket.exists() for socket in sockets), "the daemons to end")
    shutil.rmtree(folder, ignore_errors=True)  # a daemon that ends may still write its log


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel, and sees our dependencies but not our checkout.

    A folder named by a `.pth` file comes last on the path, and `.pth` files inside it (the editable install's)
    are not followed.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    words = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    subprocess.run([*words, "--quiet", "--no-index", "--no-deps", str(wheel)], check=True)
    site = next((folder / "lib").glob("python*/site-packages"))
    ours = [entry for entry in sys.path if Path(entry).name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join(ours) + "\n")
    return folder / "bin"


@pytest.fixture
def environment(short_folder: Path) -> dict[str, str]:
    """Nothing of this checkout, no settings of the person who runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CHIMERA", "OLLAMA"))
    }
    return {
        **kept,
        "HOME": str(short_folder),
        "XDG_CONFIG_HOME": str(short_folder / "config"),
        "CHIMERA_RUNTIME_DIR": str(short_folder / "run"),
        "CHIMERA_STATE_DIR": str(short_folder / "state"),
    }


def test_the_wheel_carries_styles_prompts_and_samples(repository: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("styles", "prompts", "samples"):
        files = [path.relative_to(repository) for path in (repository / folder).rglob("*") if path.is_file()]
        wanted = {f"chimera_tui/_resources/{path}" for path in files if not path.name.startswith(".")}
        assert wanted
        assert wanted - names == set()
    assert not [name for name in names if name.startswith("tests/")]


def test_the_installed_package_is_the_wheels_own(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    words = [installed / "python", "-c", "import chimera_tui; print(chimera_tui.__file__)"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


@pytest.mark.parametrize("command", ["chimera", "chimera-tui"])
def test_both_entry_points_tell_the_version(
    installed: Path, environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    words = [installed / command, "--version"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"chimera {__version__}"


def test_the_demo_runs_from_an_empty_folder(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    words = [installed / "chimera", "run", "--demo", "--json"]
    environment["CHIMERA_NUM_PREDICT"] = "24"
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["inventory"]["files"] > 0
    assert document["simulated"] is True
    assert list(tmp_path.iterdir()) == []
