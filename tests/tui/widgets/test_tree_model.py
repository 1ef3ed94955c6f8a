from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.domain.events import FilesChanged
from chimera_tui.domain.inventory import FileEntry, InventoryState, totals_of
from chimera_tui.domain.names import FileKind, kind_of
from chimera_tui.tui.widgets.tree_branch import natural
from chimera_tui.tui.widgets.tree_marks import FADE_S, Mark
from chimera_tui.tui.widgets.tree_model import TreeModel
from chimera_tui.tui.widgets.tree_rows import SortKey
from chimera_tui.tui.widgets.tree_totals import FolderTotals
from tests.tui.widgets.tree_fixtures import LARGE, entry, keys, large_inventory, put

# ---- against a model that counts everything anew -----------------------------------------------------------

_PATHS = st.builds(
    lambda folders, name: "/".join((*folders, name)),
    st.lists(st.sampled_from(["r", "s", "A", "b2", "b10"]), max_size=3),
    st.sampled_from(["x1.csv", "x2.csv", "x10.csv", "Y.json", "y.md", "r", "z.log", "b2"]),
)
_ENTRIES = st.builds(
    lambda path, size, mtime, own, problem: FileEntry(path, kind_of(path), size, mtime, own, problem),
    _PATHS,
    st.integers(0, 9),
    st.integers(0, 9),
    st.booleans(),
    st.sampled_from(["", "", "broken symlink"]),
)
_DELTAS = st.lists(
    st.tuples(st.lists(_ENTRIES, max_size=6), st.lists(_PATHS, max_size=4), st.integers(0, 30), st.booleans()),
    max_size=12,
)


def naive_rows(files: dict[str, FileEntry], is_open: dict[str, bool], folder: str = "") -> Iterator[str]:
    above = f"{folder}/" if folder else ""
    inside = [path for path in files if path.startswith(above)]
    names = {path[len(above) :].partition("/")[0] for path in inside if "/" in path[len(above) :]}
    for name in sorted(names, key=lambda name: (natural(name), name)):
        path = above + name
        yield f"{path}/"
        if is_open.get(path, not folder):
            yield from naive_rows(files, is_open, path)
    leaves = [path for path in inside if "/" not in path[len(above) :]]
    yield from sorted(leaves, key=lambda path: (natural(path[len(above) :]), path))


@settings(max_examples=40, deadline=None)
@given(_DELTAS)
def test_rows_and_sums_equal_those_of_a_model_that_starts_anew_each_time(
    deltas: list[tuple[list[FileEntry], list[str], int, bool]],
) -> None:
    model, files, is_open = TreeModel(), dict[str, FileEntry](), dict[str, bool]()
    model.view.height = 5
    for changed, removed, pick, opened in deltas:
        latest = {entry.path: entry for entry in changed}
        removed = [path for path in removed if path not in latest]
        model.apply([FilesChanged(tuple(changed), tuple(removed))], 0.0)
        for path in removed:
            files.pop(path, None)
        files |= latest

        folders = [path for path in model.whole.branches if path]
        if folders:
            path = sorted(folders)[pick % len(folders)]
            model.whole.open(path, opened)
            is_open[path] = opened

        assert keys(model) == list(naive_rows(files, is_open))
        top, end = model.view.top, min(model.view.top + model.view.height, model.shown.row_count)
        assert model.view.rows(model.shown) == [model.shown.row_at(number) for number in range(top, end)]
        for number, key in enumerate(keys(model)):
            assert model.shown.index_of(key) == number
        for path, branch in model.whole.branches.items():
            check_sums(branch.totals, branch.latest_ns(), files, path)


def check_sums(totals: FolderTotals, latest_ns: int | None, files: dict[str, FileEntry], folder: str) -> None:
    expected = totals_of(entry for path, entry in files.items() if not folder or path.startswith(f"{folder}/"))
    counted = {kind: getattr(totals, kind.value) for kind in FileKind}
    assert counted == {kind: total.count for kind, total in expected.by_kind.items()}
    assert totals.size_bytes == expected.benchmark.size_bytes
    assert latest_ns == expected.benchmark.latest_mtime_ns
    assert totals.own == expected.own_output


@settings(max_examples=40, deadline=None)
@given(_DELTAS, st.integers(0, 40), st.integers(0, 40))
def test_selection_and_position_survive_whatever_else_changes(
    deltas: list[tuple[list[FileEntry], list[str], int, bool]], selected: int, top: int
) -> None:
    model = TreeModel()
    model.view.height = 4
    kept = put(*(f"m/f{number:02d}.csv" for number in range(40)), initial=True)
    model.apply([kept], 0.0)
    model.select_index(selected)
    model.view.scroll_to(model.shown, top)
    before = model.view.selected
    on_screen = [row.key for row in model.view.rows(model.shown)]
    seen, scrolled = before in on_screen, model.view.top > 0
    for changed, removed, _, _ in deltas:
        model.apply([FilesChanged(tuple(changed), tuple(removed))], 0.0)
        assert model.view.selected == before
        rows = [row.key for row in model.view.rows(model.shown)]
        assert not seen or before in rows
        if scrolled:
            assert rows == on_screen


# ---- selection, position, open folders ---------------------------------------------------------------------


def walked(*paths: str, height: int = 10) -> TreeModel:
    model = TreeModel()
    model.view.height = height
    model.apply([put(*paths, initial=True)], 0.0)
    return model


def select(model: TreeModel, key: str) -> None:
    index = model.shown.index_of(key)
    assert index is not None
    model.select_index(index)


def test_files_above_the_visible_part_do_not_move_it() -> None:
    model = walked(*(f"r/f{number:03d}.csv" for number in range(50)))
    model.view.scroll_to(model.shown, 20)
    before = [row.key for row in model.view.rows(model.shown)]
    model.apply([put("r/a.csv", "r/b.csv", "a/new.md")], 1.0)
    assert [row.key for row in model.view.rows(model.shown)] == before


def test_the_next_row_is_selected_when_the_selected_file_goes() -> None:
    model = walked("r/a.csv", "r/b.csv", "r/c.csv")
    select(model, "r/b.csv")
    model.apply([FilesChanged(removed=("r/b.csv",))], 1.0)
    assert model.view.selected == "r/c.csv"
    model.apply([FilesChanged(removed=("r/c.csv",))], 1.0)
    assert model.view.selected == "r/a.csv"


def test_selection_follows_a_moved_file_into_a_closed_folder() -> None:
    model = walked("r/a.csv", "r/deep/er/x.csv")
    select(model, "r/a.csv")
    moved = FilesChanged((entry("r/deep/er/a.csv"),), ("r/a.csv",), (("r/a.csv", "r/deep/er/a.csv"),))
    model.apply([moved], 1.0)
    assert model.view.selected == "r/deep/er/a.csv"
    assert model.selected_row is not None and model.selected_row.key == "r/deep/er/a.csv"


def test_a_moved_folder_stays_open_and_selected() -> None:
    model = walked("r/old/in/a.csv", "r/old/b.csv", "r/z.csv")
    model.whole.open("r/old", True)
    model.whole.open("r/old/in", True)
    select(model, "r/old/in/")
    pairs = (("r/old/in/a.csv", "r/new/in/a.csv"), ("r/old/b.csv", "r/new/b.csv"))
    changed = tuple(entry(new) for _, new in pairs)
    model.apply([FilesChanged(changed, tuple(old for old, _ in pairs), pairs)], 1.0)
    assert keys(model) == ["r/", "r/new/", "r/new/in/", "r/new/in/a.csv", "r/new/b.csv", "r/z.csv"]
    assert model.view.selected == "r/new/in/"


def test_a_folder_that_comes_back_is_open_as_it_was() -> None:
    model = walked("r/sub/a.csv", "r/z.csv")
    model.whole.open("r/sub", True)
    model.apply([FilesChanged(removed=("r/sub/a.csv",))], 1.0)
    assert keys(model) == ["r/", "r/z.csv"]
    model.apply([put("r/sub/b.csv")], 2.0)
    assert keys(model) == ["r/", "r/sub/", "r/sub/b.csv", "r/z.csv"]


def test_collapse_goes_up_and_expand_goes_in() -> None:
    model = walked("r/sub/a.csv")
    select(model, "r/sub/")
    model.expand()
    model.expand()
    assert model.view.selected == "r/sub/a.csv"
    model.collapse()
    assert model.view.selected == "r/sub/"
    model.collapse()
    assert keys(model) == ["r/", "r/sub/"]


def test_roots_stand_in_the_order_given_also_while_they_are_empty() -> None:
    model = TreeModel(["reports", "csv_data"])
    assert keys(model) == ["reports/", "csv_data/"]
    model.apply([put("csv_data/a.csv"), FilesChanged(removed=("csv_data/a.csv",))], 0.0)
    assert keys(model) == ["reports/", "csv_data/"]
    model.apply([put("csv_data/a.csv", "reports/b.csv")], 0.0)
    model.filter("csv")
    assert keys(model) == ["reports/", "reports/b.csv", "csv_data/", "csv_data/a.csv"]


def test_a_file_and_a_folder_of_one_path_are_two_rows() -> None:
    model = walked("r/x", "r/x/a.csv")
    assert keys(model) == ["r/", "r/x/", "r/x"]


def test_numbers_in_names_sort_by_their_value_and_letter_case_does_not_matter() -> None:
    model = walked("r/run10.csv", "r/Run2.csv", "r/run1.csv", "r/run02.csv", "r/run100.csv")
    assert keys(model)[1:] == ["r/run1.csv", "r/Run2.csv", "r/run02.csv", "r/run10.csv", "r/run100.csv"]


def test_files_sort_by_size_and_time_and_keep_that_order_as_they_change() -> None:
    model = TreeModel()
    model.apply([FilesChanged((entry("r/a.csv", 1, 5), entry("r/b.csv", 3, 4), entry("r/c.csv", 2, 6)))], 0.0)
    model.sort_by(SortKey.SIZE)
    assert keys(model)[1:] == ["r/b.csv", "r/c.csv", "r/a.csv"]
    model.apply([FilesChanged((entry("r/a.csv", 9, 5),))], 0.0)
    assert keys(model)[1:] == ["r/a.csv", "r/b.csv", "r/c.csv"]
    model.sort_by(SortKey.TIME)
    assert keys(model)[1:] == ["r/c.csv", "r/a.csv", "r/b.csv"]


def test_files_sort_by_type_and_a_new_order_leaves_the_chosen_row_on_its_line() -> None:
    names = [f"{number:02d}.{kind}" for number in range(10) for kind in ("log", "md", "csv", "json")]
    model = walked(*(f"r/{name}" for name in names))
    model.view.height = 8
    model.select_index(20)
    model.view.scroll_to(model.shown, 16)
    chosen = model.view.selected
    model.sort_by(SortKey.TYPE)
    kinds = [key.rpartition(".")[2] for key in keys(model)[1:]]
    assert kinds == ["csv"] * 10 + ["json"] * 10 + ["md"] * 10 + ["log"] * 10
    assert model.view.selected == chosen
    assert model.view.index(model.shown) - model.view.top == 4
    assert [key.after() for key in SortKey] == [SortKey.SIZE, SortKey.TIME, SortKey.TYPE, SortKey.NAME]


def test_a_path_of_a_thousand_folders_is_just_deep() -> None:
    deep = "r/" + "d/" * 1_500 + "a.csv"
    model = walked(deep)
    model.whole.reveal(deep)
    assert model.shown.row_count == 1_502
    model.apply([FilesChanged(removed=(deep,))], 0.0)
    assert model.shown.row_count == 0 and model.whole.top.latest_ns() is None


# ---- marks and problems ------------------------------------------------------------------------------------


def test_the_first_scan_leaves_no_marks_and_later_changes_do() -> None:
    model = walked("r/a.csv", "r/b.csv", "r/sub/c.csv")
    assert len(model.marks) == 0
    moved = FilesChanged((entry("r/b2.csv"),), ("r/b.csv",), (("r/b.csv", "r/b2.csv"),))
    model.apply([FilesChanged((entry("r/a.csv", 7),)), put("r/new.csv"), moved], 100.0)
    marks = {key: model.marks.get(key) for key in ("r/a.csv", "r/new.csv", "r/b2.csv", "r/", "r/sub/c.csv")}
    assert marks == {
        "r/a.csv": Mark.CHANGED,
        "r/new.csv": Mark.NEW,
        "r/b2.csv": Mark.MOVED,
        "r/": Mark.CHANGED,
        "r/sub/c.csv": None,
    }


def test_a_file_told_again_without_a_change_gets_no_mark() -> None:
    model = walked("r/a.csv")
    model.apply([put("r/a.csv")], 1.0)
    assert len(model.marks) == 0


def test_a_new_file_that_grows_is_still_new_and_marks_fade() -> None:
    model = walked("r/a.csv")
    model.apply([put("r/new.csv")], 100.0)
    model.apply([FilesChanged((entry("r/new.csv", 7),))], 105.0)
    assert model.marks.get("r/new.csv") is Mark.NEW
    assert not model.marks.fade(105.0 + FADE_S - 0.1)
    assert model.marks.fade(105.0 + FADE_S)
    assert len(model.marks) == 0


def test_a_problem_inside_a_file_moves_with_it_and_goes_with_it() -> None:
    model = walked("r/a.json")
    model.apply_problem("r/a.json", "half-written JSON: line 4")
    model.apply([FilesChanged((entry("r/b.json"),), ("r/a.json",), (("r/a.json", "r/b.json"),))], 1.0)
    assert model.problem(entry("r/b.json")) == "half-written JSON: line 4"
    assert model.problem_count == 1
    model.apply([FilesChanged(removed=("r/b.json",))], 1.0)
    assert model.problem_count == 0


def test_an_empty_problem_clears_and_an_entry_that_is_broken_counts_once() -> None:
    model = TreeModel()
    model.apply([FilesChanged((entry("r/a.json", problem="broken symlink"), entry("r/b.json")))], 0.0)
    model.apply_problem("r/a.json", "vanished while it was read")
    model.apply_problem("r/b.json", "half-written")
    assert model.problem_count == 2
    model.apply_problem("r/b.json", "")
    assert model.problem_count == 1


# ---- the filter --------------------------------------------------------------------------------------------


def test_every_word_must_be_somewhere_in_the_path_whatever_its_case() -> None:
    model = walked("r/Gemma3/sweep/A.csv", "r/gemma3/b.json", "r/llama/sweep/c.csv")
    model.filter("SWEEP gemma")
    assert keys(model) == ["r/", "r/Gemma3/", "r/Gemma3/sweep/", "r/Gemma3/sweep/A.csv"]
    model.filter("3/b")
    assert keys(model) == ["r/", "r/gemma3/", "r/gemma3/b.json"]
    model.filter("r/ll")
    assert keys(model) == ["r/", "r/llama/", "r/llama/sweep/", "r/llama/sweep/c.csv"]


@settings(max_examples=30, deadline=None)
@given(st.sets(_PATHS, max_size=15), st.lists(st.sampled_from(["r", "x1", "a/", "/b2", "Y", "c s", "2/x", "q"])))
def test_a_filter_finds_exactly_the_paths_with_every_word_also_when_typed_letter_by_letter(
    paths: set[str], words: list[str]
) -> None:
    model = walked(*paths)
    text = " ".join(words)
    for length in range(1, len(text) + 1):
        model.filter(text[:length])
    found = {row for row in keys(model) if not row.endswith("/")} if text.strip() else set()
    wanted = {path for path in paths if all(word in path.casefold() for word in text.casefold().split())}
    assert found == (wanted if text.strip() else set())


def test_clearing_the_filter_brings_back_what_was_open_selected_and_on_screen() -> None:
    model = walked(*(f"r/f{number:02d}.csv" for number in range(40)), "r/sub/deep/x.json", height=5)
    select(model, "r/f30.csv")
    top, before = model.view.top, keys(model)
    model.filter("x.json")
    assert model.view.selected == "r/sub/deep/x.json"
    model.filter("")
    assert (keys(model), model.view.top, model.view.selected) == (before, top, "r/f30.csv")


def test_what_was_chosen_under_the_filter_stays_selected_when_it_can_be_seen() -> None:
    model = walked("r/a.csv", "r/b.csv", "r/c.json")
    model.filter("csv")
    select(model, "r/b.csv")
    model.filter("")
    assert model.view.selected == "r/b.csv"


def test_a_selected_file_that_matches_stays_selected() -> None:
    model = walked("r/a.csv", "r/b.csv")
    select(model, "r/b.csv")
    model.filter("csv")
    assert model.view.selected == "r/b.csv"


def test_files_that_come_and_go_while_a_filter_is_on_come_and_go_in_it() -> None:
    model = walked("r/a.csv", "r/b.json")
    model.filter("csv")
    model.apply([put("r/z.csv", "r/z.json")], 1.0)
    assert keys(model) == ["r/", "r/a.csv", "r/z.csv"]
    model.apply([FilesChanged(removed=("r/a.csv",))], 1.0)
    assert keys(model) == ["r/", "r/z.csv"]
    model.filter("")
    assert keys(model) == ["r/", "r/b.json", "r/z.csv", "r/z.json"]


def test_a_filter_without_matches_shows_nothing_and_loses_nothing() -> None:
    model = walked("r/a.csv")
    model.filter("nowhere")
    assert keys(model) == [] and model.selected_row is None
    model.move(1)
    model.toggle()
    model.collapse()
    model.filter("")
    assert keys(model) == ["r/", "r/a.csv"]


# ---- a hundred thousand files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large() -> tuple[FileEntry, ...]:
    return large_inventory()


def test_a_hundred_thousand_files_are_counted_as_the_domain_counts_them(large: tuple[FileEntry, ...]) -> None:
    model, state = TreeModel(), InventoryState()
    started = time.process_time()
    model.apply([FilesChanged(large, initial=True)], 0.0)
    assert time.process_time() - started < 3.0  # 0.1 s where nothing else runs
    for item in large:
        state.put(item)
    totals, expected = model.totals, state.totals()
    assert (totals.files, totals.size_bytes) == (expected.benchmark.count, expected.benchmark.size_bytes)
    assert model.whole.top.latest_ns() == expected.benchmark.latest_mtime_ns
    assert totals.everything == LARGE


def test_one_change_among_a_hundred_thousand_open_rows_is_cheap(large: tuple[FileEntry, ...]) -> None:
    model = TreeModel()
    model.view.height = 60
    model.apply([FilesChanged(large, initial=True)], 0.0)
    for path in model.whole.branches:
        if path:
            model.whole.open(path, True)
    model.select_index(50_000)
    assert model.shown.row_count > LARGE
    started = time.process_time()
    for number in range(100):
        model.apply([put(f"reports/model0/sweep_00/run_0/new_{number}.csv")], 1.0)
    assert time.process_time() - started < 3.0  # 0.1 s where nothing else runs


def test_each_key_of_a_filter_over_a_hundred_thousand_files_is_quick(large: tuple[FileEntry, ...]) -> None:
    model = TreeModel()
    model.view.height = 60
    model.apply([FilesChanged(large, initial=True)], 0.0)
    text = "ctx512 model3 csv"
    started = time.process_time()
    for length in range(1, len(text) + 1):
        model.filter(text[:length])
    assert time.process_time() - started < 0.5 * len(text)  # 0.05 s a key where nothing else runs
    wanted = sum(all(word in item.path for word in text.split()) for item in large)
    assert model.found is not None and model.found.top.totals.everything == wanted > 0
