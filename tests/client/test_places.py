"""Where a daemon listens: one place per reports directory, that nobody else can reach into."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from chimera_tui.client.places import MAX_SOCKET_BYTES, Places, daemon_key
from chimera_tui.domain.errors import DaemonUnreachable


def places(runtime: Path, root: Path) -> Places:
    return Places.of([root], environment={"CHIMERA_RUNTIME_DIR": str(runtime), "CHIMERA_STATE_DIR": str(runtime)})


def test_the_same_directory_by_another_name_has_the_same_daemon(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "reports")
    key = daemon_key([tmp_path / "reports"])
    assert len(key) == 12
    assert key == daemon_key([tmp_path / "link"]) == daemon_key([tmp_path / "link" / ".." / "reports"])
    assert key != daemon_key([tmp_path])


def test_a_demo_has_a_daemon_of_its_own(tmp_path: Path) -> None:
    assert daemon_key([tmp_path]) != daemon_key([tmp_path], demo=True)


@pytest.mark.parametrize("missing", [(), ("_sha2", "_sha256")], ids=["built in", "OpenSSL's alone"])
def test_the_key_is_the_sha256_of_the_path_in_every_python(
    missing: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    path = os.fsencode(tmp_path.resolve())
    assert daemon_key([tmp_path]) == hashlib.sha256(path).hexdigest()[:12]
    assert daemon_key([tmp_path], demo=True) == hashlib.sha256(path + b"\0demo").hexdigest()[:12]


def test_a_name_that_is_not_utf8_has_a_key(tmp_path: Path) -> None:
    assert len(daemon_key([os.fsdecode(os.fsencode(tmp_path) + b"/\xff")])) == 12


def test_the_runtime_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = places(tmp_path / "run", tmp_path)
    made.prepare_runtime()
    made.prepare_runtime()
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    with pytest.raises(DaemonUnreachable, match="open to others"):
        places(tmp_path / "run", tmp_path).prepare_runtime()


def test_a_symlink_is_refused_even_to_a_private_folder(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "private")
    with pytest.raises(DaemonUnreachable, match="is a symlink"):
        places(tmp_path / "run", tmp_path).prepare_runtime()


def test_a_file_in_the_way_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(DaemonUnreachable, match="CHIMERA_RUNTIME_DIR"):
        places(tmp_path / "run", tmp_path).prepare_runtime()


def test_a_path_too_long_for_a_socket_is_refused_before_the_kernel_does(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match=f"longer than {MAX_SOCKET_BYTES} bytes"):
        places(tmp_path / ("x" * 90), tmp_path).prepare_runtime()


def test_the_session_folder_is_used_only_when_it_can_be(tmp_path: Path) -> None:
    absent = Places.of([tmp_path], environment={"XDG_RUNTIME_DIR": str(tmp_path / "absent")})
    assert absent.runtime == Path(f"/tmp/chimera-tui-{os.getuid()}")
    (tmp_path / "s").mkdir()
    present = Places.of([tmp_path], environment={"XDG_RUNTIME_DIR": str(tmp_path / "s")})
    assert present.runtime == tmp_path / "s" / "chimera-tui" or len(str(tmp_path)) > 55
