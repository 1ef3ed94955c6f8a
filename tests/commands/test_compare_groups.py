"""What a word of the command line means among the runs of a directory."""

from __future__ import annotations

import pytest

from chimera_tui.commands.compare_groups import History, needs_history, resolve
from chimera_tui.domain.errors import BadUse, RunNotFound
from chimera_tui.domain.options import AgentId
from tests.analysis.series import run

HISTORY = History(
    (
        run(5, name="s", agents=[AgentId.A], role="solo"),
        run(2, name="s"),
        run(1, name="s"),
        run(0, name="s", role="warmup"),
        run(1, name="xa"),
        run(1, name="xb"),
    )
)


def ids(word: str) -> list[str]:
    return [each.run_id for each in resolve(word, HISTORY).runs]


def test_a_series_is_its_measured_runs_with_the_solo_ones_beside_them() -> None:
    found = resolve("seriess", HISTORY)
    assert [each.run_id for each in found.runs] == ["s2", "s1"]
    assert [each.run_id for each in found.solo] == ["s5"]


def test_last_an_id_and_a_beginning_are_one_run() -> None:
    assert (ids("last"), ids("s1"), ids("xa")) == (["s5"], ["s1"], ["xa1"])


def test_a_list_holds_each_run_once() -> None:
    assert ids("s1,xb,s1,") == ["s1", "xb1"]


@pytest.mark.parametrize(
    ("word", "says"), [("x", "2 runs begin with 'x'"), ("q", "there is no run or series 'q'")]
)
def test_a_word_that_means_no_run_or_several_is_told(word: str, says: str) -> None:
    with pytest.raises(RunNotFound, match=says):
        resolve(word, HISTORY)


def test_no_word_at_all_is_bad_use() -> None:
    with pytest.raises(BadUse):
        resolve(",", HISTORY)


def test_only_words_that_are_no_paths_need_the_journal() -> None:
    assert needs_history("k3v9qa")
    assert needs_history("./saved/metrics.json,k3v9qa")
    assert not needs_history("./saved,other/metrics.json,metrics.json")
