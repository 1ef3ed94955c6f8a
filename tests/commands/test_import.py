"""`chimera import`: the older benchmark's results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Shell
from tests.formats.test_multiagent import document


@pytest.mark.shared
def test_a_folder_of_results_is_read_with_every_figure_as_stated(shell: Shell, shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "chimeraforge-multiagent"
    told = json.loads(shell.call("import", folder, "--json").stdout)
    assert [file["where"] for file in told["files"]] == [str(path) for path in sorted(folder.glob("*.json"))]
    for file in told["files"]:
        theirs = json.loads(Path(file["where"]).read_text())
        runs = (
            [(file["stated"], theirs["summary"])]
            if file["kind"] == "run"
            else zip(file["runs"], theirs["runs"], strict=True)
        )
        for ours, stated in runs:
            assert ours["collector_throughput_tokens_per_s"] == stated["collector_throughput"]
            assert ours["insight_throughput_tokens_per_s"] == stated["insight_throughput"]
            for name in ("collector_ttft_ms", "insight_ttft_ms", "concurrency_speedup", "efficiency_percent"):
                assert ours[name] == stated[name]
        assert [check for check in file["checks"] if check["differs"]] == []
    assert told["not_read"] == []


@pytest.mark.shared
def test_people_get_the_figures_without_noise_and_what_their_names_mean(shell: Shell, shared_dir: Path) -> None:
    folder = shared_dir / "formats" / "chimeraforge-multiagent"
    printed = shell.run("import", folder / "phase3.chimera-homo.gpu80_ctx512.run_3.metrics.json").stdout
    assert "speedup 1.384575, efficiency 69.22877 %" in printed
    assert "temperature=0.8," in printed
    assert "3738.45 ms" in printed  # the queue in the other agent's TTFT
    assert "computed anew: 16 of 16 stated figures, all as stated" in printed
    assert "what is called overlap efficiency here" in printed


@pytest.mark.shared
def test_the_waits_behind_a_long_ttft_are_named_and_what_does_not_hold_is_told(
    shell: Shell, shared_dir: Path
) -> None:
    folder = shared_dir / "formats" / "chimeraforge-multiagent"
    report = shared_dir / "corpus" / "reports" / "legacy_tr_mirrors" / "Technical_Report_110.md"
    printed = shell.call("import", folder, report).stdout
    assert (
        "insight's TTFT of 9.81 s: 6.76 s while the collector was served (queue), "
        "2.81 s reload: load-time options differ, 229 ms prefill"
    ) in printed
    assert "speedup 1.43, without waiting for each other 1\n" in printed
    assert "30 configurations, 13 of them different in effect" in printed
    assert "1, 3, 5, 202 " in printed
    assert "“efficiency tells how well two agents run at once” does not hold:" in printed
    assert "15 of 15 runs were served one after the other" in printed  # the run that is in a sweep too counts once
    told = json.loads(shell.call("import", folder, report, "--json").stdout)
    assert [finding["verdict"] for finding in told["findings"]].count("does not hold") == 8
    assert told["files"][-1]["kind"] == "report"
    assert len(told["files"][-1]["same_in_effect"]) == 13
    assert told["files"][2]["waits"][0]["insight"]["causes"] == ["queue", "reload"]


def test_a_figure_that_does_not_follow_is_printed_beside_the_right_one(shell: Shell) -> None:
    (shell.here / "metrics.json").write_text(json.dumps(document(concurrency_speedup=2.1)))
    assert "speedup: stated 2.1, computed 2" in shell.call("import", "metrics.json").stdout


def test_other_results_in_a_folder_are_skipped_and_named(shell: Shell) -> None:
    (shell.here / "sub").mkdir()
    (shell.here / "sub" / "run_1.metrics.json").write_text(json.dumps(document()))
    (shell.here / "summary.json").write_text('{"mean": 1}')
    done = shell.run("import", shell.here)
    assert done.returncode == 0
    assert "run_1.metrics.json" in done.stdout
    assert "not read: " in done.stderr
    assert "it holds mean" in done.stderr


def test_a_file_of_another_shape_fails_and_says_what_was_expected(shell: Shell) -> None:
    (shell.here / "x.json").write_text('{"mean": 1}')
    done = shell.call("import", "x.json")
    assert done.returncode == 1
    assert "it holds mean" in done.stderr
    assert "`collector`, `insight`, `summary`" in done.stderr


@pytest.mark.parametrize("words", [[], ["missing.json"], ["."]])
def test_nothing_to_read_is_bad_use(shell: Shell, words: list[str]) -> None:
    done = shell.call("import", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("chimera: ")
    assert "Traceback" not in done.stderr
