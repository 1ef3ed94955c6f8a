"""What the older benchmark's files and report really show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_tui.analysis.multiagent_effect import LEAST_CONTEXT, same_in_effect
from chimera_tui.analysis.multiagent_findings import Finding, findings_of
from chimera_tui.analysis.multiagent_waits import RunWaits, waits_of_line, waits_of_run
from chimera_tui.formats.multiagent import MultiagentRun, MultiagentSweep, read_multiagent
from chimera_tui.formats.multiagent_report import MultiagentReport, read_report
from tests.formats.test_multiagent import document
from tests.formats.test_multiagent_report import REPORT


def run_of(folder: Path, name: str) -> RunWaits:
    read = read_multiagent((folder / f"{name}.metrics.json").read_text())
    assert isinstance(read, MultiagentRun)
    waits = waits_of_run(read)
    assert waits is not None
    return waits


def lines_of(folder: Path, name: str) -> list[RunWaits]:
    read = read_multiagent((folder / f"{name}.summary.json").read_text())
    assert isinstance(read, MultiagentSweep)
    found = [waits_of_line(line, read.agents) for line in read.runs]
    return [each for each in found if each is not None]


@pytest.fixture
def folder(shared_dir: Path) -> Path:
    return shared_dir / "formats" / "chimeraforge-multiagent"


@pytest.fixture
def tr110(shared_dir: Path) -> MultiagentReport:
    path = shared_dir / "corpus" / "reports" / "legacy_tr_mirrors" / "Technical_Report_110.md"
    return read_report(path.read_text(), path.name)


def by_claim(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.claim: finding for finding in findings}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "options", "behind_ms", "load_ms"),
    [
        (
            "phase1.baseline-vs-chimera.gpu120_ctx1024_temp0p8.run_2",
            ("num_gpu (server's default and 120)", "num_ctx (server's default and 1024)"),
            8055.93,
            3293.67,
        ),
        (
            "phase1.chimera-hetero.gpu60_80_ctx512_1024.run_1",
            ("num_gpu (60 and 80)", "num_ctx (512 and 1024)"),
            6761.1,
            2805.39,
        ),
        (
            "phase3.baseline-vs-chimera.gpu80_ctx512.run_1",
            ("num_gpu (server's default and 80)", "num_ctx (server's default and 512)"),
            6964.73,
            2943.73,
        ),
    ],
)
def test_a_ttft_of_many_seconds_is_a_queue_and_then_a_reload_since_the_options_differ(
    folder: Path, name: str, options: tuple[str, ...], behind_ms: float, load_ms: float
) -> None:
    waits = run_of(folder, name)
    assert waits.differing == options
    assert waits.insight.causes == ("queue", "reload")
    assert waits.collector.causes == ("reload",)
    assert waits.insight.behind_ms == pytest.approx(behind_ms, abs=0.01)
    assert waits.insight.load_ms == pytest.approx(load_ms, abs=0.01)
    assert waits.insight.share_waited > 0.97
    assert waits.without_waiting == pytest.approx(1.0, abs=0.001)  # one after the other, whatever was stated


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "later", "behind_ms"),
    [
        ("phase2.chimera-homo.gpu80_ctx2048_temp1.run_5", "collector", 5836.86),
        ("phase3.chimera-homo.gpu80_ctx512.run_3", "insight", 3738.45),
        ("phase3.chimera-hetero.gpu80_ctx512.run_2", "insight", 4147.69),
    ],
)
def test_agents_with_one_setting_in_effect_queue_and_reload_nothing(
    folder: Path, name: str, later: str, behind_ms: float
) -> None:
    waits = run_of(folder, name)
    first, second = (waits.insight, waits.collector) if later == "collector" else (waits.collector, waits.insight)
    assert (first.causes, second.causes) == (("none",), ("queue",))
    assert second.behind_ms == pytest.approx(behind_ms, abs=0.01)
    assert not waits.reloaded
    assert waits.without_waiting == pytest.approx(1.02, abs=0.01)
    assert "queue" in second.words


@pytest.mark.shared
def test_the_lines_of_a_sweep_tell_the_same_without_durations(folder: Path) -> None:
    fighting = lines_of(folder, "phase1.baseline-vs-chimera.gpu60_ctx1024_temp0p8")
    assert [each.reloaded for each in fighting] == [True] * 5
    assert [each.collector.causes for each in fighting] == [
        ("none",),
        ("queue", "reload"),
        ("none",),
        ("reload",),
        ("queue", "reload"),
    ]
    alike = lines_of(folder, "phase3.chimera-hetero.gpu80_ctx512")
    assert alike[0].differing == ("num_ctx (512 and 1024)",)
    assert [each.reloaded for each in alike] == [False] * 5
    for each in (*fighting, *alike):
        assert each.without_waiting == pytest.approx(1.0, abs=0.001)


@pytest.mark.shared
def test_thirty_configurations_are_thirteen_in_effect_and_fewer_where_a_small_context_is_raised(
    tr110: MultiagentReport,
) -> None:
    groups = same_in_effect(tr110.configurations)
    assert len(groups) == 13
    assert [group.tests for group in groups if len(group.configurations) > 1] == [
        "1, 3, 5, 202",
        "2, 4, 6",
        "7, 9, 11, 201",
        "8, 10, 12",
        "13, 15, 17, 101, 200",
        "14, 16, 18, 104",
    ]
    assert groups[0].efficiencies == (79.9, 97.9)
    assert len(same_in_effect(tr110.configurations, least_context=LEAST_CONTEXT)) == 5


@pytest.mark.shared
def test_the_older_sweep_is_concluded_anew_with_causes_named(folder: Path, tr110: MultiagentReport) -> None:
    names = (path.name.removesuffix(".metrics.json") for path in sorted(folder.glob("*.metrics.json")))
    waits = [run_of(folder, name) for name in names]
    for name in ("phase1.baseline-vs-chimera.gpu60_ctx1024_temp0p8", "phase3.chimera-hetero.gpu80_ctx512"):
        waits += lines_of(folder, name)
    found = by_claim(findings_of(waits, tr110))
    assert {claim: finding.verdict for claim, finding in found.items()} == {
        "efficiency tells how well two agents run at once": "does not hold",
        "each agent has a server of its own": "does not hold",
        "a TTFT of many seconds is memory pressure, swapping or a slow model": "does not hold",
        "the agents do not disturb each other's model": "does not hold",
        "num_ctx 512, 1024 and 2048 are different settings": "does not hold",
        "GPU=80 is the least that avoids contention, and 120 provisions too much": "does not hold",
        "TTFT of up to half a minute come from a lack of video memory": "does not hold",
        "1.99× and 99.3 % parallel efficiency mean twice the throughput": "can not be told",
        "efficiency grows with the context": "does not hold",
        "the temperature has no effect, and 1.0 is best": "can not be told",
    }
    efficiency, server, long, disturbed, context, layers, deltas, peak, growing, temperature = (
        each.because for each in found.values()
    )
    assert server == "in 16 of 16 runs both agents ask http://localhost:11434"
    assert deltas.startswith("11 of 14 configurations whose agents ask for different num_gpu or num_ctx have TTFT")
    assert "17 of 70 runs were called contended" in deltas
    assert "of the 15 whose agents ask for the same none lies more than 136 ms apart (0 of 75 runs)" in deltas
    assert "16 of 16 runs were served one after the other" in efficiency
    assert "overlap efficiency" in efficiency
    assert "of queue behind the other agent" in long and "of loading the model" in long
    assert "num_gpu (60 and 80) and num_ctx (512 and 1024) different: 1 of 1 run with a load" in disturbed
    assert "num_ctx (512 and 1024) different: 0 of 6 runs with a load" in disturbed
    assert "6 runs with different num_ctx below 2,048" in context
    assert "num_gpu 60, 80, 100, 120 and 140 all put 35 layers on the GPU" in layers
    assert "30 configurations are 13 different ones (and 5," in layers
    assert "in all 30 rows" in peak
    assert "tests 13, 15, 17, 101, 200 are one setting and differ by 2.60 points" in growing
    assert temperature.startswith("tests 13, 15, 17, 101, 200 are one setting")


def test_runs_that_overlap_are_not_said_to_wait() -> None:
    """Both write for 4 of 5 s; nobody waits for the other."""
    text = json.dumps(document()).replace('"total_duration_ms": 5000.0', '"total_duration_ms": 4160.0')
    read = read_multiagent(text)
    assert isinstance(read, MultiagentRun)
    waits = waits_of_run(read)
    assert waits is not None
    assert (waits.collector.causes, waits.insight.causes) == (("none",), ("none",))
    assert waits.without_waiting == pytest.approx(2.0)
    (efficiency, *_) = findings_of([waits])
    assert efficiency.verdict == "can not be told"


def test_a_file_without_durations_tells_no_waits() -> None:
    read = read_multiagent(json.dumps(document()).replace("4000.0", "NaN"))
    assert isinstance(read, MultiagentRun)
    assert waits_of_run(read) is None


def test_a_report_alone_is_judged_by_its_tables() -> None:
    found = by_claim(findings_of([], read_report(REPORT)))
    layers = found["GPU=80 is the least that avoids contention, and 120 provisions too much"]
    assert "tests 1, 202: 79.9–97.9 %" in layers.because
    assert findings_of([], None) == ()
