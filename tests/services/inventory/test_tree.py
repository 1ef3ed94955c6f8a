"""What the watcher knows, without watching: hints and sweeps over real folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimera_tui.services.inventory.delta import Delta
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.roots import resolve_roots
from chimera_tui.services.inventory.scan import Row, entry_of
from chimera_tui.services.inventory.tree import Tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "r"
    (folder / "a" / "b").mkdir(parents=True)
    for name in ("1.csv", "a/2.csv", "a/b/3.csv"):
        (folder / name).write_text(name)
    return folder


def _tree(root: Path) -> Tree:
    tree = Tree(resolve_roots([root]))
    for _ in tree.scan(str(root.resolve())):
        pass
    tree.take_delta()
    return tree


def _told(tree: Tree) -> tuple[set[str], set[str]]:
    delta = tree.take_delta()
    return set(delta.all_changed()), set(delta.removed)


def test_a_hint_about_a_file_tells_only_that_file(root: Path) -> None:
    tree = _tree(root)
    (root / "1.csv").write_text("longer than before")
    (root / "a" / "2.csv").unlink()
    tree.look([str(root / "1.csv"), str(root / "a" / "2.csv"), str(root / "a" / "never.csv")])
    assert _told(tree) == ({"r/1.csv"}, {"r/a/2.csv"})
    tree.look([str(root / "1.csv")])
    assert _told(tree) == (set(), set())


def test_a_hint_deep_in_a_folder_that_is_not_known_leads_to_all_of_it(root: Path) -> None:
    tree = _tree(root)
    (root / "x" / "y").mkdir(parents=True)
    (root / "x" / "4.csv").touch()
    (root / "x" / "y" / "5.csv").touch()
    tree.look([str(root / "x" / "y" / "5.csv")])
    assert _told(tree) == ({"r/x/4.csv", "r/x/y/5.csv"}, set())


def test_a_hint_in_a_hidden_folder_leads_nowhere(root: Path) -> None:
    tree = _tree(root)
    (root / ".git" / "objects").mkdir(parents=True)
    (root / ".git" / "objects" / "6.csv").touch()
    tree.look([str(root / ".git" / "objects" / "6.csv"), str(root / ".git"), "/elsewhere/7.csv"])
    assert _told(tree) == (set(), set())


def test_a_removed_folder_takes_everything_below_it_along(root: Path) -> None:
    tree = _tree(root)
    shutil.rmtree(root / "a")
    tree.look([str(root / "a")])
    assert _told(tree) == (set(), {"r/a/2.csv", "r/a/b/3.csv"})


def test_a_file_that_becomes_a_folder_and_back_is_followed(root: Path) -> None:
    tree = _tree(root)
    (root / "1.csv").unlink()
    (root / "1.csv").mkdir()
    (root / "1.csv" / "in.md").touch()
    tree.look([str(root / "1.csv")])
    assert _told(tree) == ({"r/1.csv/in.md"}, {"r/1.csv"})
    shutil.rmtree(root / "1.csv")
    (root / "1.csv").touch()
    tree.look([str(root / "1.csv")])
    assert _told(tree)[1] == {"r/1.csv/in.md"}
    tree.relist_all()
    assert tree.file_count == 3


def test_a_sweep_finds_what_no_hint_told(root: Path) -> None:
    os.utime(root / "a", ns=(0, 10**18))
    tree = _tree(root)
    (root / "a" / "silent.csv").touch()
    assert str(root / "a") in tree.stale(tree.folders())
    assert tree.relist(str(root / "a"))
    assert _told(tree) == ({"r/a/silent.csv"}, set())


def test_a_folder_that_was_just_changed_is_looked_at_again(root: Path) -> None:
    os.utime(root, ns=(0, 10**18))
    (root / "fresh").mkdir()
    tree = _tree(root)
    assert str(root / "fresh") in tree.stale(tree.folders())
    assert not tree.relist(str(root / "fresh"))


def test_a_rename_is_a_move_but_a_reused_inode_is_not() -> None:
    row = Row(5, 100, dev=1, ino=2)
    delta = Delta()
    delta.remove("old.csv", row)
    delta.put("new.csv", row)
    assert delta.moved() == {"new.csv": "old.csv"}
    delta = Delta()
    delta.remove("old.csv", row)
    delta.put("other.csv", row._replace(mtime_ns=200))
    assert delta.moved() == {}


def test_a_replaced_root_is_noticed(root: Path, tmp_path: Path) -> None:
    tree = _tree(root)
    path = str(root)
    assert not tree.replaced(path)
    root.rename(tmp_path / "old")
    assert tree.replaced(path)
    tree.relist(path)
    assert not tree.knows(path) and not tree.replaced(path)
    assert _told(tree)[1] == {"r/1.csv", "r/a/2.csv", "r/a/b/3.csv"}
    root.mkdir()
    assert tree.replaced(path)


_NAMES = st.sampled_from(["a", "b", "c.csv", "d.md"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_ACTIONS = st.lists(
    st.tuples(st.sampled_from(["write", "mkdir", "remove", "rename"]), _PATHS, _PATHS), max_size=15
)


@given(actions=_ACTIONS, hinted=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_whatever_happens_the_tree_ends_as_a_fresh_scan_would(
    tmp_path: Path, actions: list[tuple[str, str, str]], hinted: bool
) -> None:
    root = tmp_path / "r"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    roots = resolve_roots([root])
    tree = _tree(root)
    told = {}
    for action, first, second in actions:
        touched = list(_act(root, action, first, second))
        if hinted:
            tree.look(touched)
        else:
            tree.relist_all()
        delta = tree.take_delta()
        for path in delta.removed:
            told.pop(path, None)
        told.update((path, entry_of(path, row, roots)) for path, row in delta.all_changed().items())
        assert told == scan_once(roots, read=False)[0].entries


def _act(root: Path, action: str, first: str, second: str) -> Iterator[str]:
    """Do it if the file system lets us; the paths that inotify would name."""
    path, other = root / first, root / second
    try:
        if action == "write":
            path.write_text(second)
        elif action == "mkdir":
            path.mkdir()
        elif action == "remove" and path.is_dir():
            shutil.rmtree(path)
        elif action == "remove":
            path.unlink()
        else:
            path.rename(other)
            yield str(other)
    except OSError:
        return
    yield str(path)
