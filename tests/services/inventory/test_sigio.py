"""The kernel's word that there is something to read, in processes of their own: SIGIO is a matter of a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chimera_tui import resources

_PIPE = """
import os
from chimera_tui.services.inventory.sigio import Sigio
sigio = Sigio()
ours, theirs = os.pipe()
sigio.watch(ours)
print(sigio.wait(0))
os.write(theirs, b"1")
os.write(theirs, b"2")
print(sigio.wait(20), sigio.wait(0))
os.close(theirs)
print(sigio.wait(20), os.read(ours, 9), os.read(ours, 9))
"""
_HINTS = """
import sys
from pathlib import Path
from chimera_tui.services.inventory.hints import Hints
from chimera_tui.services.inventory.sigio import Sigio
folder = Path(sys.argv[1])
sigio = Sigio()
hints = Hints([str(folder)], sigio, **({"descriptors": set} if "blind" in sys.argv else {}))
hints.wait()
(folder / "a").write_text("1")
print(sigio.wait(0 if "blind" in sys.argv else 20))
for name in ("b", "c"):
    (folder / name).write_text("1")
    while str(folder / name) not in hints.wait():
        pass
    print(name)
hints.close()
"""


def _printed(script: str, *arguments: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=resources.child_environment(),
        check=True,
    )
    return run.stdout.splitlines()


def test_what_comes_and_the_end_are_told_once_each() -> None:
    assert _printed(_PIPE) == ["False", "True False", "True b'12' b''"]


def test_a_change_is_told_when_the_kernel_says_so(tmp_path: Path) -> None:
    assert _printed(_HINTS, str(tmp_path)) == ["True", "b", "c"]


def test_a_change_is_told_too_when_the_descriptor_is_not_found(tmp_path: Path) -> None:
    assert _printed(_HINTS, str(tmp_path), "blind") == ["False", "b", "c"]
