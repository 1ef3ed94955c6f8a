"""The tables of the older benchmark's written report."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.formats.multiagent_report import read_report

REPORT = """\
## 3.1 Scenario 1: Baseline vs Chimera

| Test ID | GPU (Chimera) | CTX | Speedup | Efficiency | TTFT Δ (ms) | TP Δ (tok/s) | Contention |
|---------|---------------|-----|---------|------------|-------------|--------------|------------|
| 1       | 60            | 512 | 1.598x  | 79.9%      | +29,659     | -1.64        | 3/5 runs   |
| **202** | **80**        | **512** | **1.959x** | **97.9%** | **+223**   | **-1.31**    | **0/5 runs** |

### 3.2 Scenario 2: Heterogeneous Chimera

| Test ID | GPU 1 | CTX 1 | GPU 2 | CTX 2 | Speedup | Efficiency | TTFT Δ (ms) | TP Δ (tok/s) | Contention |
|---------|-------|-------|-------|-------|---------|------------|-------------|--------------|------------|
| 7       | 60    | 512   | 80    | 1024  | 1.700x  | 85.0%      | −26,597     | +1.56        | 2/5 runs   |

### 3.3 Scenario 3: Homogeneous Chimera

**Phase 2 Results (GPU=80, CTX=512/1024/2048, TEMP=0.6/0.8/1.0):**

| Test ID | CTX  | TEMP | Speedup | Efficiency | TTFT Δ (ms) | TP Δ (tok/s) | Contention |
|---------|------|------|---------|------------|-------------|--------------|------------|
| 100     | 512  | 0.6  | 1.977x  | 98.9%      | +6          | +0.72        | 0/5        |

| Use Case | Recommended Config |
|----------|--------------------|
| 100      | GPU=80             |

**Phase 3 Validation:**

| Test ID | Scenario | GPU | CTX | TEMP | Speedup | Efficiency |
|---------|----------|-----|-----|------|---------|------------|
| 200     | chimera_homo | 80 | 512 | 0.8 | 1.965x | 98.3% |
| 100     | chimera_homo | 1 | 1 | 0.8 | 1x | 1% |
"""


def test_each_row_is_a_configuration_with_what_its_headings_say() -> None:
    report = read_report(REPORT, "r.md")
    assert [each.test for each in report.configurations] == ["1", "202", "7", "100", "200"]
    baseline, best, hetero, homo, last = report.configurations
    assert (baseline.scenario, baseline.num_gpu, baseline.num_ctx) == (
        "baseline_vs_chimera",
        (None, 60),
        (None, 512),
    )
    assert (baseline.speedup, baseline.efficiency_percent, baseline.temperature) == (1.598, 79.9, 0.8)
    assert (baseline.ttft_delta_ms, baseline.throughput_delta_tokens_per_s) == (29_659.0, -1.64)
    assert (baseline.contended, baseline.runs, baseline.line) == (3, 5, 5)
    assert (best.speedup, best.num_gpu) == (1.959, (None, 80))
    assert (hetero.num_gpu, hetero.num_ctx, hetero.ttft_delta_ms) == ((60, 80), (512, 1024), -26_597.0)
    assert (homo.scenario, homo.num_gpu, homo.temperature) == ("chimera_homo", (80, 80), 0.6)
    assert (last.scenario, last.contended, last.ttft_delta_ms) == ("chimera_homo", None, None)


@pytest.mark.parametrize("text", ["", "# Title\n\nwords\n", "| a | b |\n|---|---|\n| 1 | 2 |\n"])
def test_a_text_without_such_a_table_says_what_was_expected(text: str) -> None:
    with pytest.raises(FileNotReadable) as failure:
        read_report(text, "r.md")
    assert "Test ID" in str(failure.value)
    assert failure.value.info.where == "r.md"


@pytest.mark.shared
def test_the_whole_report_has_thirty_configurations(shared_dir: Path) -> None:
    path = shared_dir / "corpus" / "reports" / "legacy_tr_mirrors" / "Technical_Report_110.md"
    report = read_report(path.read_text(), path.name)
    assert len(report.configurations) == 30
    assert {each.scenario for each in report.configurations} == {
        "baseline_vs_chimera",
        "chimera_hetero",
        "chimera_homo",
    }
    assert all(each.num_gpu[1] is not None and each.num_ctx[1] is not None for each in report.configurations)
